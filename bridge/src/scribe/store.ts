import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Gap } from '@palabre/protocol';

/** What the scribe must remember over a restart: runs, what they were asked for, and what they captured when. */

export type What = 'recording' | 'transcription';

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
    device_id: string | null;
    created_ms: number;
  };
  scribe_job: {
    id: string;
    run_id: string;
    what: What;
    /** `stopping`: asked to stop, which a crash must not undo. */
    state: 'active' | 'stopping' | 'posting' | 'done';
    created_ms: number;
    stopped_ms: number | null;
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
    broken_by: Gap['reason'] | null;
  };
  scribe_seen: { run_id: string; user_id: string; name: string; first_ms: number };
  scribe_thread: { meeting_id: string; root_event_id: string };
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
};

export interface RunRow {
  readonly id: string;
  readonly roomId: string;
  readonly meetingId: string;
  readonly meetingStartedMs: number;
  readonly encrypted: boolean;
  readonly wrappedKey: Uint8Array;
  readonly deviceId: string | undefined;
  readonly createdMs: number;
}

export interface JobRow {
  readonly id: string;
  readonly what: What;
  readonly state: 'active' | 'stopping' | 'posting' | 'done';
  readonly createdMs: number;
  readonly stoppedMs: number | undefined;
}

export interface SegmentRow {
  readonly id: string;
  readonly jobId: string;
  readonly startedMs: number;
  readonly soundStartedMs?: number | undefined;
  readonly pictureDelayMs?: number | undefined;
  readonly untilMs: number;
  readonly brokenBy: Gap['reason'] | undefined;
}

export interface SeenPerson {
  readonly userId: string;
  readonly name: string;
}

export interface ScribeStore {
  addRun(run: Omit<RunRow, 'deviceId'>): Promise<void>;
  openRuns(): Promise<RunRow[]>;
  setDevice(runId: string, deviceId: string | undefined): Promise<void>;
  liveDevices(): Promise<string[]>;
  /** @param keepKey something of it could not be posted and stays, to be read with its key */
  closeRun(runId: string, keepKey: boolean): Promise<void>;
  addJob(runId: string, job: { id: string; what: What; createdMs: number }): Promise<void>;
  jobs(runId: string): Promise<JobRow[]>;
  setJob(jobId: string, state: JobRow['state'], stoppedMs?: number): Promise<void>;
  addSegment(segment: Omit<SegmentRow, 'brokenBy'>): Promise<void>;
  /** Moves the end forward only. */
  extendSegment(segmentId: string, untilMs: number): Promise<void>;
  setPictureDelay(segmentId: string, delayMs: number | undefined): Promise<void>;
  breakSegment(segmentId: string, reason: Gap['reason']): Promise<void>;
  segments(jobId: string): Promise<SegmentRow[]>;
  see(runId: string, people: readonly SeenPerson[], nowMs: number): Promise<void>;
  seen(runId: string): Promise<SeenPerson[]>;
  threadRoot(meetingId: string): Promise<string | undefined>;
  setThreadRoot(meetingId: string, eventId: string): Promise<void>;
  identitySeeds(userId: string): Promise<Uint8Array | undefined>;
  saveIdentitySeeds(userId: string, seeds: Uint8Array): Promise<void>;
}

