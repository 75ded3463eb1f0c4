import type { LivekitTransport } from '../host/index.ts';
import { CallProblem, isWaiting, type ProblemCode } from './problem.ts';
import type { Tokens } from './tokens.ts';
import { wait } from './waiting.ts';

/** Between two questions: each through the homeserver spends the person's message budget (5 s for one). The bridge holds most of them longer. */
const ASK_EVERY_MS = 8_000;

/** Answers of the door itself. Whatever else goes wrong while one waits, such as a messenger without network, passes. */
const FINAL: readonly ProblemCode[] = ['not_allowed', 'turned_away', 'nobody_admits', 'time_over'];

/** When to ask again, after an answer that one must wait. @param askedMs when it was asked */
export function pauseBeforeAsking(problem: CallProblem, askedMs: number, nowMs: number): number {
  return Math.max(problem.retryAfterMs ?? 0, askedMs + ASK_EVERY_MS - nowMs, 0);
}

/**
 * Asks for a token until the person may come in. Returns also when that cannot be told now and nothing says that they must wait:
 * the connection finds out.
 * @param mustWait they were told so before
 * @param onWaiting told each time that somebody must let them in; `alone` when nobody who could is in the call
 * @throws {CallProblem} they may not; the signal's reason when they gave up
 */
export async function waitForAdmission(
  tokens: Tokens,
  transport: LivekitTransport,
  signal: AbortSignal,
  mustWait: boolean,
  onWaiting: (alone: boolean) => void,
): Promise<void> {
  for (let told = mustWait; ;) {
    signal.throwIfAborted();
    const askedMs = Date.now();
    try {
      await tokens.get(transport, { signal });
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CallProblem)) throw error;
      if (isWaiting(error)) {
        told = true;
        onWaiting(error.code === 'waiting_alone');
      } else if (FINAL.includes(error.code)) throw error;
      else if (!told) {
        if (error.transient) return;
        throw error;
      }
      await wait(pauseBeforeAsking(error, askedMs, Date.now()), signal);
    }
  }
}
