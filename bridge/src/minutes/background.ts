import { insist } from '../operations/index.ts';
import type { Log } from '../operations/index.ts';
import { PublishRefused } from '../publishing/index.ts';

/** Work that nobody waits for: tried until it succeeds, and ended with the process. */
export interface Background {
  readonly signal: AbortSignal;
  readonly complain: (message: string, error: unknown) => void;
  /** @throws PublishRefused, which no further attempt changes; or when `signal` ends it */
  readonly insist: <T>(message: string, work: () => Promise<T>) => Promise<T>;
  /** Failures for good are in the log, and what they concern in the database for the next start. */
  readonly track: (message: string, work: Promise<void>) => void;
  close(): Promise<void>;
}

const PAUSES_MS = [1_000, 5_000, 15_000, 60_000];

export function createBackground(log: Log, pausesMs: readonly number[] = PAUSES_MS): Background {
  const closing = new AbortController();
  const { signal } = closing;
  const underWay = new Set<Promise<void>>();
  const complain = (message: string, error: unknown): void => {
    if (!signal.aborted) log.logger.warn({ err: error }, message);
  };
  return {
    signal,
    complain,
    insist: (message, work) =>
      insist(work, {
        signal,
        pausesMs,
        onFailure: (error) => complain(`${message}: tried again`, error),
        isFinal: (error) => error instanceof PublishRefused,
      }),
    track: (message, work) => {
      const tracked = work.catch((error: unknown) => complain(message, error)).finally(() => underWay.delete(tracked));
      underWay.add(tracked);
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled(underWay);
    },
  };
}
