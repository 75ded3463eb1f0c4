import { TRANSCRIPT_CORRECTION, transcriptCorrectionSchema } from '@palabre/protocol';
import { readAttachment, readBlock, readCorrection } from '@palabre/transcript/documents';
import type { MediaSource, Publishers } from '@palabre/transcript/documents';
import type { MatrixEvent } from 'matrix-js-sdk';
import type { IRoomEvent } from 'matrix-widget-api';
import * as z from 'zod/mini';
import { wireFormat } from './wire-format.ts';

/**
 * Of a room's messages, a call is shown those with results of meetings and corrections of transcripts, and may write such corrections:
 * what people say to each other is none of its business.
 */
export interface ResultMessages {
  /** @returns the event as the widget may see it; undefined for any other message */
  show(event: MatrixEvent): IRoomEvent | undefined;
  /** A file that a message which was shown names. */
  names(mxc: string): boolean;
}

export interface CorrectionMessage {
  readonly threadId: string;
  readonly content: {
    readonly msgtype: 'm.notice';
    readonly body: string;
    readonly 'm.mentions': Record<string, never>;
    readonly [TRANSCRIPT_CORRECTION]: z.infer<typeof transcriptCorrectionSchema>;
  };
}

const correctionMessageSchema = z.object({
  body: z.string().check(z.maxLength(25_000)),
  'm.relates_to': z.object({ rel_type: z.literal('m.thread'), event_id: z.string() }),
  [TRANSCRIPT_CORRECTION]: transcriptCorrectionSchema,
});

/** The correction that a widget wants to post, and nothing else of what it gives. @throws when it is none */
export function parseCorrectionMessage(content: unknown): CorrectionMessage {
  const { body, 'm.relates_to': relation, ...rest } = correctionMessageSchema.parse(content);
  return {
    threadId: relation.event_id,
    content: { msgtype: 'm.notice', body, 'm.mentions': {}, [TRANSCRIPT_CORRECTION]: rest[TRANSCRIPT_CORRECTION] },
  };
}

/** Without what the homeserver adds of other messages, such as the newest of its thread. */
function alone(event: MatrixEvent): IRoomEvent {
  return { ...wireFormat(event), unsigned: {} };
}

const mxcOf = (source: MediaSource | undefined): readonly string[] =>
  source?.kind === 'plain' ? [source.mxc] : source?.kind === 'encrypted' ? [source.file.url] : [];

/** @param roomEncrypted whether only what came encrypted counts */
export function createResultMessages(publishers: Publishers, roomEncrypted: () => boolean): ResultMessages {
  const files = new Set<string>();
  return {
    show: (event) => {
      if (event.getType() !== 'm.room.message') return wireFormat(event);
      const origin = {
        sender: event.getSender() ?? '',
        // An edit replaces the block: it has to have come encrypted as well.
        encrypted: event.isEncrypted() && event.replacingEvent()?.isEncrypted() !== false,
        roomEncrypted: roomEncrypted(),
      };
      const content = event.getContent();
      if (readBlock(origin, content, publishers) === undefined) {
        // As it was sent: what its sender might do then says nothing of what they write into it later.
        if (event.replacingEvent() !== null || readCorrection(origin, content) === undefined) return undefined;
        return alone(event);
      }
      const attachment = readAttachment(content);
      for (const mxc of [...mxcOf(attachment?.source), ...mxcOf(attachment?.thumbnail)]) files.add(mxc);
      return alone(event);
    },
    names: (mxc) => files.has(mxc),
  };
}
