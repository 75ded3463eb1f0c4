import { PalabreError } from '@palabre/protocol';
import { sql } from 'kysely';
import type { IdentityDirectory, IdentityRecord } from '../sfu/index.ts';
import type { Database } from '../storage/index.ts';
import type { RtcAuthTables } from './migrations.ts';

/** Alive for one person in one room by OpenID, and again by all other doors together; the ninth pushes out one that is not there. */
export const MAX_ALIVE = 8;
/** Longer than any token lives, those that the SFU refreshes included; whoever is on the SFU is touched all the time. */
const KEEP_MS = 2 * 3_600_000;

const COLUMNS = ['livekit_room', 'identity', 'room_id', 'slot_id', 'user_id', 'device_id', 'door', 'revoked'] as const;
type Row = Pick<RtcAuthTables['rtc_identities'], (typeof COLUMNS)[number]>;

function toRecord(row: Row): IdentityRecord {
  return {
    livekitRoom: row.livekit_room,
    identity: row.identity,
    roomId: row.room_id,
    slotId: row.slot_id,
    userId: row.user_id,
    deviceId: row.device_id,
    door: row.door,
    revoked: row.revoked,
  };
}

type NewRecord = Omit<IdentityRecord, 'revoked'>;

/** The record of every identity issued. */
export interface Identities extends IdentityDirectory {
  /**
   * Issuing the same identity again is harmless. One too many pushes out others that came by doors of its kind: those that are
   * not on the SFU first, and seen longest ago. Nobody who is there gives way to OpenID.
   * @returns identities that were pushed out
   * @throws {PalabreError} M_LIMIT_EXCEEDED when all of them are there
   */
  record(record: NewRecord): Promise<readonly IdentityRecord[]>;
  prune(): Promise<void>;
}

/** @param present identities that are in a room of the SFU now */
export function createIdentities(
  database: Database,
  present: (livekitRoom: string) => Promise<readonly string[]>,
  now: () => number,
): Identities {
  const db = database.$extendTables<RtcAuthTables>();
  const all = () => db.selectFrom('rtc_identities').select(COLUMNS);

  const remove = (row: { livekit_room: string; identity: string }) =>
    db
      .deleteFrom('rtc_identities')
      .where('livekit_room', '=', row.livekit_room)
      .where('identity', '=', row.identity)
      .returning(COLUMNS)
      .execute();

  /** A new record may be one too many. @returns what it pushed out */
  async function makeRoom({
    livekitRoom,
    identity,
    roomId,
    userId,
    door,
  }: NewRecord): Promise<readonly IdentityRecord[]> {
    const byOpenId = door === 'openid';
    const others = await all()
      .where('room_id', '=', roomId)
      .where('user_id', '=', userId)
      .where('door', byOpenId ? '=' : '<>', 'openid')
      .where((where) => where.or([where('livekit_room', '<>', livekitRoom), where('identity', '<>', identity)]))
      .orderBy('seen_ms')
      .orderBy('identity')
      .execute();
    const surplus = others.length + 1 - MAX_ALIVE;
    if (surplus <= 0) return [];
    const there = new Set<string>();
    for (const room of new Set(others.map((row) => row.livekit_room))) {
      for (const name of await present(room)) there.add(`${room}\0${name}`);
    }
    const isThere = (row: Row) => there.has(`${row.livekit_room}\0${row.identity}`);
    const absent = others.filter((row) => !isThere(row));
    if (byOpenId && absent.length < surplus) {
      await remove({ livekit_room: livekitRoom, identity });
      throw new PalabreError(
        'M_LIMIT_EXCEEDED',
        'You are in this call on too many devices. Leave on one of them first',
        {
          retryAfterMs: 10_000,
        },
      );
    }
    const victims = [...absent, ...others.filter(isThere)].slice(0, surplus);
    return (await Promise.all(victims.map(remove))).flat().map(toRecord);
  }

  return {
    async find(livekitRoom, identity) {
      const row = await all()
        .where('livekit_room', '=', livekitRoom)
        .where('identity', '=', identity)
        .executeTakeFirst();
      return row === undefined ? undefined : toRecord(row);
    },
    async of(roomId, userId) {
      return (await all().where('room_id', '=', roomId).where('user_id', '=', userId).execute()).map(toRecord);
    },
    async findAll(livekitRoom, identities) {
      if (identities.length === 0) return [];
      const rows = await all().where('livekit_room', '=', livekitRoom).where('identity', 'in', identities).execute();
      return rows.map(toRecord);
    },
    async revoke(livekitRoom, identity) {
      await db
        .updateTable('rtc_identities')
        .set({ revoked: true })
        .where('livekit_room', '=', livekitRoom)
        .where('identity', '=', identity)
        .execute();
    },
    async touch(livekitRoom, identities) {
      if (identities.length === 0) return;
      await db
        .updateTable('rtc_identities')
        .set({ seen_ms: now() })
        .where('livekit_room', '=', livekitRoom)
        .where('identity', 'in', identities)
        .execute();
    },
    async record(record) {
      const row = await db
        .insertInto('rtc_identities')
        .values({
          livekit_room: record.livekitRoom,
          identity: record.identity,
          room_id: record.roomId,
          slot_id: record.slotId,
          user_id: record.userId,
          device_id: record.deviceId,
          door: record.door,
          revoked: false,
          seen_ms: now(),
        })
        .onConflict((conflict) =>
          conflict
            .columns(['livekit_room', 'identity'])
            // What was revoked counts again for who comes by OpenID once more; other doors are not asked for it. What came by
            // another door stays that: whoever holds a leaked OpenID token may name any device.
            .doUpdateSet({
              seen_ms: now(),
              ...(record.door === 'openid' ? {} : { door: record.door }),
              device_id: record.deviceId,
              ...(record.door === 'openid' ? { revoked: false } : {}),
            }),
        )
        // xmax is 0 for a row that was inserted, not updated: only a new identity can be one too many.
        .returning(sql<boolean>`(xmax = 0)`.as('fresh'))
        .executeTakeFirstOrThrow();
      if (!row.fresh) return [];
      return makeRoom(record);
    },
    async prune() {
      await db
        .deleteFrom('rtc_identities')
        .where('seen_ms', '<', now() - KEEP_MS)
        .execute();
    },
  };
}
