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
  /** What the speaker set (ISO 639-1), a hint; undefined: nothing. */
  readonly language: string | undefined;
}

export interface CaptionText {
  /** Empty when there was no speech. */
  readonly text: string;
  readonly language: string | undefined;
}

export interface Captioner {
  /**
   * A final text is waited for as long as it takes; whoever asks for another one of the same speaker has given up the first.
   * @returns undefined when there will be none: an interim text was left out because finals needed the engine, or no engine takes this sound
   */
  caption(request: CaptionRequest): Promise<CaptionText | undefined>;
  /** Speakers whose name begins so are gone, and nobody waits for what they said: an engine that is at work on it is told. */
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

const RETRY_MS = 500;
/** An interim text that has waited so long is older than the one that would be asked for now. */
const STALE_MS = 1_500;

interface Asked {
  readonly request: CaptionRequest;
  readonly sinceMs: number;
  readonly answer: (text: CaptionText | undefined) => void;
  /** Tells the engine when nobody waits any more. */
  readonly waiting: AbortController;
  /** `resting`: every engine was away; it is soon asked about again. */
  state: 'waiting' | 'asking' | 'resting';
}

/**
 * Of all meetings at once. A speaker waits with one final text at most (what else they said waits in their own scribe), so a meeting
 * with much to catch up on takes turns with the others, and what waits here is bounded by how many people speak.
 */
export function createCaptioner({ speech, concurrency, now, onTrouble }: CaptionerOptions): Captioner {
  const memories = new Map<string, LanguageMemory>();
  /** Not answered yet, in the order in which they came. */
  let open: Asked[] = [];
  let working = 0;
  let stopped = false;
  let isAway = false;
  const timers = new Set<NodeJS.Timeout>();

  const memoryOf = (speaker: string): LanguageMemory => {
    const memory = memories.get(speaker) ?? createLanguageMemory();
    memories.set(speaker, memory);
    return memory;
  };

  const answer = (one: Asked, text: CaptionText | undefined): void => {
    open = open.filter((other) => other !== one);
    one.answer(text);
  };
  const giveUp = (which: (one: Asked) => boolean): void => {
    for (const one of open.filter(which)) {
      answer(one, undefined);
      one.waiting.abort();
    }
  };
  const giveUpStale = (): void =>
    giveUp(({ request, state, sinceMs }) => !request.final && state === 'waiting' && now() - sinceMs > STALE_MS);

  /** Finals first, each kind in the order in which it came. */
  const take = (): Asked | undefined => {
    giveUpStale();
    const waiting = open.filter(({ state }) => state === 'waiting');
    return waiting.find(({ request }) => request.final) ?? waiting[0];
  };

  const hear = async ({ request, waiting }: Asked): Promise<CaptionText> => {
    const { speaker, pcm, final, language } = request;
    const lastsMs = (pcm.length / UTTERANCE_SAMPLE_RATE) * 1000;
    const memory = memoryOf(speaker);
    memory.hint(speaker, language);
    const expected = memory.expect(speaker);
    const spoken = await speech.transcribe(
      {
        track: `captions ${speaker}`,
        pcm,
        sampleRate: UTTERANCE_SAMPLE_RATE,
        language: memory.tell(speaker, lastsMs),
        expected,
        words: false,
        interim: !final,
      },
      waiting.signal,
    );
    if (spoken.isLanguageFound) memory.learn(speaker, lastsMs, spoken);
    return { text: spoken.text, language: spoken.language ?? expected };
  };

  const rest = (one: Asked): void => {
    one.state = 'resting';
    const timer = setTimeout(() => {
      timers.delete(timer);
      one.state = 'waiting';
      pump();
    }, RETRY_MS);
    timers.add(timer);
  };

  const work = async (one: Asked): Promise<void> => {
    try {
      const text = await hear(one);
      isAway = false;
      answer(one, text);
    } catch (error) {
      if (one.waiting.signal.aborted) return;
      const mayComeBack = error instanceof SpeechUnavailable;
      if (!isAway) onTrouble('captions cannot be made', error);
      isAway ||= mayComeBack;
      if (mayComeBack && one.request.final && open.includes(one)) rest(one);
      else answer(one, undefined);
    }
  };

  function pump(): void {
    while (working < concurrency) {
      const one = take();
      if (one === undefined) return;
      one.state = 'asking';
      working += 1;
      void work(one).finally(() => {
        working -= 1;
        pump();
      });
    }
  }

  return {
    caption: (request) =>
      new Promise((resolve) => {
        if (stopped) {
          resolve(undefined);
          return;
        }
        giveUpStale();
        const { speaker, final } = request;
        if (final) giveUp((one) => one.request.final && one.request.speaker === speaker);
        open.push({ request, sinceMs: now(), answer: resolve, waiting: new AbortController(), state: 'waiting' });
        pump();
      }),
    forget: (prefix) => {
      giveUp(({ request }) => request.speaker.startsWith(prefix));
      for (const speaker of memories.keys()) if (speaker.startsWith(prefix)) memories.delete(speaker);
      speech.forget(`captions ${prefix}`);
    },
    stop: () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      giveUp(() => true);
    },
  };
}
