import { sql, type Kysely, type Selectable } from 'kysely';
import { shortName } from '../transcription/index.ts';
import type { UnheardSpan } from './contract.ts';
import { createEgressStore, type EgressStore } from './egress-store.ts';
import type { PresenceStore } from './presence.ts';
import { optionsSchema, type JobOptions } from './recording-options.ts';
import type { RecordingDriver } from './recorders.ts';
import type { ScribeTables, SegmentEnd, What } from './tables.ts';

export { scribeMigrations, type KeptWork, type ScribeTables, type SegmentEnd, type What } from './tables.ts';

/** What the scribe must remember over a restart: runs, what they were asked for, and what they captured when. */

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
  readonly state: 'active' | 'paused' | 'stopping' | 'posting' | 'done';
  readonly createdMs: number;
  readonly stoppedMs: number | undefined;
  readonly startedBy: string | undefined;
  /** Of a recording. */
  readonly options?: JobOptions | undefined;
}

export interface NewJob {
  readonly id: string;
  readonly what: What;
  readonly createdMs: number;
  readonly startedBy: string;
  readonly options?: JobOptions | undefined;
}

export interface SegmentRow {
  readonly id: string;
  readonly jobId: string;
  readonly startedMs: number;
  readonly soundStartedMs?: number | undefined;
  readonly pictureDelayMs?: number | undefined;
  readonly untilMs: number;
  readonly brokenBy: SegmentEnd | undefined;
  readonly driver?: RecordingDriver | undefined;
  /** User id of who paused it, and of who resumed it, where that is known. */
  readonly pausedBy?: string | undefined;
  readonly resumedBy?: string | undefined;
}

export interface SeenPerson {
  readonly userId: string;
  readonly name: string;
}

export interface ScribeStore extends PresenceStore, EgressStore {
  addRun(run: Omit<RunRow, 'deviceId'>): Promise<void>;
  /** The latest first. */
  openRuns(): Promise<RunRow[]>;
  /** The room was encrypted in mid-meeting; never the other way. */
  setEncrypted(runId: string): Promise<void>;
  /** Was the room told in this meeting that somebody reads captions? */
  areCaptionsAnnounced(meetingId: string): Promise<boolean>;
  /** By this run. */
  setCaptionsAnnounced(runId: string): Promise<void>;
  setDevice(runId: string, deviceId: string | undefined): Promise<void>;
  liveDevices(): Promise<string[]>;
  /** Its room was upgraded: what is left of it belongs to the new one, where its meeting has no thread yet. */
  moveRun(runId: string, meetingId: string, roomId: string): Promise<void>;
  /** @param keepKey something of it could not be posted and stays, to be read with its key */
  closeRun(runId: string, keepKey: boolean): Promise<void>;
  addJob(runId: string, job: NewJob): Promise<void>;
  /** Of one that was perhaps added, or is still being added: there is none afterwards. */
  dropJob(runId: string, job: NewJob): Promise<void>;
  hasJob(jobId: string): Promise<boolean>;
  jobs(runId: string): Promise<JobRow[]>;
  setJob(jobId: string, state: JobRow['state'], stoppedMs?: number): Promise<void>;
  /** @param commandId of a command that may come again */
  pauseJob(jobId: string, paused: boolean, commandId: string | undefined): Promise<void>;
  /** Was this command the last one that paused or resumed it? */
  obeyed(jobId: string, commandId: string): Promise<boolean>;
  addSegment(segment: Omit<SegmentRow, 'brokenBy'>): Promise<void>;
  /** Moves the end forward only. */
  extendSegment(segmentId: string, untilMs: number): Promise<void>;
  setPictureDelay(segmentId: string, delayMs: number | undefined): Promise<void>;
  /** @param pausedBy user id of who paused it */
  breakSegment(segmentId: string, reason: SegmentEnd, pausedBy?: string): Promise<void>;
  segments(jobId: string): Promise<SegmentRow[]>;
  /** A stretch that grows is told again with the same id. */
  setUnheard(runId: string, span: UnheardSpan): Promise<void>;
  unheard(runId: string): Promise<Pick<UnheardSpan, 'startMs' | 'endMs' | 'reason' | 'userId'>[]>;
  see(runId: string, people: readonly SeenPerson[], nowMs: number): Promise<void>;
  seen(runId: string): Promise<(SeenPerson & { readonly firstMs: number })[]>;
  threadRoot(meetingId: string): Promise<string | undefined>;
  setThreadRoot(meetingId: string, eventId: string): Promise<void>;
  /**
   * How the meeting's message is to read from now on.
   * @returns which of its states that is: the same number as long as nothing else was told in between
   */
  tell(meetingId: string, digest: string): Promise<number>;
  /** May be written down again: its age counts from the last time, so that it is as old as the message that says so. */
  addKept(kept: {
    readonly id: string;
    readonly roomId: string;
    readonly runId: string;
    readonly jobId: string;
    readonly createdMs: number;
  }): Promise<void>;
  /** Not those of runs that are still open. */
  keptBefore(roomId: string, beforeMs: number): Promise<string[]>;
  keptOf(jobId: string): Promise<string[]>;
  deleteKept(id: string): Promise<void>;
  /** Rooms of runs that are over and of recordings that are kept. */
  roomsWithArtefacts(): Promise<string[]>;
  closedRunsBefore(roomId: string, beforeMs: number): Promise<string[]>;
  /** With everything that belongs to it. */
  deleteRun(runId: string): Promise<void>;
  identitySeeds(userId: string): Promise<Uint8Array | undefined>;
  saveIdentitySeeds(userId: string, seeds: Uint8Array): Promise<void>;
}

