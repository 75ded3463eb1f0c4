import type { PublishingTables } from '../publishing/index.ts';
import type { Database } from '../storage/index.ts';
import type { ScribeTables } from './tables.ts';

/** The message of a meeting, with everything that was kept of it in its thread. */
export interface MeetingThread {
  readonly rootId: string;
  readonly startedMs: number;
}

/** Meetings of which something was posted in a room, until it is taken back or too old. */
export interface Threads {
  /** The newest first. @param beforeMs that began before this; undefined: from the newest on */
  readonly list: (roomId: string, beforeMs: number | undefined, most: number) => Promise<MeetingThread[]>;
  /** The meeting whose thread this event of the room opens. */
  readonly meetingOf: (roomId: string, rootId: string) => Promise<string | undefined>;
}

export function createThreads(database: Database): Threads {
  const db = database.$extendTables<ScribeTables & PublishingTables>();
  return {
    list: async (roomId, beforeMs, most) => {
      const rows = await db
        .selectFrom('publication_event')
        .innerJoin('scribe_run', 'scribe_run.id', 'publication_event.run_id')
        // Edits of the message are events of the same kind.
        .innerJoin('scribe_thread', (join) =>
          join
            .onRef('scribe_thread.meeting_id', '=', 'scribe_run.meeting_id')
            .onRef('scribe_thread.root_event_id', '=', 'publication_event.event_id'),
        )
        .select(['event_id', 'meeting_started_ms'])
        // Where it was posted: a meeting may have ended in the successor of the room where it began.
        .where('publication_event.room_id', '=', roomId)
        .where('kind', '=', 'meeting')
        .$if(beforeMs !== undefined, (query) => query.where('meeting_started_ms', '<', beforeMs ?? 0))
        // What is being deleted is gone for whoever asks.
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('scribe_deletion')
                .select('scribe_deletion.id')
                .whereRef('scribe_deletion.meeting_id', '=', 'scribe_run.meeting_id')
                .where('scribe_deletion.kind', '=', 'meeting'),
            ),
          ),
        )
        .orderBy('meeting_started_ms', 'desc')
        .limit(most)
        .execute();
      return rows.map((row) => ({ rootId: row.event_id, startedMs: Math.round(row.meeting_started_ms) }));
    },
    meetingOf: async (roomId, rootId) => {
      const row = await db
        .selectFrom('scribe_thread')
        .innerJoin('publication_event', 'publication_event.event_id', 'scribe_thread.root_event_id')
        .select('meeting_id')
        .where('root_event_id', '=', rootId)
        .where('publication_event.room_id', '=', roomId)
        .executeTakeFirst();
      return row?.meeting_id;
    },
  };
}
