import { sql } from 'kysely';
import type { Migrations } from '../storage/index.ts';

export type DownloadsTables = {
  download: {
    id: string;
    room_id: string;
    bytes: number;
    /** The message that leads to it; null until it is posted, and until then nobody may read it. */
    event_id: string | null;
    /** Only for those in `download_reader`; otherwise for everybody who is joined. */
    restricted: boolean;
  };
  download_reader: { download_id: string; user_id: string };
};

export const downloadsMigrations: Migrations = {
  '001-downloads': {
    async up(db) {
      await sql`create table download (
        id text primary key, room_id text not null, bytes bigint not null, event_id text, restricted boolean not null)`.execute(
        db,
      );
      await sql`create table download_reader (
        download_id text not null references download (id) on delete cascade, user_id text not null,
        primary key (download_id, user_id))`.execute(db);
    },
  },
};
