import { isIP } from 'node:net';
import type { EngineProvenance } from '@palabre/protocol';
import { createBreaker, type Breaker, type Turn } from './breaker.ts';
import {
  SpeechRejected,
  SpeechUnavailable,
  type ModelFacts,
  type SpeechEngine,
  type SpeechRequest,
  type SpokenText,
} from './engine.ts';
import { lastsMs } from './plausible.ts';

/** Engines in the order in which they are asked: the next stands in for one that does not work. */
export interface SpeechChain {
  /**
   * @param signal nobody waits for it any more: the engine that is at work on it is told, and no other is asked
   * @throws SpeechUnsuited when those that work do not know this language, or do not take this sound and another one is away
   * @throws SpeechUnavailable when none works
   * @throws SpeechRejected when none takes this sound
   */
  transcribe(request: ChainRequest, signal?: AbortSignal): Promise<Recognised>;
  /** Tracks whose name begins so are gone. */
  forget(prefix: string): void;
  close(): void;
}

export interface ChainRequest extends SpeechRequest {
  /** What this speaker spoke before, or says that they speak: an engine that does not know it would invent text. */
  readonly expected: string | undefined;
}

export interface Recognised extends SpokenText {
  readonly by: EngineProvenance;
  /** The language was found, not assumed. */
  readonly isLanguageFound: boolean;
}

/** One engine with what its administrator says of it. */
export interface ConfiguredEngine {
  readonly engine: SpeechEngine;
  readonly address: string;
  readonly operator: string | undefined;
  readonly place: string | undefined;
  readonly version: string | undefined;
  readonly sha256: string | undefined;
  readonly lastResort: boolean;
  readonly captions: boolean;
}

/** It works, but not for this language or this sound (then its cause is {@link SpeechRejected}): others need not wait. */
export class SpeechUnsuited extends SpeechUnavailable {}

const LEAST_LIMIT_MS = 10_000;
/** So many times the length of the sound an engine may take. Both are half where another engine can take over. */
const LIMIT_PER_SOUND = 4;
const HEALTH_LIMIT_MS = 2_000;
/** When an engine that could not say what its model is is asked again. Not with each text: the text waits for the answer. */
const FACTS_AGAIN_MS = 10_000;
/** An answer that needed so much of its limit came late. */
const SLOW_SHARE = 0.5;

interface Link extends ConfiguredEngine {
  readonly breaker: Breaker;
  /** What it says of its model; asked again after it was away. */
  facts: Promise<ModelFacts> | undefined;
  /** When what it says is asked for again; Infinity: it has said it. */
  factsAgainMs: number;
}

/** `loopback`, or the host that people's voices go to. */
function placeOf(address: string): string {
  const { hostname } = new URL(address);
  const bare = hostname.replace(/^\[|\]$/g, '');
  const isLoopback = bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
  return isLoopback ? 'loopback' : bare;
}

/**
 * @param onChange told when an engine is left out, by its place in the order (from 1), and when it is back
 */
