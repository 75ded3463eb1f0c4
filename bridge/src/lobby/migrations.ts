import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

/** `gone`: hung up a moment ago. For the room's message they still wait, so that coming and going is no flood of messages. */
export type LobbyState = 'waiting' | 'gone' | 'admitted' | 'turned_away';

export type LobbyTables = {
  /** People who must be let in, each in one room's call. */
  lobby_people: {
    room_id: string;
    user_id: string;
    state: LobbyState;
    since_ms: number;
    /** When they last asked. */
    asked_ms: number;
    decided_by: string | null;
    decided_ms: number | null;
    /** The message in the room that names them. */
    notice_id: string | null;
  };
  /** Messages about waiting people that may still have to be changed. */
  lobby_notices: { id: string; room_id: string; event_id: string | null; said: string };
};

export const lobbyMigrations: Migrations = {
  '001-lobby': {
    async up(db) {
      await sql`create table lobby_people (
        room_id text not null, user_id text not null, state text not null, since_ms bigint not null,
        asked_ms bigint not null, decided_by text, decided_ms bigint, notice_id text,
        primary key (room_id, user_id))`.execute(db);
      await sql`create index on lobby_people (asked_ms)`.execute(db);
      await sql`create table lobby_notices (
        id text primary key, room_id text not null, event_id text, said text not null)`.execute(db);
      await sql`create index on lobby_notices (room_id)`.execute(db);
    },
  },
};
