/**
 * Keeps something open for each key that is wanted, and nothing else: opened again after growing pauses when it fails or is
 * lost, closed when it is no longer wanted.
 */
export interface Visits<T> {
  /** From now on exactly these are wanted. */
  want(keys: ReadonlySet<string>): void;
  /** What is open now. */
  open(): readonly T[];
  get(key: string): T | undefined;
  /** It ended by itself: opened again, if it is still wanted. */
  lost(key: string): void;
  close(): Promise<void>;
}

export interface VisitsOptions<T> {
  readonly open: (key: string) => Promise<T>;
  readonly close: (visit: T) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly pausesMs?: readonly number[];
}

const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

export function createVisits<T>({ open, close, onFailure, pausesMs = PAUSES_MS }: VisitsOptions<T>): Visits<T> {
  let wanted: ReadonlySet<string> = new Set();
  const visits = new Map<string, T>();
  const opening = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();

  const end = (visit: T): Promise<void> => close(visit).catch(onFailure);

  const later = (key: string): void => {
    const times = failures.get(key) ?? 0;
    failures.set(key, times + 1);
    const timer = setTimeout(
      () => {
        timers.delete(key);
        begin(key);
      },
      pausesMs[Math.min(times, pausesMs.length - 1)],
    );
    timers.set(key, timer);
  };

  function begin(key: string): void {
    if (!wanted.has(key) || visits.has(key) || opening.has(key) || timers.has(key)) return;
    opening.add(key);
    open(key)
      .then(
        async (visit) => {
          opening.delete(key);
          if (!wanted.has(key)) {
            await end(visit);
            return;
          }
          visits.set(key, visit);
          failures.delete(key);
        },
        (error: unknown) => {
          opening.delete(key);
          onFailure(error);
          if (wanted.has(key)) later(key);
        },
      )
      .catch(onFailure);
  }

  return {
    want: (keys) => {
      wanted = keys;
      for (const [key, timer] of timers) {
        if (keys.has(key)) continue;
        clearTimeout(timer);
        timers.delete(key);
        failures.delete(key);
      }
      for (const [key, visit] of visits) {
        if (keys.has(key)) continue;
        visits.delete(key);
        void end(visit);
      }
      for (const key of keys) begin(key);
    },
    open: () => [...visits.values()],
    get: (key) => visits.get(key),
    lost: (key) => {
      const visit = visits.get(key);
      if (visit === undefined) return;
      visits.delete(key);
      void end(visit);
      if (wanted.has(key)) later(key);
    },
    close: async () => {
      wanted = new Set();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      const all = [...visits.values()];
      visits.clear();
      await Promise.all(all.map(end));
    },
  };
}
