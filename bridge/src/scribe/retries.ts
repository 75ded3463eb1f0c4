import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../operations/index.ts';
import type { KeptRuns } from './kept-runs.ts';
import type { RunRow } from './store.ts';

/** Looks from time to time whether an administrator wants something to be tried again that could not be posted. */
export interface Retries {
  begin(): void;
  /** Is the scribe being let into this room, for what is about to be taken up? */
  worksIn(roomId: string): boolean;
  close(): Promise<void>;
}

export interface RetriesDeps {
  readonly kept: Pick<KeptRuns, 'retried' | 'reopen'>;
  /** Lets the scribe into the room, which it left. */
  readonly enter: (roomId: string) => Promise<void>;
  readonly leaveIfIdle: (roomId: string) => Promise<void>;
  readonly takeUp: (row: RunRow) => void;
  readonly log: Log;
  readonly everyMs: number;
}

export function createRetries({ kept, enter, leaveIfIdle, takeUp, log, everyMs }: RetriesDeps): Retries {
  const closing = new AbortController();
  const { signal } = closing;
  let looking: Promise<void> = Promise.resolve();
  let entered: string | undefined;

  const tryAgain = async (row: RunRow): Promise<void> => {
    entered = row.roomId;
    try {
      // Where it is not let in, posting says what is to be done.
      await enter(row.roomId).catch((error: unknown) => {
        log.logger.warn({ err: error, run: row.id }, 'the scribe cannot enter where results are tried again');
      });
      signal.throwIfAborted();
      if (await kept.reopen(row.id)) {
        takeUp(row);
        return;
      }
    } finally {
      entered = undefined;
    }
    // It is gone, or is being deleted meanwhile.
    await leaveIfIdle(row.roomId);
  };

  const look = async (): Promise<void> => {
    for (const row of await kept.retried()) await tryAgain(row);
  };

  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        if (!signal.aborted) log.logger.warn({ err: error }, 'results that are to be tried again wait');
      });
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    begin: () => {
      looking = follow();
    },
    worksIn: (roomId) => roomId === entered,
    close: () => {
      closing.abort();
      return looking;
    },
  };
}
