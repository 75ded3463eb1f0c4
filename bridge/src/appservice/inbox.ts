import { setTimeout as sleep } from 'node:timers/promises';
import { PalabreError } from '@palabre/protocol';
import type { Log, Metrics } from '../operations/index.ts';
import { isDatabaseAway } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { MatrixError } from './matrix-client.ts';
import type { AppserviceTables } from './migrations.ts';
import { roomEventSchema } from './room-event.ts';
import type { RoomEvent } from './room-event.ts';

/** Works room events one after the other within each room, at least once each, over restarts. */
export interface RoomEventHandler {
  /** Which events it needs; others are not even stored. Must be quick and must not throw. */
  readonly wants: (event: RoomEvent) => boolean;
  /** Rejecting makes the event come again, a few times. It may come again anyway after a crash. */
  readonly handle: (event: RoomEvent) => Promise<void>;
}

export interface Inbox {
  onRoomEvent(handler: RoomEventHandler): void;
  /** Called at once when a transaction arrives, before it is stored: for what cannot wait (evictions). Must not throw. */
  onArrival(handler: (event: RoomEvent) => void): void;
  /** Stores a transaction; resolves after the commit. @returns false when this transaction was taken before */
  take(txnId: string, digest: string, events: readonly RoomEvent[]): Promise<boolean>;
  /** Works what a former process left. Call once, when every handler is there. */
  resume(): Promise<void>;
  /** Resolves when nothing is waiting; for tests. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const MAX_FAILURES = 6;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Failures of others, and of the database, that pass: such an event waits, but not for ever, since strangers can name servers that never answer. */
const PATIENCE_MS = 3_600_000;
const PASSING = new Set(['MatrixUnreachable', 'SfuUnavailable']);
const PASSING_CODES = new Set(['PALABRE_UPSTREAM_UNAVAILABLE', 'M_LIMIT_EXCEEDED']);
const KEEP_TRANSACTIONS_MS = 3 * 24 * 3_600_000;

function passes(error: unknown): boolean {
  if (error instanceof MatrixError) return error.status >= 500 || error.status === 429;
  if (error instanceof PalabreError) return PASSING_CODES.has(error.code);
  return (error instanceof Error && PASSING.has(error.name)) || isDatabaseAway(error);
}

interface Waiting {
  readonly seq: number;
  readonly event: RoomEvent;
}

export interface InboxDeps {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export function createInbox({ database, log, metrics, now }: InboxDeps): Inbox {
  const db = database.$extendTables<AppserviceTables>();
  const handlers: RoomEventHandler[] = [];
  const arrivals: ((event: RoomEvent) => void)[] = [];
  const queues = new Map<string, Waiting[]>();
  const workers = new Set<Promise<void>>();
  const closing = new AbortController();
  const ended = () => closing.signal.aborted;
  const pauseAfter = (attempt: number): Promise<void> =>
    sleep(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS), undefined, { signal: closing.signal });
  let lastPruneMs = 0;

  async function work({ seq, event }: Waiting): Promise<void> {
    const open = new Set(handlers.filter((handler) => handler.wants(event)));
    const startedMs = now();
    let failures = 0;
    for (let attempt = 1; ; attempt += 1) {
      let willPass = false;
      for (const handler of open) {
        try {
          await handler.handle(event);
          open.delete(handler);
        } catch (error) {
          willPass ||= passes(error);
          metrics.inboxFailures.inc();
          log.logger.error({ err: error, type: event.type, attempt }, 'a room event could not be handled');
        }
      }
      if (open.size === 0) break;
      if (!willPass) failures += 1;
      // A handler that fails for good must not hold up its room for ever; the log has its failure.
      if (willPass ? now() - startedMs > PATIENCE_MS : failures >= MAX_FAILURES) break;
      await pauseAfter(attempt);
    }
    await checkOff(seq);
  }

  /** Until it works: an event that was worked and stays would come again at the next start. */
  async function checkOff(seq: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await db.deleteFrom('appservice_inbox').where('seq', '=', seq).execute();
        return;
      } catch (error) {
        closing.signal.throwIfAborted();
        log.logger.error({ err: error, attempt }, 'a worked event could not be checked off');
        await pauseAfter(attempt);
      }
    }
  }

  async function workRoom(roomId: string, queue: Waiting[]): Promise<void> {
    for (let next = queue[0]; next !== undefined && !ended(); next = queue[0]) {
      try {
        await work(next);
      } catch (error) {
        // Closing: the row stays, and the event comes again at the next start.
        if (!ended()) log.logger.error({ err: error }, 'a room event could not be worked');
      }
      queue.shift();
      metrics.inboxWaiting.dec();
    }
    queues.delete(roomId);
  }

  function enqueue(waiting: Waiting): void {
    metrics.inboxWaiting.inc();
    const { room_id: roomId } = waiting.event;
    const queue = queues.get(roomId);
    if (queue !== undefined) {
      queue.push(waiting);
      return;
    }
    const created = [waiting];
    queues.set(roomId, created);
    const worker = workRoom(roomId, created).finally(() => workers.delete(worker));
    workers.add(worker);
  }

  async function prune(): Promise<void> {
    if (now() - lastPruneMs < 3_600_000) return;
    lastPruneMs = now();
    await db
      .deleteFrom('appservice_transactions')
      .where('received_ms', '<', now() - KEEP_TRANSACTIONS_MS)
      .execute();
  }

  return {
    onRoomEvent: (handler) => void handlers.push(handler),
    onArrival: (handler) => void arrivals.push(handler),
    async take(txnId, digest, events) {
      for (const event of events) for (const arrival of arrivals) arrival(event);
      const wanted = events.filter((event) => handlers.some((handler) => handler.wants(event)));
      const rows = await db.transaction().execute(async (trx) => {
        const fresh = await trx
          .insertInto('appservice_transactions')
          .values({ txn_id: txnId, digest, received_ms: now() })
          .onConflict((conflict) => conflict.doNothing())
          .returning('txn_id')
          .executeTakeFirst();
        if (fresh === undefined) return undefined;
        if (wanted.length === 0) return [];
        return trx
          .insertInto('appservice_inbox')
          .values(wanted.map((event) => ({ room_id: event.room_id, event: JSON.stringify(event) })))
          .returning('seq')
          .execute();
      });
      if (rows === undefined) return false;
      // RETURNING gives the rows of one INSERT in the order of its VALUES; sorted to rely on nothing.
      const seqs = rows.map((row) => row.seq).sort((a, b) => a - b);
      wanted.forEach((event, index) => {
        const seq = seqs[index];
        if (seq !== undefined) enqueue({ seq, event });
      });
      prune().catch((error: unknown) => log.logger.warn({ err: error }, 'old transactions could not be removed'));
      return true;
    },
    async resume() {
      const rows = await db.selectFrom('appservice_inbox').select(['seq', 'event']).orderBy('seq').execute();
      for (const { seq, event: stored } of rows) {
        const event = roomEventSchema.safeParse(JSON.parse(stored));
        if (event.success) {
          enqueue({ seq, event: event.data });
          continue;
        }
        // An older version took it, and no later start would read it either.
        log.logger.warn('a stored event is not one any more and is dropped');
        await checkOff(seq);
      }
    },
    async idle() {
      while (workers.size > 0) await Promise.all(workers);
    },
    async close() {
      closing.abort();
      await Promise.all(workers);
    },
  };
}
