import { RESULT_BLOCK } from '@palabre/protocol';
import * as z from 'zod';
import { isOutOfSight, matrixPath, type MatrixClient } from '../appservice/index.ts';

/** What the watcher says about drafts, in the clear in every room: never a word of what is in them. */
export interface DraftNotices {
  /** @returns the message; undefined where it may not speak. The same words of the same draft are said once. */
  say(
    draft: { readonly id: string; readonly roomId: string },
    code: NoticeKind,
    text: string,
  ): Promise<string | undefined>;
  /** Changes what was said before; without that, says it anew. */
  change(
    draft: { readonly id: string; readonly roomId: string; readonly noticeEventId: string | undefined },
    code: NoticeKind,
    text: string,
  ): Promise<void>;
}
export type NoticeKind = 'waiting' | 'approved' | 'discarded' | 'expired' | 'withdrawn' | 'refused';

const sentSchema = z.object({ event_id: z.string() });

function contentOf(code: NoticeKind, text: string): Record<string, unknown> {
  return {
    msgtype: 'm.notice',
    body: text,
    'm.mentions': {},
    [RESULT_BLOCK]: {
      kind: 'notice',
      level: code === 'refused' || code === 'expired' ? 'warning' : 'info',
      code: `minutes_${code}`,
    },
  };
}

export function createDraftNotices(client: MatrixClient): DraftNotices {
  const send = async (roomId: string, txnId: string, body: Record<string, unknown>): Promise<string | undefined> => {
    try {
      const path = matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${txnId}`;
      return sentSchema.parse(await client.request('PUT', path, { body })).event_id;
    } catch (error) {
      // It was put out, may not speak, or the room is gone: moderators still find the draft in the call.
      if (isOutOfSight(error)) return undefined;
      throw error;
    }
  };
  return {
    say: ({ id, roomId }, code, text) => send(roomId, `minutes-${id}-${code}`, contentOf(code, text)),
    change: async ({ id, roomId, noticeEventId }, code, text) => {
      const content = contentOf(code, text);
      const edit =
        noticeEventId === undefined
          ? content
          : {
              ...contentOf(code, `* ${text}`),
              'm.new_content': content,
              'm.relates_to': { rel_type: 'm.replace', event_id: noticeEventId },
            };
      await send(roomId, `minutes-${id}-${code}`, edit);
    },
  };
}
