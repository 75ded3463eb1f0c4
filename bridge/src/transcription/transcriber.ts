import {
  SpeechRejected,
  SpeechUnavailable,
  SpeechUnsuited,
  type Recognised,
  type SpeechChain,
} from './engines/index.ts';
import { createLanguageMemory, type LanguageMemory } from './languages.ts';
import type { Line } from './lines.ts';
import type { PendingUtterance, Sealer, TranscriptionStore } from './store.ts';
import { UTTERANCE_SAMPLE_RATE } from './utterances.ts';
import { onVoice } from './word-times.ts';

/** Turns stored utterances into stored lines, and keeps at it while every speech engine is away. */
export interface Transcriber {
  /**
   * Opens a run: utterances left by an earlier process are taken up.
   * @param onAway told when what was said has waited in vain for a while; by a successor again, with the same id
   */
  open(runId: string, sealer: Sealer, onAway: (oldestUtteranceId: string) => void): void;
  /**
   * Resolves once the utterance is safely stored.
   * @param language what its speaker set (ISO 639-1), a hint; undefined: nothing
   */
  add(utterance: PendingUtterance, pcm: Int16Array, language?: string): Promise<void>;
  /**
   * Resolves when nothing that was said before `untilMs` is pending any more, or when every engine has been away for `patienceMs`.
   * @param mostMs and in any case after so long: others' speech may go on while an engine for this one is away
   * @returns whether everything has its text
   */
  settle(runId: string, untilMs: number, patienceMs: number, mostMs?: number): Promise<boolean>;
  /** What was said before `untilMs` and has no text never will: its sound goes. */
  giveUp(runId: string, untilMs: number): Promise<void>;
  close(runId: string): void;
  stop(): Promise<void>;
}

export interface TranscriberOptions {
  readonly store: TranscriptionStore;
  readonly speech: SpeechChain;
  /** Requests at once; the embedded engine has two workers. */
  readonly concurrency: number;
  readonly now: () => number;
  readonly onTrouble: (message: string, error: unknown) => void;
  /** Shorter in tests. */
  readonly lookEveryMs?: number;
}

/** An hour or two of speech waiting for an engine: more is not kept, and is named as missing. */
const MOST_PENDING = 1_000;
/** An utterance that fails so often is given up, so that it does not hold up the rest. */
const MOST_REJECTIONS = 2;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** An utterance in a language that no working engine knows lets others go first. */
const POSTPONED_MS = 3_000;
/** To be refused again costs an engine as much as to be heard. */
const POSTPONED_REFUSED_MS = 15_000;
/** Without a single text for so long, the room should know. */
const AWAY_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** An engine that comes and goes is one piece of news. */
const AWAY_AGAIN_MS = 10 * 60_000;

interface Run {
  readonly sealer: Sealer;
  readonly languages: LanguageMemory;
  readonly onAway: (oldestUtteranceId: string) => void;
  /** When it was last told that nothing is heard. */
  toldMs: number;
}