export function createScribeStore(db: Kysely<ScribeTables>): ScribeStore {
  return {
    addRun: async (run) => {
      await db
        .insertInto('scribe_run')
        .values({
          id: run.id,
          room_id: run.roomId,
          meeting_id: run.meetingId,
          meeting_started_ms: run.meetingStartedMs,
          encrypted: run.encrypted,
          key: Buffer.from(run.wrappedKey),
          state: 'open',
          device_id: null,
          created_ms: run.createdMs,
        })
        .execute();
    },
    openRuns: async () => {
      const rows = await db.selectFrom('scribe_run').selectAll().where('state', '=', 'open').execute();
      return rows.flatMap((row) =>
        row.key === null
          ? []
          : [
              {
                id: row.id,
                roomId: row.room_id,
                meetingId: row.meeting_id,
                meetingStartedMs: row.meeting_started_ms,
                encrypted: row.encrypted,
                wrappedKey: row.key,
                deviceId: row.device_id ?? undefined,
                createdMs: row.created_ms,
              },
            ],
      );
    },
    setDevice: async (runId, deviceId) => {
      await db
        .updateTable('scribe_run')
        .set({ device_id: deviceId ?? null })
        .where('id', '=', runId)
        .execute();
    },
    liveDevices: async () => {
      const rows = await db
        .selectFrom('scribe_run')
        .select('device_id')
        .where('state', '=', 'open')
        .where('device_id', 'is not', null)
        .execute();
      return rows.flatMap((row) => row.device_id ?? []);
    },
    closeRun: async (runId, keepKey) => {
      await db
        .updateTable('scribe_run')
        .set({ state: 'closed', device_id: null, ...(keepKey ? {} : { key: null }) })
        .where('id', '=', runId)
        .execute();
      await db.deleteFrom('scribe_seen').where('run_id', '=', runId).execute();
    },
    addJob: async (runId, job) => {
      await db
        .insertInto('scribe_job')
        .values({
          id: job.id,
          run_id: runId,
          what: job.what,
          state: 'active',
          created_ms: job.createdMs,
          stopped_ms: null,
        })
        .execute();
    },
    jobs: async (runId) => {
      const rows = await db
        .selectFrom('scribe_job')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('created_ms')
        .execute();
      return rows.map((row) => ({
        id: row.id,
        what: row.what,
        state: row.state,
        createdMs: row.created_ms,
        stoppedMs: row.stopped_ms ?? undefined,
      }));
    },
    setJob: async (jobId, state, stoppedMs) => {
      let update = db
        .updateTable('scribe_job')
        .set({ state, ...(stoppedMs === undefined ? {} : { stopped_ms: stoppedMs }) })
        .where('id', '=', jobId);
      // Whoever presses "stop" may be late: what is being posted stays so.
      if (state === 'stopping') update = update.where('state', 'in', ['active', 'stopping']);
      await update.execute();
    },
    addSegment: async (segment) => {
      await db
        .insertInto('scribe_segment')
        .values({
          id: segment.id,
          job_id: segment.jobId,
          started_ms: segment.startedMs,
          sound_started_ms: segment.soundStartedMs ?? null,
          picture_delay_ms: null,
          until_ms: segment.untilMs,
          broken_by: null,
        })
        .execute();
    },
    extendSegment: async (segmentId, untilMs) => {
      await db
        .updateTable('scribe_segment')
        .set({ until_ms: untilMs })
        .where('id', '=', segmentId)
        .where('until_ms', '<', untilMs)
        .execute();
    },
    setPictureDelay: async (segmentId, delayMs) => {
      await db
        .updateTable('scribe_segment')
        .set({ picture_delay_ms: delayMs ?? null })
        .where('id', '=', segmentId)
        .execute();
    },
    breakSegment: async (segmentId, reason) => {
      await db.updateTable('scribe_segment').set({ broken_by: reason }).where('id', '=', segmentId).execute();
    },
    segments: async (jobId) => {
      const rows = await db
        .selectFrom('scribe_segment')
        .selectAll()
        .where('job_id', '=', jobId)
        .orderBy('started_ms')
        .execute();
      return rows.map((row) => ({
        id: row.id,
        jobId: row.job_id,
        startedMs: row.started_ms,
        soundStartedMs: row.sound_started_ms ?? undefined,
        pictureDelayMs: row.picture_delay_ms ?? undefined,
        untilMs: row.until_ms,
        brokenBy: row.broken_by ?? undefined,
      }));
    },
    see: async (runId, people, nowMs) => {
      if (people.length === 0) return;
      await db
        .insertInto('scribe_seen')
        .values(people.map(({ userId, name }) => ({ run_id: runId, user_id: userId, name, first_ms: nowMs })))
        .onConflict((conflict) =>
          conflict.columns(['run_id', 'user_id']).doUpdateSet((set) => ({ name: set.ref('excluded.name') })),
        )
        .execute();
    },
    seen: async (runId) => {
      const rows = await db
        .selectFrom('scribe_seen')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('first_ms')
        .execute();
      return rows.map((row) => ({ userId: row.user_id, name: row.name }));
    },
    threadRoot: async (meetingId) => {
      const row = await db
        .selectFrom('scribe_thread')
        .select('root_event_id')
        .where('meeting_id', '=', meetingId)
        .executeTakeFirst();
      return row?.root_event_id;
    },
    setThreadRoot: async (meetingId, eventId) => {
      await db
        .insertInto('scribe_thread')
        .values({ meeting_id: meetingId, root_event_id: eventId })
        .onConflict((conflict) => conflict.column('meeting_id').doUpdateSet({ root_event_id: eventId }))
        .execute();
    },
    identitySeeds: async (userId) => {
      const row = await db
        .selectFrom('scribe_identity')
        .select('seeds')
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row?.seeds;
    },
    saveIdentitySeeds: async (userId, seeds) => {
      await db
        .insertInto('scribe_identity')
        .values({ user_id: userId, seeds: Buffer.from(seeds) })
        .execute();
    },
  };
}
