import type { SpokenText } from './engines/index.ts';

/**
 * Language of each speaker, found while they speak: what an engine detects in a word or two is a guess.
 *
 * Engines take a language as an order, not as a hint: Whisper, told French, makes up French of what is said in English. So what
 * somebody set is told only for a word or two, until they were heard to speak it; what is longer tells its language itself. But one
 * that they did not set is not believed before it was heard at length, or twice in a row.
 */
export interface LanguageMemory {
  /** What they set (ISO 639-1; undefined: nothing), told as often as one likes: only a change counts. */
  hint(speaker: string, language: string | undefined): void;
  /** What to tell the engine about an utterance; undefined: let it find out. */
  tell(speaker: string, lastsMs: number): string | undefined;
  /** What they spoke before, or set; undefined: not known yet. */
  expect(speaker: string): string | undefined;
  learn(speaker: string, lastsMs: number, spoken: SpokenText): void;
}

const LANGUAGE_NEEDS_MS = 2_000;
/** Long enough to tell the language anew: people change it, and text in the wrong one is invented text. */
const LANGUAGE_CERTAIN_MS = 5_000;

export function createLanguageMemory(): LanguageMemory {
  const heard = new Map<string, string>();
  const hints = new Map<string, string>();
  /** Heard once, and not what they set. */
  const doubts = new Map<string, string>();
  return {
    hint: (speaker, language) => {
      if (hints.get(speaker) === language) return;
      heard.delete(speaker);
      doubts.delete(speaker);
      if (language === undefined) hints.delete(speaker);
      else hints.set(speaker, language);
    },
    tell: (speaker, lastsMs) => {
      if (lastsMs > LANGUAGE_CERTAIN_MS) return undefined;
      return heard.get(speaker) ?? (lastsMs > LANGUAGE_NEEDS_MS ? undefined : hints.get(speaker));
    },
    expect: (speaker) => heard.get(speaker) ?? hints.get(speaker),
    learn: (speaker, lastsMs, { text, language }) => {
      // What the engine calls silence is often an odd language: only words count.
      if (text === '' || language === undefined || lastsMs <= LANGUAGE_NEEDS_MS) return;
      const isExpected = [undefined, language].includes(hints.get(speaker));
      if (isExpected || lastsMs > LANGUAGE_CERTAIN_MS || doubts.get(speaker) === language) {
        heard.set(speaker, language);
        doubts.delete(speaker);
      } else doubts.set(speaker, language);
    },
  };
}
