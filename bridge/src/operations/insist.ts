import { setTimeout as sleep } from 'node:timers/promises';

export interface Insistence {
  /** Ends it: what failed then is not tried again. */
  readonly signal: AbortSignal;
  /** After the first failure, the second, and so on; the last one from then on. */
  readonly pausesMs: readonly number[];
  readonly onFailure: (error: unknown) => void;
  /** Failures that no further attempt changes; without it there are none. */
  readonly isFinal?: (error: unknown) => boolean;
}

/** Waits before another attempt. Rejects when `signal` ends it. @param failures how many there were before the last one */
export async function pauseAfter(
  failures: number,
  { signal, pausesMs }: Pick<Insistence, 'signal' | 'pausesMs'>,
): Promise<void> {
  await sleep(pausesMs[failures] ?? pausesMs.at(-1), undefined, { signal });
}

/** For what must happen sooner or later, whatever is away now. @throws what is final, or when `signal` ends it */
export async function insist<T>(work: () => Promise<T>, insistence: Insistence): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      insistence.signal.throwIfAborted();
      if (insistence.isFinal?.(error) === true) throw error;
      insistence.onFailure(error);
      await pauseAfter(attempt, insistence);
    }
  }
}
