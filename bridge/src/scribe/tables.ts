import type { Generated, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Gap, ScribeWork } from '@palabre/protocol';
import type { UnheardSpan } from './contract.ts';
import type { RecordingDriver } from './recorders.ts';

/** Tables of the scribe: runs, what they were asked for, and what they captured when. */

export type What = ScribeWork;
/** Why a segment ended: a fault, or somebody paused. */
export type SegmentEnd = Gap['reason'] | 'paused';
/** What is kept and comes back into the room. */
export type KeptWork = Exclude<What, 'captions'>;

// A type, not an interface: Kysely wants an index signature.
export type ScribeTables = {
  scribe_run: {
    id: string;
    room_id: string;
    meeting_id: string;
    meeting_started_ms: number;
    encrypted: boolean;
    /** Wrapped key of the meeting; null once everything is posted. */
    key: Buffer | null;
    state: 'open' | 'closed';
    /** Of a closed one that could not be posted whole: an administrator wants it to be tried again. */
    retry: Generated<boolean>;
    /** It told the room that somebody reads captions. */
    captions_announced: Generated<boolean>;
    device_id: string | null;
    created_ms: number;
  };
  scribe_job: {
    id: string;
    run_id: string;
    what: What;
    /** `stopping`: asked to stop, which a crash must not undo. */
    /** `paused`: nothing is captured until it is resumed. */
    state: 'active' | 'paused' | 'stopping' | 'posting' | 'done';
    created_ms: number;
    stopped_ms: number | null;
    /** Null where an older version started it. */
    started_by: string | null;
    /** Of a recording, as JSON: what was asked for when it began. */
    options: string | null;
    /** Event id of the last pause or resumption that was asked for by command. */
    command_id: string | null;
    /** Of a recording: its captions are the words of a transcript that was deleted, and are not posted any more. */
    captions_deleted: Generated<boolean>;
  };
  scribe_segment: {
    id: string;
    job_id: string;
    started_ms: number;
    /** Of a recording: wall clock of the first sample of its sound. */
    sound_started_ms: number | null;
    /** Of a recording that ended as asked: how much later than its arrival the picture was drawn. */
    picture_delay_ms: number | null;
    /** Captured up to here. */
    until_ms: number;
    /** Why it ended before it was asked to; null for one that runs or ended as asked. */
    broken_by: SegmentEnd | null;
    /** Who recorded it. */
    driver: RecordingDriver;
    /** By whom it was paused; null where nobody did, or a crash came between. */
    paused_by: string | null;
    /** By whom it was resumed, where it follows a pause. */
    resumed_by: string | null;
  };
  /** What Egress was asked to record, from before it was asked until its file is gone: also what became no segment. */
  scribe_egress: {
    /** Of the segment. */
    id: string;
    job_id: string;
  };
  /** Somebody could not be heard for so long, because nobody could decrypt it or because no sound came. */
  scribe_undecrypted: {
    id: string;
    run_id: string;
    started_ms: number;
    ended_ms: number;
    reason: UnheardSpan['reason'];
    user_id: string | null;
  };
  /** Who was in the call when it began to be kept, who came and who went. */
  scribe_presence: { run_id: string; user_id: string; at_ms: number; change: 'present' | 'joined' | 'left' };
  scribe_seen: { run_id: string; user_id: string; name: string; first_ms: number };
  /** A recording that was too large to be posted: its file is in `kept/`, under this id. */
  scribe_kept: {
    id: string;
    room_id: string;
    created_ms: number;
    /** While it is open, the file and its notice are still being made. */
    run_id: string | null;
    /** Null where an older version kept it. */
    job_id: string | null;
  };
  /** Something that was taken back and is being deleted (deletions.ts). */
  scribe_deletion: {
    id: string;
    room_id: string;
    event_id: string;
    meeting_id: string;
    kind: 'meeting' | 'recording' | 'transcript' | 'minutes';
    job_id: string | null;
    /** Who took it back; null where an older version noted it. */
    user_id: string | null;
    created_ms: number;
  };
  scribe_thread: {
    meeting_id: string;
    root_event_id: string;
    /** How the message read that was to be posted last: a digest, and which one it was. */
    told_digest: string | null;
    told_count: Generated<number>;
  };
  scribe_identity: { user_id: string; seeds: Buffer };
};

