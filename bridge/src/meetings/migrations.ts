import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

export type MeetingsTables = {
  /** RTC memberships as the watcher sees them; one row for each that is not withdrawn. */
  rtc_members: {
    room_id: string;
    user_id: string;
    /** State key or sticky key; event id of a sticky event that is encrypted. */
    member_key: string;
    /** Empty: cannot be read (encrypted), so it may be any of the person's. */
    device_id: string;
    until_ms: number;
  };
  meetings: {
    id: string;
    room_id: string;
    livekit_room: string;
    started_ms: number;
    ended_ms: number | null;
    /** Taken back while it runs: who left before is forgotten, and the whole when it ends. */
    deleted_ms: number | null;
  };
  meeting_people: {
    meeting_id: string;
    user_id: string;
    first_ms: number;
    last_ms: number;
    /** Time spent there, short breaks included. */
    present_ms: number;
  };
};

export const meetingsMigrations: Migrations = {
  '001-meetings': {
    async up(db) {
      await sql`create table rtc_members (
        room_id text not null, user_id text not null, member_key text not null, device_id text not null,
        until_ms bigint not null, primary key (room_id, user_id, member_key))`.execute(db);
      await sql`create index on rtc_members (until_ms)`.execute(db);
      await sql`create table meetings (
        id text primary key, room_id text not null, livekit_room text not null, started_ms bigint not null,
        ended_ms bigint)`.execute(db);
      // One running meeting for a call, whatever two bridges see at the same time.
      await sql`create unique index meetings_running on meetings (livekit_room) where ended_ms is null`.execute(db);
      await sql`create index on meetings (room_id, started_ms)`.execute(db);
      await sql`create table meeting_people (
        meeting_id text not null references meetings on delete cascade, user_id text not null, first_ms bigint not null,
        last_ms bigint not null, primary key (meeting_id, user_id))`.execute(db);
    },
  },
  '002-presence': {
    async up(db) {
      await sql`alter table meeting_people add column present_ms bigint not null default 0`.execute(db);
    },
  },
  '003-deletion': {
    async up(db) {
      await sql`alter table meetings add column deleted_ms bigint`.execute(db);
    },
  },
};
