import { SpeechUnavailable, type SpeechChain } from './engines/index.ts';
import { createLanguageMemory, type LanguageMemory } from './languages.ts';
import { UTTERANCE_SAMPLE_RATE } from './utterances.ts';

/** Speech as it is being said, for captions: text as soon as there is any. Nothing of it is kept. */
export interface CaptionRequest {
  /** One track of one person in one call. */
  readonly speaker: string;
  /** The utterance is over: this text is its last. */
  readonly final: boolean;
  /** Mono, {@link UTTERANCE_SAMPLE_RATE}. */
  readonly pcm: Int16Array;
  /** As the speaker set it (ISO 639-1); undefined: detected. */
  readonly language: string | undefined;
}

export interface CaptionText {
  /** Empty when there was no speech. */
  readonly text: string;
  readonly language: string | undefined;
}

export interface Captioner {
  /** @returns undefined when an interim text was left out because finals needed the engine, or a final was given up */
  caption(request: CaptionRequest): Promise<CaptionText | undefined>;
  /** Speakers whose name begins so are gone. */
  forget(prefix: string): void;
  stop(): void;
}

export interface CaptionerOptions {
  readonly speech: SpeechChain;
  /** Requests at once; the embedded engine has two workers. */
  readonly concurrency: number;
  readonly now: () => number;
  readonly onTrouble: (message: string, error: unknown) => void;
}

/** Words that come later than this help nobody: the engine is away, or cannot keep up. */
const FINAL_PATIENCE_MS = 30_000;
const RETRY_MS = 500;
/** An interim text that has waited so long is older than the one that would be asked for now. */
const STALE_MS = 1_500;

interface Waiting {
  readonly request: CaptionRequest;
  readonly sinceMs: number;
  readonly answer: (text: CaptionText | undefined) => void;
}

export function createCaptioner({ speech, concurrency, now, onTrouble }: CaptionerOptions): Captioner {
  const memories = new Map<string, LanguageMemory>();
  let waiting: Waiting[] = [];
  let working = 0;
  let stopped = false;
  let awaySinceMs: number | undefined;
  const timers = new Set<NodeJS.Timeout>();

  const memoryOf = (speaker: string): LanguageMemory => {
    const memory = memories.get(speaker) ?? createLanguageMemory();
    memories.set(speaker, memory);
    return memory;
  };

  /** An engine slower than speech must not pile up what is said. */
  const giveUpStale = (): void => {
    const isStale = ({ request, sinceMs }: Waiting): boolean =>
      now() - sinceMs > (request.final ? FINAL_PATIENCE_MS : STALE_MS);
    const stale = waiting.filter(isStale);
    waiting = waiting.filter((one) => !isStale(one));
    for (const { answer } of stale) answer(undefined);
  };

  /** Finals first, each kind in the order in which it came. */
  const take = (): Waiting | undefined => {
    giveUpStale();
    const index = waiting.findIndex(({ request }) => request.final);
    return waiting.splice(Math.max(0, index), 1)[0];
  };

  const hear = async ({ speaker, pcm, final, language }: CaptionRequest): Promise<CaptionText> => {
    const lastsMs = (pcm.length / UTTERANCE_SAMPLE_RATE) * 1000;
    const memory = memoryOf(speaker);
    const told = language ?? memory.tell(speaker, lastsMs);
    const spoken = await speech.transcribe({
      track: `captions ${speaker}`,
      pcm,
      sampleRate: UTTERANCE_SAMPLE_RATE,
      language: told,
      expected: language ?? memory.expect(speaker),
      words: false,
      interim: !final,
    });
    if (spoken.isLanguageFound) memory.learn(speaker, lastsMs, spoken);
    return { text: spoken.text, language: spoken.language };
  };

  const work = async (one: Waiting): Promise<void> => {
    try {
      one.answer(await hear(one.request));
      awaySinceMs = undefined;
    } catch (error) {
      const isAway = error instanceof SpeechUnavailable;
      if (awaySinceMs === undefined) onTrouble('captions cannot be made', error);
      if (isAway) awaySinceMs ??= now();
      if (!isAway || !one.request.final || stopped || now() - one.sinceMs > FINAL_PATIENCE_MS) {
        one.answer(undefined);
        return;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (stopped) one.answer(undefined);
        else waiting.unshift(one);
        pump();
      }, RETRY_MS);
      timers.add(timer);
    }
  };

  function pump(): void {
    while (working < concurrency) {
      const one = take();
      if (one === undefined) return;
      working += 1;
      void work(one).finally(() => {
        working -= 1;
        pump();
      });
    }
  }

  return {
    caption: (request) =>
      new Promise((answer) => {
        if (stopped) {
          answer(undefined);
          return;
        }
        giveUpStale();
        waiting.push({ request, sinceMs: now(), answer });
        pump();
      }),
    forget: (prefix) => {
      for (const speaker of memories.keys()) if (speaker.startsWith(prefix)) memories.delete(speaker);
      speech.forget(`captions ${prefix}`);
    },
    stop: () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      for (const { answer } of waiting) answer(undefined);
      waiting = [];
    },
  };
}
