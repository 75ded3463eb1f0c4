import type { SpokenText } from './engines/index.ts';

/** Language of each speaker, found while they speak: what an engine detects in a word or two is a guess. */
export interface LanguageMemory {
  /** What to tell the engine about an utterance; undefined: let it find out. */
  tell(speaker: string, lastsMs: number): string | undefined;
  /** What they spoke before; undefined: not known yet. */
  expect(speaker: string): string | undefined;
  learn(speaker: string, lastsMs: number, spoken: SpokenText): void;
}

const LANGUAGE_NEEDS_MS = 2_000;
/** Long enough to tell the language anew: people change it, and text in the wrong one is invented text. */
const LANGUAGE_CERTAIN_MS = 5_000;

export function createLanguageMemory(): LanguageMemory {
  const known = new Map<string, string>();
  return {
    tell: (speaker, lastsMs) => (lastsMs > LANGUAGE_CERTAIN_MS ? undefined : known.get(speaker)),
    expect: (speaker) => known.get(speaker),
    learn: (speaker, lastsMs, { text, language }) => {
      // What the engine calls silence is often an odd language: only words count.
      if (text !== '' && language !== undefined && lastsMs > LANGUAGE_NEEDS_MS) known.set(speaker, language);
    },
  };
}
