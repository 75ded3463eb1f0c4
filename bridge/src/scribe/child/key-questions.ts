/** Paces the questions for lost media keys: at once, then in intervals that double, whoever is asked how often. */
export interface KeyQuestions {
  /** @returns whether to ask this device now */
  due(name: string): boolean;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** Who was asked this long ago is asked as if for the first time. */
const FORGET_MS = 120_000;

export function createKeyQuestions(now: () => number = Date.now): KeyQuestions {
  const asked = new Map<string, { readonly times: number; readonly atMs: number }>();
  return {
    due: (name) => {
      for (const [known, { atMs }] of asked) if (now() - atMs >= FORGET_MS) asked.delete(known);
      const { times, atMs } = asked.get(name) ?? { times: 0, atMs: -Infinity };
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (times - 1));
      if (times > 0 && now() - atMs < pauseMs) return false;
      asked.set(name, { times: times + 1, atMs: now() });
      return true;
    },
  };
}
