import type { Kysely } from 'kysely';
import type { NoticeBlock, ResultBlock } from '@palabre/protocol';
import type { PublishingTables } from './outbox.ts';

/**
 * Which events of a room hold what: written down with the event's id, and still there when its content has been forgotten, so that somebody
 * who redacts one of them takes back the whole.
 */

export type PostedKind = ResultBlock['kind'];

export interface PostedEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly runId: string;
  /** What its key begins with: a job, or the run itself. */
  readonly source: string;
  readonly kind: PostedKind;
}

export interface Posted {
  find(eventId: string): Promise<PostedEvent | undefined>;
  ofRuns(runIds: readonly string[]): Promise<PostedEvent[]>;
  forget(eventIds: readonly string[]): Promise<void>;
  forgetRun(runId: string): Promise<void>;
}

/** A notice that stands for a recording is that recording. */
export function kindOf(block: ResultBlock): PostedKind {
  return block.kind === 'notice' && isRecording(block) ? 'recording' : block.kind;
}

function isRecording({ code }: NoticeBlock): boolean {
  return code === 'recording_kept';
}

/** What a key of the outbox is about. */
export function sourceOf(key: string): string {
  return key.split(':', 1)[0] ?? key;
}

export function createPosted(db: Kysely<PublishingTables>): Posted {
  const eventOf = (row: PublishingTables['publication_event']): PostedEvent => ({
    eventId: row.event_id,
    roomId: row.room_id,
    runId: row.run_id,
    source: row.source,
    // Written by the outbox.
    kind: row.kind as PostedKind,
  });
  return {
    find: async (eventId) => {
      const row = await db
        .selectFrom('publication_event')
        .selectAll()
        .where('event_id', '=', eventId)
        .executeTakeFirst();
      return row === undefined ? undefined : eventOf(row);
    },
    ofRuns: async (runIds) => {
      if (runIds.length === 0) return [];
      const rows = await db.selectFrom('publication_event').selectAll().where('run_id', 'in', runIds).execute();
      return rows.map(eventOf);
    },
    forget: async (eventIds) => {
      if (eventIds.length === 0) return;
      await db.deleteFrom('publication_event').where('event_id', 'in', eventIds).execute();
    },
    forgetRun: async (runId) => {
      await db.deleteFrom('publication_event').where('run_id', '=', runId).execute();
    },
  };
}