/** @returns undefined for one whose key was forgotten */
export function runRowOf(row: Selectable<ScribeTables['scribe_run']>): RunRow | undefined {
  if (row.key === null) return undefined;
  return {
    id: row.id,
    roomId: row.room_id,
    meetingId: row.meeting_id,
    meetingStartedMs: row.meeting_started_ms,
    encrypted: row.encrypted,
    wrappedKey: row.key,
    deviceId: row.device_id ?? undefined,
    createdMs: row.created_ms,
  };
}

function jobValues(runId: string, { id, what, createdMs, startedBy, options }: NewJob, state: JobRow['state']) {
  return {
    id,
    run_id: runId,
    what,
    state,
    created_ms: createdMs,
    stopped_ms: null,
    started_by: startedBy,
    options: options === undefined ? null : JSON.stringify(options),
  };
}

export function createScribeStore(db: Kysely<ScribeTables>): ScribeStore {
  return {
    ...createEgressStore(db),
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
      const rows = await db
        .selectFrom('scribe_run')
        .selectAll()
        .where('state', '=', 'open')
        .orderBy('created_ms', 'desc')
        .execute();
      return rows.flatMap((row) => runRowOf(row) ?? []);
    },
    setEncrypted: async (runId) => {
      await db.updateTable('scribe_run').set({ encrypted: true }).where('id', '=', runId).execute();
    },
    areCaptionsAnnounced: async (meetingId) => {
      const row = await db
        .selectFrom('scribe_run')
        .select('id')
        .where('meeting_id', '=', meetingId)
        .where('captions_announced', '=', true)
        .executeTakeFirst();
      return row !== undefined;
    },
    setCaptionsAnnounced: async (runId) => {
      await db.updateTable('scribe_run').set({ captions_announced: true }).where('id', '=', runId).execute();
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
    moveRun: async (runId, meetingId, roomId) => {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom('scribe_thread').where('meeting_id', '=', meetingId).execute();
        await trx.updateTable('scribe_run').set({ room_id: roomId }).where('id', '=', runId).execute();
      });
    },
    closeRun: async (runId, keepKey) => {
      await db
        .updateTable('scribe_run')
        .set({ state: 'closed', device_id: null, ...(keepKey ? {} : { key: null }) })
        .where('id', '=', runId)
        .execute();
      if (keepKey) return;
      for (const table of ['scribe_seen', 'scribe_undecrypted', 'scribe_presence'] as const) {
        await db.deleteFrom(table).where('run_id', '=', runId).execute();
      }
    },
    addJob: async (runId, job) => {
      await db
        .insertInto('scribe_job')
        .values(jobValues(runId, job, 'active'))
        .execute();
    },
    dropJob: async (runId, job) => {
      await db.transaction().execute(async (trx) => {
        // Waits for an insertion that nobody waits for any more, and takes its place.
        await trx
          .insertInto('scribe_job')
          .values(jobValues(runId, job, 'done'))
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ state: 'done' }))
          .execute();
        await trx.deleteFrom('scribe_job').where('id', '=', job.id).execute();
      });
    },
    hasJob: async (jobId) => {
      const row = await db.selectFrom('scribe_job').select('id').where('id', '=', jobId).executeTakeFirst();
      return row !== undefined;
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
        startedBy: row.started_by ?? undefined,
        options: row.options === null ? undefined : optionsSchema.parse(JSON.parse(row.options)),
      }));
    },
    setJob: async (jobId, state, stoppedMs) => {
      let update = db
        .updateTable('scribe_job')
        .set({ state, ...(stoppedMs === undefined ? {} : { stopped_ms: stoppedMs }) })
        .where('id', '=', jobId);
      // Whoever presses "stop" may be late: what is being posted stays so.
      if (state === 'stopping') update = update.where('state', 'in', ['active', 'paused', 'stopping']);
      await update.execute();
    },
    pauseJob: async (jobId, paused, commandId) => {
      await db
        .updateTable('scribe_job')
        .set({ state: paused ? 'paused' : 'active', ...(commandId === undefined ? {} : { command_id: commandId }) })
        .where('id', '=', jobId)
        .where('state', 'in', ['active', 'paused'])
        .execute();
    },
    obeyed: async (jobId, commandId) => {
      const found = await db
        .selectFrom('scribe_job')
        .select('id')
        .where('id', '=', jobId)
        .where('command_id', '=', commandId)
        .executeTakeFirst();
      return found !== undefined;
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
          driver: segment.driver ?? 'page',
          paused_by: null,
          resumed_by: segment.resumedBy ?? null,
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
    breakSegment: async (segmentId, reason, pausedBy) => {
      await db
        .updateTable('scribe_segment')
        .set({ broken_by: reason, paused_by: pausedBy ?? null })
        .where('id', '=', segmentId)
        .execute();
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
        driver: row.driver,
        pausedBy: row.paused_by ?? undefined,
        resumedBy: row.resumed_by ?? undefined,
      }));
    },
    setUnheard: async (runId, { id, startMs, endMs, reason, userId }) => {
      await db
        .insertInto('scribe_undecrypted')
        .values({ id, run_id: runId, started_ms: startMs, ended_ms: endMs, reason, user_id: userId ?? null })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ ended_ms: endMs }))
        .execute();
    },
    unheard: async (runId) => {
      const rows = await db.selectFrom('scribe_undecrypted').selectAll().where('run_id', '=', runId).execute();
      return rows.map((row) => ({
        startMs: row.started_ms,
        endMs: row.ended_ms,
        reason: row.reason,
        userId: row.user_id ?? undefined,
      }));
    },
    see: async (runId, people, nowMs) => {
      if (people.length === 0) return;
      await db
        .insertInto('scribe_seen')
        // A display name may hold NUL, which the database refuses.
        .values(
          people.map(({ userId, name }) => ({
            run_id: runId,
            user_id: userId,
            name: shortName(name),
            first_ms: nowMs,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['run_id', 'user_id']).doUpdateSet((set) => ({ name: set.ref('excluded.name') })),
        )
        .execute();
    },
    addPresence: async (runId, changes) => {
      await db
        .insertInto('scribe_presence')
        .values(changes.map(({ userId, atMs, change }) => ({ run_id: runId, user_id: userId, at_ms: atMs, change })))
        .onConflict((conflict) => conflict.columns(['run_id', 'at_ms', 'user_id']).doNothing())
        .execute();
    },
    presence: async (runId) => {
      const rows = await db
        .selectFrom('scribe_presence')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('at_ms')
        .execute();
      return rows.map((row) => ({ userId: row.user_id, atMs: row.at_ms, change: row.change }));
    },
    seen: async (runId) => {
      const rows = await db
        .selectFrom('scribe_seen')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('first_ms')
        .execute();
      return rows.map((row) => ({ userId: row.user_id, name: row.name, firstMs: row.first_ms }));
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
        .onConflict((conflict) =>
          conflict.column('meeting_id').doUpdateSet({ root_event_id: eventId, told_digest: null }),
        )
        .execute();
    },
    tell: async (meetingId, digest) => {
      const isNew = sql<boolean>`told_digest is distinct from ${digest}`;
      const row = await db
        .updateTable('scribe_thread')
        .set({ told_count: sql<number>`told_count + case when ${isNew} then 1 else 0 end`, told_digest: digest })
        .where('meeting_id', '=', meetingId)
        .returning('told_count')
        .executeTakeFirst();
      return row?.told_count ?? 0;
    },
    addKept: async ({ id, roomId, runId, jobId, createdMs }) => {
      await db
        .insertInto('scribe_kept')
        .values({ id, room_id: roomId, run_id: runId, job_id: jobId, created_ms: createdMs })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ created_ms: createdMs }))
        .execute();
    },
    keptBefore: async (roomId, beforeMs) => {
      const rows = await db
        .selectFrom('scribe_kept')
        .select('id')
        .where('room_id', '=', roomId)
        .where('created_ms', '<', beforeMs)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('scribe_run')
                .select('scribe_run.id')
                .whereRef('scribe_run.id', '=', 'scribe_kept.run_id')
                .where('state', '!=', 'closed'),
            ),
          ),
        )
        .execute();
      return rows.map(({ id }) => id);
    },
    keptOf: async (jobId) => {
      const rows = await db.selectFrom('scribe_kept').select('id').where('job_id', '=', jobId).execute();
      return rows.map(({ id }) => id);
    },
    deleteKept: async (id) => {
      await db.deleteFrom('scribe_kept').where('id', '=', id).execute();
    },
    roomsWithArtefacts: async () => {
      const rows = await db
        .selectFrom('scribe_run')
        .select('room_id')
        .where('state', '=', 'closed')
        .union(db.selectFrom('scribe_kept').select('room_id'))
        .execute();
      return rows.map((row) => row.room_id);
    },
    closedRunsBefore: async (roomId, beforeMs) => {
      const rows = await db
        .selectFrom('scribe_run')
        .select('id')
        .where('state', '=', 'closed')
        .where('room_id', '=', roomId)
        .where('created_ms', '<', beforeMs)
        .execute();
      return rows.map(({ id }) => id);
    },
    deleteRun: async (runId) => {
      await db.transaction().execute(async (trx) => {
        const run = await trx
          .deleteFrom('scribe_run')
          .where('id', '=', runId)
          .returning('meeting_id')
          .executeTakeFirst();
        if (run === undefined) return;
        const others = trx.selectFrom('scribe_run').select('meeting_id').where('meeting_id', '=', run.meeting_id);
        await trx
          .deleteFrom('scribe_thread')
          .where('meeting_id', '=', run.meeting_id)
          .where('meeting_id', 'not in', others)
          .execute();
      });
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
