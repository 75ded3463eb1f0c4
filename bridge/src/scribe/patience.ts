import { insist, pauseAfter } from '../operations/index.ts';
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
  return {
    signal,
    complain,
    pause: (failures) => pauseAfter(failures, { signal, pausesMs }),
    insist: (message, work) =>
      insist(work, { signal, pausesMs, onFailure: (error) => complain(`${message}: tried again`, error) }),
  };
}
