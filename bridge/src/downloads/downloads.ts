import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Kept } from '@palabre/protocol';
import { sql } from 'kysely';
import type { MatrixClient } from '../appservice/index.ts';
import { readersOf } from '../membership/index.ts';
import type { ByteRange, Database, Files } from '../storage/index.ts';
import type { DownloadsTables } from './migrations.ts';
import { newKept, seal } from './sealing.ts';

/** Files of meetings that are too large for the homeserver: sealed in storage, read by those who may read the message about them. */
export interface Downloads {
  /**
   * Seals a file into storage. Nobody may read it before its message is posted. May be done again: the file of the same id is
   * replaced, and opened by the newer key alone.
   * @param path of the readable file
   */
  keep(file: KeptFile, signal: AbortSignal): Promise<Kept>;
  /** The message is in its room: from now on whoever may read that may read the file. */
  posted(id: string, roomId: string, eventId: string): Promise<void>;
  /** The message is gone, or too old. */
  remove(id: string): Promise<void>;
  /** @param userId somebody who is joined in the room now @returns undefined when there is no such file for them */
  find(id: string, roomId: string, userId: string): Promise<Found | undefined>;
}

export interface KeptFile {
  readonly id: string;
  readonly roomId: string;
  readonly path: string;
  readonly bytes: number;
  readonly mimetype: string;
}

/** A sealed file, as it is stored. */
export interface Found {
  readonly size: number;
  read(range?: ByteRange): Promise<Readable>;
}

export interface DownloadsDeps {
  readonly database: Database;
  readonly client: MatrixClient;
  /** Is in the room while it posts there. */
  readonly scribeUserId: string;
  readonly files: Files;
}

/** Of a file in storage. */
export function keptName(id: string): string {
  return `kept/${id}.sealed`;
}

export function createDownloads({ database, client, scribeUserId, files }: DownloadsDeps): Downloads {
  const db = database.$extendTables<DownloadsTables>();
  return {
    keep: async ({ id, roomId, path, bytes, mimetype }, signal) => {
      const kept = newKept(id, bytes, mimetype);
      const row = { room_id: roomId, bytes, event_id: null, restricted: true };
      await db
        .insertInto('download')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
      const content = createReadStream(path);
      try {
        await files.write(keptName(id), seal(kept, content), signal);
      } finally {
        // Storage may fail before it has read anything.
        content.destroy();
      }
      return kept;
    },
    posted: async (id, roomId, eventId) => {
      const readers = await readersOf(client, { roomId, eventId }, scribeUserId);
      await db.transaction().execute(async (trx) => {
        if (readers !== 'everybody') {
          await sql`insert into download_reader select ${id}, unnest(${[...readers]}::text[]) on conflict do nothing`.execute(
            trx,
          );
        }
        await trx
          .updateTable('download')
          .set({ event_id: eventId, restricted: readers !== 'everybody' })
          .where('id', '=', id)
          .execute();
      });
    },
    remove: async (id) => {
      // The file first: what a crash leaves is found again by its row.
      await files.remove(keptName(id));
      await db.deleteFrom('download').where('id', '=', id).execute();
    },
    find: async (id, roomId, userId) => {
      const row = await db
        .selectFrom('download')
        .select(['restricted'])
        .where('id', '=', id)
        .where('room_id', '=', roomId)
        .where('event_id', 'is not', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (row.restricted) {
        const reader = await db
          .selectFrom('download_reader')
          .select('user_id')
          .where('download_id', '=', id)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        if (reader === undefined) return undefined;
      }
      const size = await files.size(keptName(id));
      return size === undefined ? undefined : { size, read: (range) => files.read(keptName(id), range) };
    },
  };
}
