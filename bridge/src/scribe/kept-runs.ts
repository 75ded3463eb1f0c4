import type { ExpressionBuilder, Kysely } from 'kysely';
import { runRowOf, type RunRow } from './store.ts';
import type { KeptWork, ScribeTables } from './tables.ts';

/** A result that could not be posted: it stays, sealed, with the run that captured it. */
export interface KeptResult {
  readonly roomId: string;
  readonly meetingId: string;
  readonly meetingStartedMs: number;
  readonly what: KeptWork;
  /** The bridge is asked to try again, and has not begun yet. */
  readonly retried: boolean;
}

/** Runs that are over and of which something could not be posted. An administrator may have the bridge try again. */
export interface KeptRuns {
  /** The oldest first. @param roomId undefined: of all rooms */
  list(roomId: string | undefined): Promise<KeptResult[]>;
  /** Of these meetings, those of which something is still to be posted, or could not be. */
  meetings(meetingIds: readonly string[]): Promise<string[]>;
  /** Asks the bridge to try all of a room again. @returns how many meetings that are */
  retry(roomId: string): Promise<number>;
  /** What it is asked to try again. Where something of the meeting is being deleted, that comes first. */
  retried(): Promise<RunRow[]>;
  /** It is tried again now. @returns false when it is gone meanwhile, or something of its meeting is being deleted */
  reopen(runId: string): Promise<boolean>;
}

/** A deletion looks once whether runs are over, and removes their files then: until it is done none may begin again. */
const isLeftAlone = (eb: ExpressionBuilder<ScribeTables, 'scribe_run'>) =>
  eb.not(
    eb.exists(
      eb
        .selectFrom('scribe_deletion')
        .select('scribe_deletion.id')
        .whereRef('scribe_deletion.meeting_id', '=', 'scribe_run.meeting_id'),
    ),
  );

export function createKeptRuns(db: Kysely<ScribeTables>): KeptRuns {
  return {
    list: async (roomId) => {
      let query = db
        .selectFrom('scribe_run')
        .innerJoin('scribe_job', 'scribe_job.run_id', 'scribe_run.id')
        .select(['room_id', 'meeting_id', 'meeting_started_ms', 'what', 'retry'])
        .where('scribe_run.state', '=', 'closed')
        .where('key', 'is not', null)
        .where('scribe_job.state', '!=', 'done')
        .orderBy('meeting_started_ms')
        .orderBy('scribe_job.created_ms');
      if (roomId !== undefined) query = query.where('room_id', '=', roomId);
      return (await query.execute()).flatMap(({ what, ...row }) =>
        what === 'captions'
          ? []
          : {
              roomId: row.room_id,
              meetingId: row.meeting_id,
              meetingStartedMs: row.meeting_started_ms,
              what,
              retried: row.retry,
            },
      );
    },
    meetings: async (meetingIds) => {
      if (meetingIds.length === 0) return [];
      const rows = await db
        .selectFrom('scribe_run')
        .select('meeting_id')
        .distinct()
        .where('meeting_id', 'in', meetingIds)
        .where('key', 'is not', null)
        .execute();
      return rows.map((row) => row.meeting_id);
    },
    retry: async (roomId) => {
      const asked = await db
        .updateTable('scribe_run')
        .set({ retry: true })
        .where('state', '=', 'closed')
        .where('key', 'is not', null)
        .where('room_id', '=', roomId)
        .returning('meeting_id')
        .execute();
      return new Set(asked.map((row) => row.meeting_id)).size;
    },
    retried: async () => {
      const rows = await db
        .selectFrom('scribe_run')
        .selectAll()
        .where('state', '=', 'closed')
        .where('retry', '=', true)
        .where(isLeftAlone)
        .orderBy('created_ms')
        .execute();
      return rows.flatMap((row) => runRowOf(row) ?? []);
    },
    reopen: async (runId) => {
      const reopened = await db
        .updateTable('scribe_run')
        .set({ state: 'open', retry: false })
        .where('id', '=', runId)
        .where('state', '=', 'closed')
        .where('key', 'is not', null)
        .where(isLeftAlone)
        .returning('id')
        .executeTakeFirst();
      return reopened !== undefined;
    },
  };
}
