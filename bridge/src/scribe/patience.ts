import { setTimeout as sleep } from 'node:timers/promises';
import type { RunDeps } from './deps.ts';

/** How one run deals with what fails: says so once it matters, and tries again. */
export interface Patience {
  /** Ends with the run; nothing is tried again after that. */
  readonly signal: AbortSignal;
  readonly complain: (message: string, error: unknown) => void;
  /** Waits before another attempt; longer after more failures. */
  readonly pause: (failures: number) => Promise<void>;
  /** For what must happen sooner or later, whatever is away now. */
  readonly insist: <T>(message: string, work: () => Promise<T>) => Promise<T>;
}

export function createPatience(
  { log, pausesMs }: Pick<RunDeps, 'log' | 'pausesMs'>,
  runId: string,
  signal: AbortSignal,
): Patience {
  const complain = (message: string, error: unknown): void => {
    if (!signal.aborted) log.logger.warn({ err: error, run: runId }, message);
  };
  const pause = async (failures: number): Promise<void> => {
    await sleep(pausesMs[failures] ?? pausesMs.at(-1), undefined, { signal });
  };
  return {
    signal,
    complain,
    pause,
    insist: async (message, work) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await work();
        } catch (error) {
          signal.throwIfAborted();
          complain(`${message}: tried again`, error);
          await pause(attempt);
        }
      }
    },
  };
}
