/**
 * Keeps something open for each key that is wanted, and nothing else: opened again after growing pauses when it fails or is
 * lost, closed when it is no longer wanted. One at a time for each key.
 */
export interface Visits<T> {
  /** From now on exactly these are wanted. */
  want(keys: ReadonlySet<string>): void;
  /** What is open now. */
  open(): readonly T[];
  get(key: string): T | undefined;
  close(): Promise<void>;
}

export interface VisitsOptions<T> {
  /** `lost`: to be called when what is opened ends by itself, be it before it is open. */
  readonly open: (key: string, lost: () => void) => Promise<T>;
  readonly close: (visit: T) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly pausesMs?: readonly number[];
  /** What stayed open this long was well: the next pause is the first again. */
  readonly wellAfterMs?: number;
}

interface Visit<T> {
  value: T | undefined;
  openedMs: number;
  lost: boolean;
  ending: boolean;
}

const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const WELL_AFTER_MS = 60_000;

export function createVisits<T>(options: VisitsOptions<T>): Visits<T> {
  const { pausesMs = PAUSES_MS, wellAfterMs = WELL_AFTER_MS, onFailure } = options;
  let wanted: ReadonlySet<string> = new Set();
  const visits = new Map<string, Visit<T>>();
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();

  const later = (key: string): void => {
    if (!wanted.has(key)) return;
    const times = failures.get(key) ?? 0;
    failures.set(key, times + 1);
    const pauseMs = pausesMs[Math.min(times, pausesMs.length - 1)];
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        begin(key);
      }, pauseMs),
    );
  };

  /** What is still being opened ends as soon as it is open. */
  const end = async (key: string, visit: Visit<T>): Promise<void> => {
    if (visit.ending || visit.value === undefined) return;
    visit.ending = true;
    if (Date.now() - visit.openedMs >= wellAfterMs) failures.delete(key);
    await options.close(visit.value).catch(onFailure);
    visits.delete(key);
    if (visit.lost) later(key);
    else begin(key);
  };

  const open = async (key: string, visit: Visit<T>): Promise<void> => {
    const lost = (): void => {
      if (visit.ending) return;
      visit.lost = true;
      void end(key, visit);
    };
    try {
      visit.value = await options.open(key, lost);
    } catch (error) {
      visits.delete(key);
      onFailure(error);
      later(key);
      return;
    }
    visit.openedMs = Date.now();
    if (visit.lost || !wanted.has(key)) await end(key, visit);
  };

  function begin(key: string): void {
    if (!wanted.has(key) || visits.has(key) || timers.has(key)) return;
    const visit: Visit<T> = { value: undefined, openedMs: 0, lost: false, ending: false };
    visits.set(key, visit);
    void open(key, visit);
  }

  const isOpen = (visit: Visit<T> | undefined): visit is Visit<T> & { value: T } =>
    visit?.value !== undefined && !visit.lost && !visit.ending;

  const want = (keys: ReadonlySet<string>): void => {
    wanted = keys;
    for (const [key, timer] of timers) {
      if (keys.has(key)) continue;
      clearTimeout(timer);
      timers.delete(key);
    }
    for (const key of failures.keys()) if (!keys.has(key)) failures.delete(key);
    for (const [key, visit] of visits) if (!keys.has(key)) void end(key, visit);
    for (const key of keys) begin(key);
  };

  return {
    want,
    open: () => [...visits.values()].filter(isOpen).map(({ value }) => value),
    get: (key) => {
      const visit = visits.get(key);
      return isOpen(visit) ? visit.value : undefined;
    },
    close: async () => {
      const open = [...visits];
      wanted = new Set();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.all(open.map(([key, visit]) => end(key, visit)));
    },
  };
}
