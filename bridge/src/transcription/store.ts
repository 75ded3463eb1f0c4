import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import * as z from 'zod';
import { lineSchema, type HeardLine, type Line } from './lines.ts';

/** Utterances of a run, from the moment they were handed over until the transcript is posted. Sound and text are sealed. */

/** Seals and opens bytes with the key of one meeting; `context` must be the same on both sides. */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Uint8Array;
  open(sealed: Uint8Array, context: string): Uint8Array;
}

// A type, not an interface: Kysely wants an index signature.
export type TranscriptionTables = {
  transcription_utterance: {
    id: string;
    run_id: string;
    user_id: string;
    started_ms: number;
    ended_ms: number;
    /** How much of the sound lies before `started_ms`. */
    lead_ms: number;
    state: 'pending' | 'done' | 'missing';
    audio: Buffer | null;
    line: Buffer | null;
  };
};

export const transcriptionMigrations: Record<string, Migration> = {
  '001-utterances': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('transcription_utterance')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('started_ms', 'double precision', (column) => column.notNull())
        .addColumn('ended_ms', 'double precision', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('audio', 'bytea')
        .addColumn('line', 'bytea')
        .execute();
      await db.schema
        .createIndex('transcription_utterance_run')
        .on('transcription_utterance')
        .columns(['run_id', 'state'])
        .execute();
      // Sound is bytes that compress badly: keep PostgreSQL from trying.
      await sql`alter table transcription_utterance alter column audio set storage external`.execute(db);
    },
  },
  '002-lead': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('transcription_utterance')
        .addColumn('lead_ms', 'double precision', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
};

export interface PendingUtterance {
  readonly id: string;
  readonly runId: string;
  readonly userId: string;
  /** Of the voice. */
  readonly startMs: number;
  readonly endMs: number;
  /** How much of the sound lies before `startMs`. */
  readonly leadMs: number;
}

export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Heard {
  readonly lines: readonly HeardLine[];
  readonly missing: readonly TimeSpan[];
}

export interface TranscriptionStore {
  /** Handing over the same utterance twice is harmless. `pcm` undefined: there is no room to keep the sound. */
  add(sealer: Sealer, utterance: PendingUtterance, pcm: Int16Array | undefined): Promise<void>;
  pending(runIds: readonly string[], limit: number): Promise<PendingUtterance[]>;
  /** How many utterances that began before `untilMs` wait for their text. */
  pendingCount(runId: string, untilMs: number): Promise<number>;
  /** @returns undefined when there is none, or none that can be read */
  sound(sealer: Sealer, id: string): Promise<Int16Array | undefined>;
  /**
   * Stores the text of a pending utterance and drops its sound: a line for each turn of those who share the microphone. No lines
   * keep nothing but the fact that it was heard.
   */
  done(sealer: Sealer, id: string, lines: readonly Line[]): Promise<void>;
  /** Gives a pending utterance up. */
  missing(id: string): Promise<void>;
  /** What was said, and when something was said that has no text. */
  heard(sealer: Sealer, runId: string, window: TimeSpan): Promise<Heard>;
  forget(runId: string): Promise<void>;
  /** What was said in the window, wholly or in part. */
  forgetWithin(runId: string, window: TimeSpan): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Former versions stored one line. */
const storedSchema = z.union([lineSchema.transform((line) => [line]), z.array(lineSchema)]);

/** Damaged bytes do not heal: one utterance is lost by them, not the transcript. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export function createTranscriptionStore(db: Kysely<TranscriptionTables>): TranscriptionStore {
  /** Only what is pending changes: whoever comes second, a former process perhaps, comes too late. */
  const settle = (id: string, result: { state: 'done' | 'missing'; line: Buffer | null }) =>
    db
      .updateTable('transcription_utterance')
      .set({ ...result, audio: null })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .execute();

  return {
    add: async (sealer, utterance, pcm) => {
      await db
        .insertInto('transcription_utterance')
        .values({
          id: utterance.id,
          run_id: utterance.runId,
          user_id: utterance.userId,
          started_ms: utterance.startMs,
          ended_ms: utterance.endMs,
          lead_ms: utterance.leadMs,
          state: pcm === undefined ? 'missing' : 'pending',
          audio:
            pcm === undefined
              ? null
              : Buffer.from(
                  sealer.seal(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), `audio:${utterance.id}`),
                ),
          line: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    pending: async (runIds, limit) => {
      if (runIds.length === 0) return [];
      const rows = await db
        .selectFrom('transcription_utterance')
        .select(['id', 'run_id', 'user_id', 'started_ms', 'ended_ms', 'lead_ms'])
        .where('run_id', 'in', runIds)
        .where('state', '=', 'pending')
        .orderBy('started_ms')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        runId: row.run_id,
        userId: row.user_id,
        startMs: row.started_ms,
        endMs: row.ended_ms,
        leadMs: row.lead_ms,
      }));
    },
    pendingCount: async (runId, untilMs) => {
      const row = await db
        .selectFrom('transcription_utterance')
        .select((select) => select.fn.countAll().as('count'))
        .where('run_id', '=', runId)
        .where('state', '=', 'pending')
        .where('started_ms', '<', untilMs)
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    sound: async (sealer, id) => {
      const row = await db
        .selectFrom('transcription_utterance')
        .select('audio')
        .where('id', '=', id)
        .executeTakeFirst();
      const sealed = row?.audio;
      if (sealed == null) return undefined;
      // A copy: samples must start at an even offset.
      return unlessDamaged(() => new Int16Array(new Uint8Array(sealer.open(sealed, `audio:${id}`)).buffer));
    },
    done: async (sealer, id, lines) => {
      const sealed =
        lines.length === 0 ? null : Buffer.from(sealer.seal(encoder.encode(JSON.stringify(lines)), `line:${id}`));
      await settle(id, { state: 'done', line: sealed });
    },
    missing: async (id) => {
      await settle(id, { state: 'missing', line: null });
    },
    heard: async (sealer, runId, window) => {
      const rows = await db
        .selectFrom('transcription_utterance')
        .select(['id', 'line', 'started_ms', 'ended_ms'])
        .where('run_id', '=', runId)
        .where('started_ms', '<', window.endMs)
        .where('ended_ms', '>', window.startMs)
        .where((where) => where.or([where('state', '=', 'missing'), where('line', 'is not', null)]))
        .orderBy('started_ms')
        .execute();
      const lines: HeardLine[] = [];
      const missing: TimeSpan[] = [];
      for (const { id, line: sealed, started_ms: startMs, ended_ms: endMs } of rows) {
        const said =
          sealed === null
            ? undefined
            : unlessDamaged(() => storedSchema.parse(JSON.parse(decoder.decode(sealer.open(sealed, `line:${id}`)))));
        if (said === undefined) missing.push({ startMs, endMs });
        // Several voices in one utterance: the first line bears its name, the others are counted.
        else lines.push(...said.map((line, index) => ({ ...line, id: index === 0 ? id : `${id}.${index}` })));
      }
      return { lines, missing };
    },
    forget: async (runId) => {
      await db.deleteFrom('transcription_utterance').where('run_id', '=', runId).execute();
    },
    forgetWithin: async (runId, { startMs, endMs }) => {
      await db
        .deleteFrom('transcription_utterance')
        .where('run_id', '=', runId)
        .where('started_ms', '<=', endMs)
        .where('ended_ms', '>=', startMs)
        .execute();
    },
  };
}
