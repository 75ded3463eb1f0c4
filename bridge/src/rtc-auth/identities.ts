import { sql } from 'kysely';
import type { IdentityDirectory, IdentityRecord } from '../sfu/index.ts';
import type { Database } from '../storage/index.ts';
import type { RtcAuthTables } from './migrations.ts';

/** Alive for one person in one room; the ninth pushes out the one that was seen longest ago. */
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

/** The record of every identity issued. */
export interface Identities extends IdentityDirectory {
  /** Issuing the same identity again is harmless. @returns identities that were pushed out */
  record(record: Omit<IdentityRecord, 'revoked'>): Promise<readonly IdentityRecord[]>;
  prune(): Promise<void>;
}

export function createIdentities(database: Database, now: () => number): Identities {
  const db = database.$extendTables<RtcAuthTables>();
  const all = () => db.selectFrom('rtc_identities').select(COLUMNS);

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
            .doUpdateSet({ seen_ms: now(), revoked: false, door: record.door, device_id: record.deviceId }),
        )
        // xmax is 0 for a row that was inserted, not updated: only a new identity can be one too many.
        .returning(sql<boolean>`(xmax = 0)`.as('fresh'))
        .executeTakeFirstOrThrow();
      if (!row.fresh) return [];
      const tooMany = await db
        .deleteFrom('rtc_identities')
        .where((where) =>
          where(
            where.refTuple('livekit_room', 'identity'),
            'in',
            where
              .selectFrom('rtc_identities')
              .select(['livekit_room', 'identity'])
              .where('room_id', '=', record.roomId)
              .where('user_id', '=', record.userId)
              .orderBy('seen_ms', 'desc')
              .orderBy('identity')
              .offset(MAX_ALIVE)
              .$asTuple('livekit_room', 'identity'),
          ),
        )
        .returning(COLUMNS)
        .execute();
      return tooMany.map(toRecord);
    },
    async prune() {
      await db
        .deleteFrom('rtc_identities')
        .where('seen_ms', '<', now() - KEEP_MS)
        .execute();
    },
  };
}