export const scribeMigrations: Record<string, Migration> = {
  '001-scribe': {
    up: async (db: Kysely<unknown>) => {
      const { schema } = db;
      await schema
        .createTable('scribe_run')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('room_id', 'text', (column) => column.notNull())
        .addColumn('meeting_id', 'text', (column) => column.notNull())
        .addColumn('meeting_started_ms', 'double precision', (column) => column.notNull())
        .addColumn('encrypted', 'boolean', (column) => column.notNull())
        .addColumn('key', 'bytea')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('device_id', 'text')
        .addColumn('created_ms', 'double precision', (column) => column.notNull())
        .execute();
      await schema
        .createTable('scribe_job')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run_id', 'text', (column) => column.notNull().references('scribe_run.id').onDelete('cascade'))
        .addColumn('what', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('created_ms', 'double precision', (column) => column.notNull())
        .addColumn('stopped_ms', 'double precision')
        .execute();
      await schema
        .createTable('scribe_segment')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('job_id', 'text', (column) => column.notNull().references('scribe_job.id').onDelete('cascade'))
        .addColumn('started_ms', 'double precision', (column) => column.notNull())
        .addColumn('until_ms', 'double precision', (column) => column.notNull())
        .addColumn('broken_by', 'text')
        .execute();
      await schema
        .createTable('scribe_seen')
        .addColumn('run_id', 'text', (column) => column.notNull().references('scribe_run.id').onDelete('cascade'))
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('first_ms', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('scribe_seen_key', ['run_id', 'user_id'])
        .execute();
      await schema
        .createTable('scribe_thread')
        .addColumn('meeting_id', 'text', (column) => column.primaryKey())
        .addColumn('root_event_id', 'text', (column) => column.notNull())
        .execute();
      await schema
        .createTable('scribe_identity')
        .addColumn('user_id', 'text', (column) => column.primaryKey())
        .addColumn('seeds', 'bytea', (column) => column.notNull())
        .execute();
      for (const [table, column] of [
        ['scribe_job', 'run_id'],
        ['scribe_segment', 'job_id'],
        ['scribe_run', 'state'],
      ] as const) {
        await schema.createIndex(`${table}_${column}`).on(table).column(column).execute();
      }
    },
  },
  '002-sound': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_segment').addColumn('sound_started_ms', 'double precision').execute();
    },
  },
  '003-picture-delay': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_segment').addColumn('picture_delay_ms', 'double precision').execute();
    },
  },
  '004-undecrypted': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('scribe_undecrypted')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run_id', 'text', (column) => column.notNull().references('scribe_run.id').onDelete('cascade'))
        .addColumn('started_ms', 'double precision', (column) => column.notNull())
        .addColumn('ended_ms', 'double precision', (column) => column.notNull())
        .execute();
    },
  },
  '005-kept': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('scribe_kept')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('room_id', 'text', (column) => column.notNull())
        .addColumn('created_ms', 'double precision', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('scribe_kept_room').on('scribe_kept').column('room_id').execute();
      await db.schema.createIndex('scribe_run_room').on('scribe_run').column('room_id').execute();
    },
  },
  '006-kept-run': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_kept').addColumn('run_id', 'text').execute();
    },
  },
  '007-started-by': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_job').addColumn('started_by', 'text').execute();
    },
  },
  '008-deletion': {
    up: async (db: Kysely<unknown>) => {
      const { schema } = db;
      await schema.alterTable('scribe_kept').addColumn('job_id', 'text').execute();
      await schema
        .createTable('scribe_deletion')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('room_id', 'text', (column) => column.notNull())
        .addColumn('event_id', 'text', (column) => column.notNull())
        .addColumn('meeting_id', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('job_id', 'text')
        .addColumn('created_ms', 'double precision', (column) => column.notNull())
        .execute();
      await schema.createIndex('scribe_run_meeting').on('scribe_run').column('meeting_id').execute();
    },
  },
  '009-recording-options': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_job').addColumn('options', 'text').execute();
    },
  },
  '010-presence': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('scribe_presence')
        .addColumn('run_id', 'text', (column) => column.notNull().references('scribe_run.id').onDelete('cascade'))
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'double precision', (column) => column.notNull())
        .addColumn('change', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('scribe_presence_key', ['run_id', 'at_ms', 'user_id'])
        .execute();
    },
  },
  '011-unheard': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_undecrypted')
        .addColumn('reason', 'text', (column) => column.notNull().defaultTo('keys_missing'))
        .addColumn('user_id', 'text')
        .execute();
    },
  },
  '012-egress': {
    up: async (db: Kysely<unknown>) => {
      const { schema } = db;
      await schema
        .alterTable('scribe_segment')
        .addColumn('driver', 'text', (column) => column.notNull().defaultTo('page'))
        .execute();
      await schema
        .createTable('scribe_egress')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('job_id', 'text', (column) => column.notNull().references('scribe_job.id').onDelete('cascade'))
        .execute();
      await schema.createIndex('scribe_egress_job').on('scribe_egress').column('job_id').execute();
    },
  },
  '013-commands': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_job').addColumn('command_id', 'text').execute();
    },
  },
  '014-retry': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_run')
        .addColumn('retry', 'boolean', (column) => column.notNull().defaultTo(false))
        .execute();
    },
  },
  '015-told': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_thread')
        .addColumn('told_digest', 'text')
        .addColumn('told_count', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  '016-deleted-by': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('scribe_deletion').addColumn('user_id', 'text').execute();
    },
  },
  '017-paused-by': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_segment')
        .addColumn('paused_by', 'text')
        .addColumn('resumed_by', 'text')
        .execute();
    },
  },
  '018-captions-deleted': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_job')
        .addColumn('captions_deleted', 'boolean', (column) => column.notNull().defaultTo(false))
        .execute();
    },
  },
  '019-captions-announced': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('scribe_run')
        .addColumn('captions_announced', 'boolean', (column) => column.notNull().defaultTo(false))
        .execute();
    },
  },
};
