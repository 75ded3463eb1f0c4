import { TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import * as z from 'zod';
import { isRefusal, matrixPath, type MatrixClient } from '../appservice/index.ts';

/** Corrections of transcripts in the thread of a meeting. They quote what was said, and are messages of the people who made them. */
export interface ThreadCorrections {
  readonly eventIds: readonly string[];
  /** There is more of people in the thread than could be read, so corrections may be among it: it is encrypted, or out of sight. */
  readonly unread: boolean;
}

const PAGE = 100;
const MOST_PAGES = 20;

const pageSchema = z.object({
  chunk: z.array(
    z.object({
      event_id: z.string(),
      type: z.string(),
      sender: z.string(),
      content: z.record(z.string(), z.unknown()),
    }),
  ),
  next_batch: z.string().optional(),
});
/** All that counts here is what it belongs to: one that no reader would take quotes as well. */
const correctionSchema = z.object({ transcript_event_id: z.string() });

/**
 * @param root of the thread
 * @param transcript event ids of its messages
 * @param bots whose messages are no corrections
 */
export async function findCorrections(
  client: MatrixClient,
  roomId: string,
  root: string,
  transcript: ReadonlySet<string>,
  bots: readonly string[],
): Promise<ThreadCorrections> {
  const eventIds: string[] = [];
  let unread = false;
  let from: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    let answer: unknown;
    try {
      answer = await client.request('GET', matrixPath`/_matrix/client/v1/rooms/${roomId}/relations/${root}/m.thread`, {
        query: { limit: String(PAGE), ...(from === undefined ? {} : { from }) },
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { eventIds, unread: true };
    }
    const { chunk, next_batch: next } = pageSchema.parse(answer);
    for (const { event_id: eventId, type, sender, content } of chunk) {
      if (bots.includes(sender)) continue;
      // What was redacted has no content any more.
      if (type === 'm.room.encrypted') unread ||= Object.keys(content).length > 0;
      const correction = correctionSchema.safeParse(content[TRANSCRIPT_CORRECTION]).data;
      if (correction !== undefined && transcript.has(correction.transcript_event_id)) eventIds.push(eventId);
    }
    if (next === undefined) return { eventIds, unread };
    from = next;
  }
  return { eventIds, unread: true };
}
