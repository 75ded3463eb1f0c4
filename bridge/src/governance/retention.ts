import { z } from 'zod';
import { MatrixError, statePath } from '../appservice/index.ts';
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import type { Log } from '../operations/index.ts';
import type { Audit } from './audit.ts';

/** What one capability keeps of meetings, by room. */
export interface Artefacts {
  readonly rooms: () => Promise<readonly string[]>;
  /** Is there anything that {@link deleteBefore} would delete? */
  readonly holdsBefore: (roomId: string, beforeMs: number) => Promise<boolean>;
  /** Deletes what is older, for good. Nothing of what is still being worked on. */
  readonly deleteBefore: (roomId: string, beforeMs: number) => Promise<void>;
}

/** Our own artefacts live no longer than the room's messages (spec: `m.room.retention`, MSC1763). */
export interface Retention {
  /** Goes over every room of which something is kept, one after the other. */
  sweep(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

const RETENTION_EVENT = 'm.room.retention';
const SWEEP_EVERY_MS = 3_600_000;

const retentionSchema = z.object({ max_lifetime: z.number().min(0).optional().catch(undefined) });

export interface RetentionDeps {
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  /** In this order they are asked what they see of a room; one that has left still sees how it was then. */
  readonly bots: readonly string[];
  readonly artefacts: readonly Artefacts[];
  readonly audit: Audit;
  readonly log: Log;
  readonly now: () => number;
}

export function createRetention({ client, inbox, bots, artefacts, audit, log, now }: RetentionDeps): Retention {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** @returns undefined where the room sets none, or none of us ever saw it */
  async function lifetimeOf(roomId: string): Promise<number | undefined> {
    const path = statePath(roomId, RETENTION_EVENT);
    for (const asUser of bots) {
      try {
        return retentionSchema.parse(await client.request('GET', path, { asUser })).max_lifetime;
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error;
        if (error.status === 404) return undefined;
        if (error.status !== 403) throw error;
      }
    }
    return undefined;
  }

  async function clear(roomId: string): Promise<void> {
    const lifetimeMs = await lifetimeOf(roomId);
    if (lifetimeMs === undefined) return;
    const beforeMs = now() - lifetimeMs;
    const old = await Promise.all(artefacts.map(({ holdsBefore }) => holdsBefore(roomId, beforeMs)));
    if (!old.includes(true)) return;
    await audit.during({ action: 'retention.delete', means: 'server', roomId }, async () => {
      for (const { deleteBefore } of artefacts) await deleteBefore(roomId, beforeMs);
    });
  }

  /** One room at a time: deletion is patient work that must not crowd out meetings. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = turn.then(() => (closed ? undefined : work()));
    turn = result.catch(() => undefined);
    return result;
  }

  async function sweep(): Promise<void> {
    const rooms = new Set((await Promise.all(artefacts.map((each) => each.rooms()))).flat());
    for (const roomId of rooms) {
      if (closed) return;
      // A turn for each: the inbox of a room whose lifetime was changed does not wait for all the others.
      await inTurn(() => clear(roomId)).catch((error: unknown) => {
        log.logger.warn({ err: error, room: log.hash(roomId) }, 'what a room no longer keeps could not be deleted yet');
      });
    }
  }

  const sweepLater = (): void => {
    sweep().catch((error: unknown) => log.logger.warn({ err: error }, 'a sweep for what is too old failed'));
  };

  inbox.onRoomEvent({
    // A lifetime that was shortened counts at once.
    wants: ({ type, state_key: key }) => type === RETENTION_EVENT && key === '',
    handle: ({ room_id: roomId }) => inTurn(() => clear(roomId)),
  });

  return {
    sweep,
    start() {
      timer ??= setInterval(sweepLater, SWEEP_EVERY_MS);
      sweepLater();
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await turn;
    },
  };
}
