import { sql } from 'kysely';
import type { ConsentAnswer, ConsentLevel, ConsentPurpose } from '@palabre/protocol';
import type { Migrations } from '../storage/index.ts';

/** How an answer reached us. */
export type ConsentWay = 'lobby' | 'dialog' | 'panel' | 'reaction' | 'reply' | 'command';

export type ConsentTables = {
  /** Levels that moderators chose for their rooms. */
  consent_rooms: { room_id: string; level: ConsentLevel; set_by: string; set_ms: number };
  /** The strictest level that a meeting has reached while something of it was kept: it never falls. */
  consent_meetings: {
    meeting_id: string;
    room_id: string;
    level: ConsentLevel;
    /** Since when people are asked; null where they are not, or an older version did not note it. */
    asked_ms: number | null;
  };
  /** Every answer; a person's last one in a meeting counts. Nothing is ever changed here. */
  consent_answers: {
    seq: number;
    room_id: string;
    meeting_id: string;
    user_id: string;
    /** null: of a person whose client does not say, such as by a reaction. */
    device_id: string | null;
    purpose: ConsentPurpose;
    answer: ConsentAnswer;
    how: ConsentWay;
    language: string;
    text_version: string;
    /** The reaction or reply that it was, or the redaction that took it back. */
    event_id: string | null;
    at_ms: number;
  };
};

export const consentMigrations: Migrations = {
  '001-consent': {
    async up(db) {
      await sql`create table consent_rooms (
        room_id text primary key, level text not null, set_by text not null, set_ms bigint not null)`.execute(db);
      await sql`create table consent_meetings (
        meeting_id text primary key, room_id text not null, level text not null)`.execute(db);
      await sql`create table consent_answers (
        seq bigint generated always as identity primary key, room_id text not null, meeting_id text not null,
        user_id text not null, device_id text, purpose text not null, answer text not null, how text not null,
        language text not null, text_version text not null, event_id text, at_ms bigint not null)`.execute(db);
      await sql`create index on consent_answers (meeting_id, user_id)`.execute(db);
      await sql`create index on consent_answers (room_id, at_ms)`.execute(db);
      // An event that comes again after a crash is one answer.
      await sql`create unique index on consent_answers (event_id, purpose)`.execute(db);
    },
  },
  '002-asked': {
    async up(db) {
      await sql`alter table consent_meetings add column asked_ms bigint`.execute(db);
    },
  },
};