export function createTranscriber(options: TranscriberOptions): Transcriber {
  const { store, speech, now } = options;
  const runs = new Map<string, Run>();
  const inFlight = new Map<string, Promise<void>>();
  const rejections = new Map<string, number>();
  let waiters: (() => void)[] = [];
  const postponed = new Map<string, number>();
  /** Since when there has been something to hear and nothing was heard. */
  let stuckSinceMs: number | undefined;
  let failures = 0;
  let retryAtMs = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let filling: Promise<void> | undefined;
  /** Asked to fill so often: what comes while it is being done is done afterwards. */
  let requests = 0;
  let stopped = false;

  const wakeWaiters = (): void => {
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  };

  /** Aligned words begin too early and end too late at pauses: the voice is the bound. */
  const linesOf = (utterance: PendingUtterance, pcm: Int16Array, spoken: Recognised): Line[] => {
    const { userId, startMs, endMs, leadMs } = utterance;
    const within = (ms: number): number => Math.round(Math.min(endMs, Math.max(startMs, startMs - leadMs + ms)));
    const whole = { voice: undefined, startMs: 0, endMs: Infinity, text: spoken.text, words: spoken.words };
    return (spoken.turns ?? [whole])
      .filter(({ text }) => text !== '')
      .map((turn, index, turns) => ({
        userId,
        // The cutter knows best where the voice begins and ends.
        startMs: index === 0 ? startMs : within(turn.startMs),
        endMs: index === turns.length - 1 ? endMs : within(turn.endMs),
        text: turn.text,
        ...(spoken.language === undefined ? {} : { language: spoken.language }),
        ...(turn.voice === undefined ? {} : { voice: String(turn.voice) }),
        by: spoken.by,
        words: onVoice(turn.words, pcm, UTTERANCE_SAMPLE_RATE).map((word) => ({
          word: word.word,
          startMs: within(word.startMs),
          endMs: within(word.endMs),
        })),
      }));
  };

  /** What an engine makes of it. Nothing in here asks the database: what fails, fails because of the engines or of this sound. */
  const hear = async (utterance: PendingUtterance, run: Run, pcm: Int16Array): Promise<Line[]> => {
    const { runId, userId } = utterance;
    const lastsMs = utterance.endMs - utterance.startMs;
    const spoken = await speech.transcribe({
      track: `${runId} ${userId}`,
      pcm,
      sampleRate: UTTERANCE_SAMPLE_RATE,
      language: run.languages.tell(userId, lastsMs),
      expected: run.languages.expect(userId),
      words: true,
      interim: false,
    });
    failures = 0;
    stuckSinceMs = undefined;
    if (spoken.isLanguageFound) run.languages.learn(userId, lastsMs, spoken);
    return linesOf(utterance, pcm, spoken);
  };

  const work = async (utterance: PendingUtterance, run: Run): Promise<void> => {
    const pcm = await store.sound(run.sealer, utterance.id);
    if (pcm === undefined) {
      await store.missing(utterance.id);
      return;
    }
    let lines: Line[];
    try {
      lines = await hear(utterance, run, pcm);
    } catch (error) {
      if (error instanceof SpeechUnsuited) {
        const waitsMs = error.cause instanceof SpeechRejected ? POSTPONED_REFUSED_MS : POSTPONED_MS;
        postponed.set(utterance.id, now() + waitsMs);
        return;
      }
      if (error instanceof SpeechUnavailable) {
        if (failures === 0) options.onTrouble('speech engine unavailable', error);
        retryAtMs = now() + (BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0);
        failures += 1;
        return;
      }
      const times = (rejections.get(utterance.id) ?? 0) + 1;
      rejections.set(utterance.id, times);
      if (times < MOST_REJECTIONS) return;
      options.onTrouble('an utterance cannot be transcribed', error);
      await store.missing(utterance.id);
      rejections.delete(utterance.id);
      return;
    }
    await store.done(run.sealer, utterance.id, lines);
    rejections.delete(utterance.id);
  };

  const pumpIn = (waitMs: number): void => {
    retryTimer ??= setTimeout(() => {
      retryTimer = undefined;
      pump();
    }, waitMs);
  };

  const mayTry = (id: string): boolean => !inFlight.has(id) && (postponed.get(id) ?? 0) <= now();

  const fill = async (): Promise<void> => {
    const waitMs = retryAtMs - now();
    if (waitMs > 0) {
      pumpIn(waitMs);
      return;
    }
    // After a failure one utterance probes; the others follow when it was heard.
    const room = (failures > 0 ? 1 : options.concurrency) - inFlight.size;
    if (room <= 0) return;
    const candidates = await store.pending([...runs.keys()], inFlight.size + postponed.size + room);
    // A successor may be at work on the same utterances by now.
    if (stopped) return;
    if (candidates.length === 0) stuckSinceMs = undefined;
    else stuckSinceMs ??= now();
    for (const id of postponed.keys()) if (!candidates.some((one) => one.id === id)) postponed.delete(id);
    if (postponed.size > 0) pumpIn(POSTPONED_MS);
    for (const utterance of candidates.filter(({ id }) => mayTry(id)).slice(0, room)) {
      const run = runs.get(utterance.runId);
      if (run === undefined) continue;
      postponed.delete(utterance.id);
      const job = work(utterance, run)
        .catch((error: unknown) => {
          retryAtMs = now() + 1_000;
          options.onTrouble('transcribing failed', error);
        })
        .finally(() => {
          inFlight.delete(utterance.id);
          wakeWaiters();
          pump();
        });
      inFlight.set(utterance.id, job);
    }
  };

  function pump(): void {
    requests += 1;
    if (stopped || filling !== undefined) return;
    const served = requests;
    filling = fill()
      .catch((error: unknown) => {
        retryAtMs = now() + 1_000;
        options.onTrouble('reading utterances failed', error);
        requests += 1;
      })
      .finally(() => {
        filling = undefined;
        if (requests !== served) pump();
      });
  }

  const changed = (withinMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  /** An engine may hang as well as refuse: what counts is that nothing comes. */
  const look = async (): Promise<void> => {
    if (stuckSinceMs === undefined || now() - stuckSinceMs < AWAY_MS) return;
    for (const [runId, run] of runs) {
      if (now() - run.toldMs < AWAY_AGAIN_MS) continue;
      const [oldest] = await store.pending([runId], 1);
      if (oldest === undefined) continue;
      run.toldMs = now();
      run.onAway(oldest.id);
    }
  };
  const looking = setInterval(() => {
    look().catch((error: unknown) => options.onTrouble('reading utterances failed', error));
  }, options.lookEveryMs ?? LOOK_EVERY_MS);
  looking.unref();

  return {
    open: (runId, sealer, onAway) => {
      if (!runs.has(runId)) runs.set(runId, { sealer, languages: createLanguageMemory(), onAway, toldMs: -Infinity });
      pump();
    },
    add: async (utterance, pcm, language) => {
      const run = runs.get(utterance.runId);
      if (run === undefined) throw new Error('the run is not open');
      run.languages.hint(utterance.userId, language);
      const kept = (await store.pendingCount(utterance.runId, Infinity)) < MOST_PENDING;
      await store.add(run.sealer, utterance, kept ? pcm : undefined);
      pump();
    },
    settle: async (runId, untilMs, patienceMs, mostMs = Infinity) => {
      pump();
      const sinceMs = now();
      for (;;) {
        if (stopped) throw new Error('transcribing has ended');
        if ((await store.pendingCount(runId, untilMs)) === 0) return true;
        if (stuckSinceMs !== undefined && now() - Math.max(stuckSinceMs, sinceMs) >= patienceMs) return false;
        if (now() - sinceMs >= mostMs) return false;
        await changed(250);
      }
    },
    giveUp: async (runId, untilMs) => {
      const left = await store.pending([runId], MOST_PENDING * 2);
      for (const { id } of left.filter(({ startMs }) => startMs < untilMs)) await store.missing(id);
    },
    close: (runId) => {
      runs.delete(runId);
      speech.forget(runId);
    },
    stop: async () => {
      stopped = true;
      clearInterval(looking);
      await filling;
      clearTimeout(retryTimer);
      await Promise.allSettled(inFlight.values());
    },
  };
}