export function createSpeechChain(
  engines: readonly ConfiguredEngine[],
  now: () => number,
  onChange: (position: number, works: boolean) => void,
): SpeechChain {
  const links = engines.map((configured, index): Link => {
    const breaker = createBreaker(now, (works) => {
      link.facts = undefined;
      onChange(index + 1, works);
    });
    const link: Link = { ...configured, breaker, facts: undefined, factsAgainMs: Infinity };
    return link;
  });

  const factsOf = (link: Link): Promise<ModelFacts> => {
    if (link.facts !== undefined && now() < link.factsAgainMs) return link.facts;
    link.factsAgainMs = Infinity;
    link.facts = link.engine.describe(AbortSignal.timeout(HEALTH_LIMIT_MS)).catch(() => {
      link.factsAgainMs = now() + FACTS_AGAIN_MS;
      return {};
    });
    return link.facts;
  };

  const provenanceOf = async (link: Link): Promise<EngineProvenance> => {
    const facts = await factsOf(link);
    const [version, sha256] = [link.version ?? facts.version, link.sha256 ?? facts.sha256];
    return {
      model: link.engine.model,
      ...(version === undefined ? {} : { version }),
      ...(sha256 === undefined ? {} : { sha256 }),
      place: link.place ?? placeOf(link.address),
      ...(link.operator === undefined ? {} : { operator: link.operator }),
      ...(link.lastResort ? { last_resort: true } : {}),
    };
  };

  /** Another, and no worse one, can take over. */
  const isDispensable = (link: Link): boolean =>
    links.some((other) => other !== link && !other.lastResort && other.breaker.isClosed());
  const hasLastResort = links.some(({ lastResort }) => lastResort);

  const enter = async (link: Link): Promise<Turn | undefined> => {
    const { engine, breaker, lastResort } = link;
    const turn = breaker.enter(hasLastResort && !lastResort && !isDispensable(link));
    if (turn !== 'probe') return turn;
    // Cheaper than an utterance, which would wait for its whole time limit.
    const healthy = await engine.isHealthy(AbortSignal.timeout(HEALTH_LIMIT_MS)).catch(() => false);
    if (!healthy) breaker.failed(turn);
    return healthy ? turn : undefined;
  };

  const ask = async (
    link: Link,
    turn: Turn,
    request: ChainRequest,
    signal: AbortSignal | undefined,
  ): Promise<SpokenText> => {
    const dispensable = isDispensable(link);
    const limitMs = (LEAST_LIMIT_MS + LIMIT_PER_SOUND * lastsMs(request)) / (dispensable ? 2 : 1);
    const sinceMs = now();
    const limit = AbortSignal.timeout(limitMs);
    try {
      signal?.throwIfAborted();
      const spoken = await link.engine.transcribe(
        request,
        signal === undefined ? limit : AbortSignal.any([limit, signal]),
      );
      if (now() - sinceMs > limitMs * SLOW_SHARE) link.breaker.slow(turn, dispensable);
      else link.breaker.succeeded(turn);
      return spoken;
    } catch (error) {
      if (signal?.aborted === true) link.breaker.givenUp(turn);
      // It works: it is this sound that it does not take.
      else if (error instanceof SpeechRejected) link.breaker.succeeded(turn);
      else link.breaker.failed(turn);
      throw error;
    }
  };

  /** For what is said now: is it fit for that at all? */
  const isFit = ({ engine, captions }: Link, { words, interim }: ChainRequest): boolean =>
    (words || captions) && (!interim || engine.capabilities.interim);
  const knows = ({ engine: { languages } }: Link, { language, expected }: ChainRequest): boolean => {
    const spoken = language ?? expected;
    return spoken === undefined || languages === undefined || languages.includes(spoken);
  };

  return {
    transcribe: async (asked, signal) => {
      const fit = links.filter((one) => isFit(one, asked));
      // Where no engine knows the language there is none to wait for; what people say they speak is a hint only. An interim text waits
      // for its final, whoever makes that.
      const isKnown = links.some((link) => isFit(link, { ...asked, interim: false }) && knows(link, asked));
      const request = isKnown ? asked : { ...asked, language: undefined, expected: undefined };
      let rejected: SpeechRejected | undefined;
      let failed: unknown;
      let unsuited = false;
      let away = false;
      for (const link of fit) {
        if (!knows(link, request)) {
          unsuited ||= link.breaker.isClosed();
          continue;
        }
        const turn = await enter(link);
        if (turn === undefined) {
          away ||= !link.lastResort;
          continue;
        }
        try {
          const spoken = await ask(link, turn, request, signal);
          return {
            ...spoken,
            by: await provenanceOf(link),
            isLanguageFound: request.language === undefined && link.engine.capabilities.languageDetection,
          };
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof SpeechRejected) rejected = error;
          else {
            failed = error;
            away ||= !link.lastResort;
          }
        }
      }
      // Small models refuse what larger ones take. Captions cannot wait for those.
      if (rejected !== undefined && away && request.words) {
        throw new SpeechUnsuited('those that work do not take this sound', { cause: rejected });
      }
      if (rejected !== undefined) throw rejected;
      if (unsuited) throw new SpeechUnsuited('no engine that works knows this language', { cause: failed });
      if (failed instanceof Error && !(failed instanceof SpeechUnavailable)) throw failed;
      throw new SpeechUnavailable('no speech engine works', { cause: failed });
    },
    forget: (prefix) => {
      for (const { engine } of links) engine.forget(prefix);
    },
    close: () => {
      for (const { engine } of links) engine.close();
    },
  };
}
