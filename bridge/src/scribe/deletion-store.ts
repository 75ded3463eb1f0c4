import type { Kysely } from 'kysely';
import type { Deleted } from '../governance/index.ts';
import type { ScribeTables, What } from './tables.ts';

/** Something that was taken back and is being deleted. */
export interface Deletion extends Deleted {
  /** Event id of the redaction. */
  readonly id: string;
  readonly roomId: string;
  /** What was redacted. */
  readonly eventId: string;
  /** Who redacted it; undefined where an older version noted it. */
  readonly userId: string | undefined;
  readonly createdMs: number;
}

export interface RunOfMeeting {
  readonly id: string;
  readonly isOpen: boolean;
}

/** Deletions that are under way: they outlive a crash, and nothing that they concern is posted meanwhile. */
export interface DeletionStore {
  add(deletion: Deletion): Promise<void>;
  pending(): Promise<Deletion[]>;
  remove(id: string): Promise<void>;
  /** Is what this job captured to be deleted? */
  coversJob(jobId: string): Promise<boolean>;
  /** The transcript whose words are the captions of this recording is deleted: none are posted any more. */
  endCaptions(jobId: string): Promise<void>;
  hasCaptionsEnded(jobId: string): Promise<boolean>;
  coversMeeting(meetingId: string): Promise<boolean>;
  meetingOf(runId: string): Promise<string | undefined>;
  whatOf(jobId: string): Promise<What | undefined>;
  runsOf(meetingId: string): Promise<RunOfMeeting[]>;
  /** The next result of this meeting opens a thread of its own. */
  forgetThread(meetingId: string): Promise<void>;
}

export function createDeletionStore(db: Kysely<ScribeTables>): DeletionStore {
  return {
    add: async ({ id, roomId, eventId, meetingId, kind, jobId, userId, createdMs }) => {
      await db
        .insertInto('scribe_deletion')
        .values({
          id,
          room_id: roomId,
          event_id: eventId,
          meeting_id: meetingId,
          kind,
          job_id: jobId ?? null,
          user_id: userId ?? null,
          created_ms: createdMs,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    pending: async () => {
      const rows = await db.selectFrom('scribe_deletion').selectAll().orderBy('created_ms').execute();
      return rows.map((row) => ({
        id: row.id,
        roomId: row.room_id,
        eventId: row.event_id,
        meetingId: row.meeting_id,
        kind: row.kind,
        jobId: row.job_id ?? undefined,
        userId: row.user_id ?? undefined,
        createdMs: row.created_ms,
      }));
    },
    remove: async (id) => {
      await db.deleteFrom('scribe_deletion').where('id', '=', id).execute();
    },
    coversJob: async (jobId) => {
      const row = await db
        .selectFrom('scribe_job')
        .innerJoin('scribe_run', 'scribe_run.id', 'scribe_job.run_id')
        .innerJoin('scribe_deletion', 'scribe_deletion.meeting_id', 'scribe_run.meeting_id')
        .select('scribe_deletion.id')
        .where('scribe_job.id', '=', jobId)
        .where((eb) =>
          eb.or([
            // What was begun afterwards was meant.
            eb.and([
              eb('scribe_deletion.kind', '=', 'meeting'),
              eb('scribe_job.created_ms', '<=', eb.ref('scribe_deletion.created_ms')),
            ]),
            eb.and([
              eb('scribe_deletion.kind', 'in', ['recording', 'transcript']),
              eb('scribe_deletion.job_id', '=', eb.ref('scribe_job.id')),
            ]),
          ]),
        )
        .executeTakeFirst();
      return row !== undefined;
    },
    endCaptions: async (jobId) => {
      await db.updateTable('scribe_job').set({ captions_deleted: true }).where('id', '=', jobId).execute();
    },
    hasCaptionsEnded: async (jobId) => {
      const row = await db
        .selectFrom('scribe_job')
        .select('captions_deleted')
        .where('id', '=', jobId)
        .executeTakeFirst();
      return row?.captions_deleted ?? true;
    },
    coversMeeting: async (meetingId) => {
      const row = await db
        .selectFrom('scribe_deletion')
        .select('id')
        .where('meeting_id', '=', meetingId)
        .where('kind', '=', 'meeting')
        .executeTakeFirst();
      return row !== undefined;
    },
    meetingOf: async (runId) => {
      const row = await db.selectFrom('scribe_run').select('meeting_id').where('id', '=', runId).executeTakeFirst();
      return row?.meeting_id;
    },
    whatOf: async (jobId) => {
      const row = await db.selectFrom('scribe_job').select('what').where('id', '=', jobId).executeTakeFirst();
      return row?.what;
    },
    runsOf: async (meetingId) => {
      const rows = await db
        .selectFrom('scribe_run')
        .select(['id', 'state'])
        .where('meeting_id', '=', meetingId)
        .execute();
      return rows.map(({ id, state }) => ({ id, isOpen: state === 'open' }));
    },
    forgetThread: async (meetingId) => {
      await db.deleteFrom('scribe_thread').where('meeting_id', '=', meetingId).execute();
    },
  };
}
