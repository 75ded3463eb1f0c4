import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

export const governanceMigrations: Migrations = {
  '001-audit': {
    async up(db) {
      await sql`create table audit (
        seq bigint generated always as identity primary key, at_ms bigint not null, room_id text, meeting_id text, user_id text,
        action text not null, means text not null, outcome text not null, code text, key text unique)`.execute(db);
      await sql`create index on audit (room_id, at_ms)`.execute(db);
      await sql`create index on audit (at_ms)`.execute(db);
      await sql`create function audit_stays() returns trigger language plpgsql as $$
        begin raise exception 'rows of the audit trail are not changed'; end $$`.execute(db);
      await sql`create trigger audit_stays before update on audit for each row execute function audit_stays()`.execute(
        db,
      );
    },
  },
  '002-target': {
    async up(db) {
      await sql`alter table audit add column target text`.execute(db);
    },
  },
};
