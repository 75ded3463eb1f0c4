import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import * as z from 'zod';
import { canonicalJson } from '@palabre/protocol';
import { sourceOf, type About, type PostedKind } from './posted.ts';
import { isRefusal, MatrixError, matrixPath, MatrixUnreachable, type MatrixClient } from '../appservice/index.ts';

/**
 * Everything the scribe says in rooms. The final content, in encrypted rooms the ciphertext, is stored before the first attempt,
 * so whoever takes over after a crash sends the very same event with the same transaction id.
 */

/** Seals and opens bytes with the key of one meeting. */
export interface OutboxSealer {
  seal(plain: Uint8Array, context: string): Uint8Array;
  open(sealed: Uint8Array, context: string): Uint8Array;
}

// A type, not an interface: Kysely wants an index signature.
export type PublishingTables = {
  publication: {
    key: string;
    /** Who forgets it: mostly the run that says it. */
    run_id: string;
    /** Sealed JSON: of an event `{ type, content }`, of a value anything. */
    body: Buffer;
    txn_id: string;
    first_attempt_ms: number | null;
    event_id: string | null;
  };
  /** What is in which event (posted.ts). */
  publication_event: {
    event_id: string;
    room_id: string;
    run_id: string;
    source: string;
    kind: string;
    media: string[];
  };
};

export const publishingMigrations: Record<string, Migration> = {
  '001-publication': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('publication')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addColumn('body', 'bytea', (column) => column.notNull())
        .addColumn('txn_id', 'text', (column) => column.notNull().unique())
        .addColumn('first_attempt_ms', 'double precision')
        .addColumn('event_id', 'text')
        .execute();
      await db.schema.createIndex('publication_run').on('publication').column('run_id').execute();
    },
  },
  '002-events': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('publication_event')
        .addColumn('event_id', 'text', (column) => column.primaryKey())
        .addColumn('room_id', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('publication_event_run').on('publication_event').column('run_id').execute();
    },
  },
  '003-event-media': {
    up: async (db: Kysely<unknown>) => {
      await sql`alter table publication_event add column media text[] not null default '{}'`.execute(db);
    },
  },
  '004-meetings-of-a-room': {
    up: async (db: Kysely<unknown>) => {
      await sql`create index publication_event_meetings on publication_event (room_id) where kind = 'meeting'`.execute(
        db,
      );
    },
  },
};

export interface OutgoingEvent {
  readonly type: string;
  readonly content: Record<string, unknown>;
  /** What it holds, where somebody may take that back (posted.ts). */
  readonly about?: About | undefined;
}

/** The homeserver will not take this, however often it is asked. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused';
  readonly errcode: string;
  constructor(errcode: string) {
    super(`the homeserver refuses a message: ${errcode}`);
    this.errcode = errcode;
  }
}

/** The outbox of one run. Keys are unique in the whole outbox. */
export interface Outbox {
  /**
   * Sends an event once. `build` is called only if no content is stored for `key` yet.
   * @returns the event id
   * @param mustStand asked when the content is stored and nothing was sent yet; what it throws leaves nothing behind
   * @throws PublishRefused; any other error when it does not work now
   */
  post(key: string, build: () => Promise<OutgoingEvent>, mustStand?: () => Promise<void>): Promise<string>;
  /** Sends what was begun to be sent of this source, so that it is known what became of it. @throws as `post` does, but not PublishRefused */
  settle(source: string): Promise<void>;
  /** Works something out once and remembers it over restarts (an upload, for example). */
  once<T>(key: string, schema: z.ZodType<T>, work: () => Promise<T>): Promise<T>;
  /** Was something remembered under this key? */
  knows(key: string): Promise<boolean>;
  forget(): Promise<void>;
}

export interface OutboxOptions {
  readonly db: Kysely<PublishingTables>;
  readonly client: MatrixClient;
  readonly sealer: OutboxSealer;
  /** What is posted is found with this run when somebody takes it back. */
  readonly runId: string;
  /** What `forget` concerns; without it, what the run says. */
  readonly ownerId?: string | undefined;
  readonly roomId: string;
  readonly userId: string;
  readonly deviceId: string;
  /** May it be sent in this form? What was stored in the clear is built anew once the room is encrypted. */
  readonly fits: (event: OutgoingEvent) => Promise<boolean>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
}

/** Synapse forgets transaction ids after a day; be on the safe side of it. */
const TXN_REMEMBERED_MS = 20 * 3_600_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** After this long whoever wants to post is told that it does not work now; trying again later is harmless. */
const PATIENCE_MS = 10 * 60_000;
const LOOK_BACK_PAGES = 20;

