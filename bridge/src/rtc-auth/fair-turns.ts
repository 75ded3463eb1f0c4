import { PalabreError } from '@palabre/protocol';

/** At work at once, for everybody together and for one server's people. */
const AT_ONCE = 64;
const AT_ONCE_EACH = 16;
/** Waiting, for one asker: a large meeting that begins on the minute. Whoever sends more is told to come later. */
const WAITING_EACH = 512;

/** Whose turn it is: of a server's people, those at one address, or one person where that is known. */
export interface Asker {
  readonly server: string;
  readonly who?: string | undefined;
}

/** @throws {PalabreError} M_LIMIT_EXCEEDED when too many of the same asker wait already */
export type FairTurns = <T>(asker: Asker, work: () => Promise<T>) => Promise<T>;

/**
 * Lets askers work in turn, so that a flood from one of them makes the others wait for a moment and not for the flood. There is
 * no limit of rate where nobody else waits: Element Call takes every refusal for final (matrixrtc.md 1.7).
 */
export function createFairTurns(): FairTurns {
  /** By asker; who was served last is last. */
  const queues = new Map<string, { readonly server: string; readonly starts: (() => void)[] }>();
  const working = new Map<string, number>();
  let total = 0;

  function next(): void {
    if (total >= AT_ONCE) return;
    for (const [key, queue] of queues) {
      const busy = working.get(queue.server) ?? 0;
      if (busy >= AT_ONCE_EACH) continue;
      const start = queue.starts.shift();
      queues.delete(key);
      if (queue.starts.length > 0) queues.set(key, queue);
      if (start === undefined) continue;
      total += 1;
      working.set(queue.server, busy + 1);
      start();
      return;
    }
  }

  function leave(server: string): void {
    total -= 1;
    const left = (working.get(server) ?? 1) - 1;
    if (left === 0) working.delete(server);
    else working.set(server, left);
    next();
  }

  return async (asker, work) => {
    const server = asker.server.toLowerCase();
    const key = `${server}\0${asker.who ?? ''}`;
    const queue = queues.get(key) ?? { server, starts: [] };
    if (queue.starts.length >= WAITING_EACH) {
      throw new PalabreError('M_LIMIT_EXCEEDED', 'Too many people are joining at once, try again in a moment', {
        retryAfterMs: 2_000,
      });
    }
    const turn = new Promise<void>((resolve) => {
      queue.starts.push(resolve);
    });
    queues.set(key, queue);
    next();
    await turn;
    try {
      return await work();
    } finally {
      leave(server);
    }
  };
}
