import type { Kysely } from 'kysely';
import * as z from 'zod';
import { RESULT_BLOCK, resultBlockSchema, type ResultBlock } from '@palabre/protocol';
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
  /** Addresses (`mxc:`) of its files. */
  readonly media: readonly string[];
}

export interface Posted {
  find(eventId: string): Promise<PostedEvent | undefined>;
  ofRuns(runIds: readonly string[]): Promise<PostedEvent[]>;
  forget(eventIds: readonly string[]): Promise<void>;
  forgetRun(runId: string): Promise<void>;
}

/** What is remembered of an event that holds a result. */
export type About = Pick<PostedEvent, 'kind' | 'media'>;

const mediaSchema = z.object({
  url: z.string().optional(),
  file: z.object({ url: z.string() }).optional(),
  info: z
    .object({ thumbnail_url: z.string().optional(), thumbnail_file: z.object({ url: z.string() }).optional() })
    .optional(),
});

/** @param content as it is before it is encrypted. @returns undefined when it holds nothing that could be taken back */
export function aboutOf(content: Record<string, unknown>): About | undefined {
  const block = resultBlockSchema.safeParse(content[RESULT_BLOCK]);
  if (!block.success) return undefined;
  const { data } = block;
  const { url, file, info } = mediaSchema.catch({}).parse(content);
  return {
    kind: data.kind,
    media: [url, file?.url, info?.thumbnail_url, info?.thumbnail_file?.url].filter((uri) => uri !== undefined),
  };
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
    media: row.media,
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