const sentSchema = z.object({ event_id: z.string() });
const eventSchema = z.object({
  type: z.string(),
  content: z.record(z.string(), z.unknown()),
  about: z
    .object({
      // Written by ourselves.
      kind: z.custom<PostedKind>((value) => typeof value === 'string'),
      media: z.array(z.string()),
    })
    .optional(),
});
const messagesSchema = z.object({
  chunk: z.array(
    z.object({
      event_id: z.string(),
      sender: z.string(),
      type: z.string(),
      content: z.record(z.string(), z.unknown()),
    }),
  ),
  end: z.string().optional(),
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Everything one run, or another owner, has said, wherever it said it. */
export function publicationsOf(db: Kysely<PublishingTables>, ownerId: string): Pick<Outbox, 'forget'> {
  return {
    forget: async () => {
      await db.deleteFrom('publication').where('run_id', '=', ownerId).execute();
    },
  };
}

const isOf = (source: string) => sql<boolean>`starts_with(key, ${`${source}:`})`;

/** What was said about one job, or about a run itself. */
export async function forgetSource(db: Kysely<PublishingTables>, source: string): Promise<void> {
  await db.deleteFrom('publication').where(isOf(source)).execute();
}

/** Is there content under this key of which nobody knows whether it was sent? */
export async function isUnsent(db: Kysely<PublishingTables>, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('publication')
    .select('key')
    .where('key', '=', key)
    .where('event_id', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

export async function forgetKey(db: Kysely<PublishingTables>, key: string): Promise<void> {
  await db.deleteFrom('publication').where('key', '=', key).execute();
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { db, client, sealer, runId, roomId, userId, now, signal, ownerId = runId } = options;

  const read = async (key: string) =>
    db
      .selectFrom('publication')
      .select(['body', 'txn_id', 'first_attempt_ms', 'event_id'])
      .where('key', '=', key)
      .executeTakeFirst();

  const stored = async (key: string, make: () => Promise<unknown>) => {
    const known = await read(key);
    if (known !== undefined) return known;
    const body = Buffer.from(sealer.seal(encoder.encode(JSON.stringify(await make())), `publication:${key}`));
    await db
      .insertInto('publication')
      .values({ key, run_id: ownerId, body, txn_id: `palabre.${randomUUID()}`, first_attempt_ms: null, event_id: null })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    const row = await read(key);
    if (row === undefined) throw new Error('a publication vanished');
    return row;
  };

  const opened = (key: string, body: Uint8Array): unknown =>
    JSON.parse(decoder.decode(sealer.open(body, `publication:${key}`)));

  /** Looks whether this very event is in the room already. */
  const findSent = async (event: OutgoingEvent): Promise<string | undefined> => {
    const wanted = canonicalJson(event.content);
    let from: string | undefined;
    for (let page = 0; page < LOOK_BACK_PAGES; page += 1) {
      const answer = messagesSchema.parse(
        await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/messages`, {
          asUser: userId,
          query: { dir: 'b', limit: 100, from, filter: JSON.stringify({ senders: [userId], types: [event.type] }) },
        }),
      );
      const found = answer.chunk.find(({ sender, content }) => sender === userId && canonicalJson(content) === wanted);
      if (found !== undefined) return found.event_id;
      if (answer.end === undefined || answer.chunk.length === 0) return undefined;
      from = answer.end;
    }
    return undefined;
  };

  const send = async (event: OutgoingEvent, txnId: string): Promise<string> => {
    const path = matrixPath`/_matrix/client/v3/rooms/${roomId}/send/${event.type}/${txnId}`;
    const answer = await client.request('PUT', path, {
      asUser: userId,
      asDevice: options.deviceId,
      body: event.content,
      timeoutMs: 30_000,
      retries: 0,
      signal,
    });
    return sentSchema.parse(answer).event_id;
  };

  const sent = (key: string, eventId: string, { about }: OutgoingEvent): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await trx.updateTable('publication').set({ event_id: eventId }).where('key', '=', key).execute();
      if (about === undefined) return;
      await trx
        .insertInto('publication_event')
        .values({
          event_id: eventId,
          room_id: roomId,
          run_id: runId,
          source: sourceOf(key),
          kind: about.kind,
          media: [...about.media],
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });

  const post: Outbox['post'] = async (key, build, mustStand) => {
    let row = await stored(key, build);
    if (row.event_id !== null) return row.event_id;
    let event = eventSchema.parse(opened(key, row.body));
    // One that was tried may be in the room already: its transaction id goes with its content.
    if (row.first_attempt_ms === null && !(await options.fits(event))) {
      await forgetKey(db, key);
      row = await stored(key, build);
      event = eventSchema.parse(opened(key, row.body));
    }
    if (row.first_attempt_ms === null) {
      await mustStand?.().catch(async (error: unknown) => {
        await forgetKey(db, key);
        throw error;
      });
    }
    let firstAttemptMs = row.first_attempt_ms;
    const untilMs = now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const old = firstAttemptMs !== null && now() - firstAttemptMs > TXN_REMEMBERED_MS;
        const already = old ? await findSent(event) : undefined;
        if (firstAttemptMs === null) {
          firstAttemptMs = now();
          await db
            .updateTable('publication')
            .set({ first_attempt_ms: firstAttemptMs })
            .where('key', '=', key)
            .execute();
        }
        const eventId = already ?? (await send(event, row.txn_id));
        await sent(key, eventId, event);
        return eventId;
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) throw new PublishRefused(error.errcode);
        const mayPass = error instanceof MatrixError || error instanceof MatrixUnreachable;
        if (!mayPass || now() > untilMs) throw error;
        if (attempt === 0) options.onTrouble(error);
        const asked = error instanceof MatrixError ? error.retryAfterMs : undefined;
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (1 + Math.random() / 4);
        await sleep(Math.max(asked ?? 0, pauseMs), undefined, { signal });
      }
    }
  };

  return {
    post,
    settle: async (source) => {
      const begun = await db
        .selectFrom('publication')
        .select('key')
        .where(isOf(source))
        .where('event_id', 'is', null)
        .where('first_attempt_ms', 'is not', null)
        .execute();
      for (const { key } of begun) {
        await post(key, () => Promise.reject(new Error('a publication vanished'))).catch((error: unknown) => {
          if (!(error instanceof PublishRefused)) throw error;
        });
      }
    },
    once: async (key, schema, work) => {
      const row = await stored(key, work);
      return schema.parse(opened(key, row.body));
    },
    knows: async (key) => (await read(key)) !== undefined,
    forget: () => publicationsOf(db, ownerId).forget(),
  };
}
