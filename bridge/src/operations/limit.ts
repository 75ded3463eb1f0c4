/** How often somebody may do something in a while. */
export interface Limit {
  /** Counts one more. @returns 0 when it is within the limit, else how long to wait, in ms */
  count(who: string): number;
}

/** A window of `windowMs` begins with the first; after it everything is forgotten. */
export function createLimit(most: number, windowMs: number, now: () => number): Limit {
  const windows = new Map<string, { count: number; untilMs: number }>();
  return {
    count(who) {
      const window = windows.get(who);
      if (window === undefined || window.untilMs <= now()) {
        for (const [key, { untilMs }] of windows) if (untilMs <= now()) windows.delete(key);
        windows.set(who, { count: 1, untilMs: now() + windowMs });
        return 0;
      }
      window.count += 1;
      return window.count > most ? window.untilMs - now() : 0;
    },
  };
}
