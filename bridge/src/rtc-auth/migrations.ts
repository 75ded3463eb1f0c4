import { sql } from 'kysely';
import type { IdentityRecord } from '../sfu/index.ts';
import type { Migrations } from '../storage/index.ts';

/** `reading`: what is kept of a room's meetings, and nothing else. */
export type SessionScope = 'api' | 'reading';

export type RtcAuthTables = {
  rtc_identities: {
    livekit_room: string;
    identity: string;
    room_id: string;
    slot_id: string;
    user_id: string;
    device_id: string;
    door: IdentityRecord['door'];
    revoked: boolean;
    /** Issued, connected, or seen on the SFU. */
    seen_ms: number;
  };
  /** Until when a person gets no token by OpenID for a room, after so many seats without a membership. */
  openid_pauses: { room_id: string; user_id: string; seats: number; until_ms: number };
  api_sessions: {
    token_hash: string;
    user_id: string;
    device_id: string;
    room_id: string;
    expires_ms: number;
    scope: SessionScope;
  };
};

export const rtcAuthMigrations: Migrations = {
  '001-identities': {
    async up(db) {
      await sql`create table rtc_identities (
        livekit_room text not null, identity text not null, room_id text not null, slot_id text not null,
        user_id text not null, device_id text not null, door text not null, revoked boolean not null default false,
        seen_ms bigint not null, primary key (livekit_room, identity))`.execute(db);
      await sql`create index on rtc_identities (room_id, user_id)`.execute(db);
      await sql`create index on rtc_identities (seen_ms)`.execute(db);
      await sql`create table api_sessions (
        token_hash text primary key, user_id text not null, device_id text not null, room_id text not null,
        expires_ms bigint not null)`.execute(db);
      await sql`create index on api_sessions (expires_ms)`.execute(db);
    },
  },
  '002-openid-pauses': {
    async up(db) {
      await sql`create table openid_pauses (
        room_id text not null, user_id text not null, seats integer not null, until_ms bigint not null,
        primary key (room_id, user_id))`.execute(db);
      await sql`create index on openid_pauses (until_ms)`.execute(db);
    },
  },
  '003-session-scope': {
    async up(db) {
      await sql`alter table api_sessions add column scope text not null default 'api'`.execute(db);
    },
  },
};
