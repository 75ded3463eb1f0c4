import type { Generated } from 'kysely';
import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

export type AppserviceTables = {
  appservice_transactions: { txn_id: string; digest: string; received_ms: number };
  /** Events that were taken and are not worked yet; a row is deleted once every handler is done with it. */
  appservice_inbox: { seq: Generated<number>; room_id: string; event: string };
};

export const appserviceMigrations: Migrations = {
  '001-inbox': {
    async up(db) {
      await sql`create table appservice_transactions (
        txn_id text not null, digest text not null, received_ms bigint not null, primary key (txn_id, digest))`.execute(
        db,
      );
      await sql`create index on appservice_transactions (received_ms)`.execute(db);
      // text, not jsonb: events may hold \u0000, which jsonb refuses, and then one message would block the homeserver's queue.
      await sql`create table appservice_inbox (
        seq bigint generated always as identity primary key, room_id text not null, event text not null,
        attempts integer not null default 0)`.execute(db);
    },
  },
  '002-no-attempts': {
    async up(db) {
      await sql`alter table appservice_inbox drop column attempts`.execute(db);
    },
  },
};
