import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

export type SfuTables = {
  /** When a person was last put out of a room's call; `seq` grows with every eviction. */
  sfu_denials: { room_id: string; user_id: string; seq: number; denied_ms: number };
};

export const sfuMigrations: Migrations = {
  '001-denials': {
    async up(db) {
      await sql`create sequence sfu_denials_seq`.execute(db);
      await sql`create table sfu_denials (
        room_id text not null, user_id text not null, seq bigint not null, denied_ms bigint not null,
        primary key (room_id, user_id))`.execute(db);
      await sql`create index on sfu_denials (denied_ms)`.execute(db);
    },
  },
};
