import { sql } from 'kysely';
import type { MinutesMode } from '@palabre/protocol';
import type { Migrations } from '../storage/index.ts';

/**
 * `making`: what was said waits for a summary. `waiting`: a draft waits for approval. `posting`: on its way into the room. `done`:
 * posted or given up; kept without text for a while, so that nothing is made twice.
 */
export type MinutesState = 'making' | 'waiting' | 'posting' | 'done';

export type MinutesTables = {
  minutes_room: { room_id: string; mode: MinutesMode; changed_by: string; changed_ms: number };
  minutes_draft: {
    /** That of the transcription they come from. */
    id: string;
    room_id: string;
    run_id: string;
    meeting_id: string;
    meeting_started_ms: number;
    state: MinutesState;
    /** Sealed JSON; null once done. */
    body: Buffer | null;
    revision: number;
    created_ms: number;
    /** When a draft began to wait. */
    waiting_ms: number | null;
    /** The watcher's message that says that it waits. */
    notice_event_id: string | null;
  };
};

export const minutesMigrations: Migrations = {
  '001-minutes': {
    async up(db) {
      await sql`create table minutes_room (
        room_id text primary key, mode text not null, changed_by text not null, changed_ms bigint not null)`.execute(
        db,
      );
      await sql`create table minutes_draft (
        id text primary key, room_id text not null, meeting_id text not null, meeting_started_ms double precision not null,
        state text not null, body bytea, revision integer not null, created_ms bigint not null, waiting_ms bigint,
        notice_event_id text)`.execute(db);
      await sql`create index on minutes_draft (room_id)`.execute(db);
      await sql`create index on minutes_draft (state)`.execute(db);
    },
  },
  '002-run': {
    async up(db) {
      await sql`alter table minutes_draft add column run_id text not null default ''`.execute(db);
    },
  },
};
