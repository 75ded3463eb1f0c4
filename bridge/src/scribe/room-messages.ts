import * as z from 'zod';
import { matrixPath, type MatrixClient } from '../appservice/index.ts';
import type { TimeSpan } from '../transcription/index.ts';

/** What was written in a room while a meeting went on: references, never the words. */

export interface RoomMessage {
  readonly eventId: string;
  readonly userId: string;
  readonly atMs: number;
}

const PAGE = 100;
const MOST_PAGES = 10;

const pageSchema = z.object({
  chunk: z.array(
    z.object({
      event_id: z.string(),
      sender: z.string(),
      origin_server_ts: z.number(),
      content: z.object({
        msgtype: z.string().optional().catch(undefined),
        'm.relates_to': z.object({ rel_type: z.string().optional() }).optional().catch(undefined),
      }),
    }),
  ),
  end: z.string().optional(),
});

/** Messages of people in an unencrypted room, in order; edits and notices of bots are none. At most the newest thousand. */
export async function messagesIn(
  client: MatrixClient,
  { roomId, asUser }: { readonly roomId: string; readonly asUser: string },
  window: TimeSpan,
): Promise<readonly RoomMessage[]> {
  const filter = JSON.stringify({ types: ['m.room.message'], not_senders: [asUser] });
  const found: RoomMessage[] = [];
  let from: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/messages`, {
      asUser,
      query: { dir: 'b', limit: PAGE, filter, from },
    });
    const { chunk, end } = pageSchema.parse(answer);
    for (const { event_id: eventId, sender, origin_server_ts: atMs, content } of chunk) {
      // What was taken back has no content any more.
      const { msgtype = 'm.notice', 'm.relates_to': relation } = content;
      const isWritten = msgtype !== 'm.notice' && relation?.rel_type !== 'm.replace';
      if (isWritten && atMs >= window.startMs && atMs <= window.endMs) found.push({ eventId, userId: sender, atMs });
    }
    const oldest = chunk.at(-1);
    if (end === undefined || oldest === undefined || oldest.origin_server_ts < window.startMs) break;
    from = end;
  }
  return found.reverse();
}
