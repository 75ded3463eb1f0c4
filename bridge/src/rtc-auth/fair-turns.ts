import { PalabreError } from '@palabre/protocol';

const AT_ONCE = 64;
const AT_ONCE_EACH = 16;
/**
 * Waiting, for one asker, whichever servers they name: a large meeting that begins on the minute. Whoever sends more is told to
 * come later.
 */
const WAITING_EACH = 512;

/** Whose turn it is: of a server's people, those at one address, or one person where that is known. */
export interface Asker {
  readonly server: string;
  readonly who?: string | undefined;
}

/** @throws {PalabreError} M_LIMIT_EXCEEDED when too many of the same asker wait already */
export type FairTurns = <T>(asker: Asker, work: () => Promise<T>) => Promise<T>;

/** Puts a key last. */
function putLast<V>(queues: Map<string, V>, key: string, value: V): void {
  queues.delete(key);
  queues.set(key, value);
}

/**
 * Lets askers work in turn, so that a flood from one of them makes the others wait for a moment and not for the flood. There is
 * no limit of rate where nobody else waits: Element Call takes every refusal for final (matrixrtc.md 1.7).
 * @param atOnce at work at the same time, for everybody together
 * @param atOnceEach of them, for one server's people
 */
export function createFairTurns(atOnce = AT_ONCE, atOnceEach = AT_ONCE_EACH): FairTurns {
  /**
   * By whoever asks, then by server: they may name as many servers as they like, and have one turn among the others all the
   * same. Who was served last is last.
   */
  const queues = new Map<string, Map<string, (() => void)[]>>();
  const working = new Map<string, number>();
  let total = 0;

  const isFree = (server: string): boolean => total < atOnce && (working.get(server) ?? 0) < atOnceEach;

  function begin(server: string): void {
    total += 1;
    working.set(server, (working.get(server) ?? 0) + 1);
  }

  function next(): void {
    for (const [who, byServer] of queues) {
      for (const [server, starts] of byServer) {
        const [start] = starts;
        if (start === undefined || !isFree(server)) continue;
        starts.shift();
        if (starts.length > 0) putLast(byServer, server, starts);
        else byServer.delete(server);
        if (byServer.size > 0) putLast(queues, who, byServer);
        else queues.delete(who);
        begin(server);
        start();
        return;
      }
    }
  }

  function leave(server: string): void {
    total -= 1;
    const left = (working.get(server) ?? 1) - 1;
    if (left === 0) working.delete(server);
    else working.set(server, left);
    next();
  }

  /** After each end the next begins: whoever waits does so because all is taken, and a newcomer overtakes nobody. */
  async function takeTurn(server: string, who: string): Promise<void> {
    if (isFree(server)) {
      begin(server);
      return;
    }
    const byServer = queues.get(who) ?? new Map<string, (() => void)[]>();
    const starts = byServer.get(server) ?? [];
    if ([...byServer.values()].flat().length >= WAITING_EACH) {
      throw new PalabreError('M_LIMIT_EXCEEDED', 'Too many people are joining at once, try again in a moment', {
        retryAfterMs: 2_000,
      });
    }
    const turn = new Promise<void>((resolve) => {
      starts.push(resolve);
    });
    byServer.set(server, starts);
    queues.set(who, byServer);
    await turn;
  }

  return async (asker, work) => {
    const server = asker.server.toLowerCase();
    // Without an address a server's people stand together, as if at one.
    await takeTurn(server, asker.who ?? `\0${server}`);
    try {
      return await work();
    } finally {
      leave(server);
    }
  };
}

/** For questions to servers: those whose address is the asker's word may all hang, and those that we know do not wait for that. */
export function createLookUpTurns(isKnown: (server: string) => boolean): FairTurns {
  const known = createFairTurns();
  const strangers = createFairTurns();
  return (asker, work) => (isKnown(asker.server) ? known : strangers)(asker, work);
}
