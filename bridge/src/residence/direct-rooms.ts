import { sql } from 'kysely';
import type { Database, Migrations } from '../storage/index.ts';

type ResidenceTables = {
  /** Direct messages that a bot declined to enter. */
  direct_rooms: { room_id: string; declined_ms: number };
};

export const residenceMigrations: Migrations = {
  '001-direct-rooms': {
    async up(db) {
      await sql`create table direct_rooms (room_id text primary key, declined_ms bigint not null)`.execute(db);
      await sql`create index on direct_rooms (declined_ms)`.execute(db);
    },
  },
};

/** Which rooms are direct messages, as far as somebody has asked a bot into them. It explains, it decides nothing. */
export interface DirectRooms {
  add(roomId: string): Promise<void>;
  readonly has: (roomId: string) => Promise<boolean>;
}

/** Anybody can make rooms and invite: beyond this those declined longest ago are forgotten. */
const MOST_KEPT = 100_000;

export function createDirectRooms(database: Database, now: () => number): DirectRooms {
  const db = database.$extendTables<ResidenceTables>();
  return {
    async add(roomId) {
      await db
        .insertInto('direct_rooms')
        .values({ room_id: roomId, declined_ms: now() })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await db
        .deleteFrom('direct_rooms')
        .where('room_id', 'in', (rows) =>
          rows.selectFrom('direct_rooms').select('room_id').orderBy('declined_ms', 'desc').offset(MOST_KEPT),
        )
        .execute();
    },
    async has(roomId) {
      const row = await db
        .selectFrom('direct_rooms')
        .select('room_id')
        .where('room_id', '=', roomId)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
