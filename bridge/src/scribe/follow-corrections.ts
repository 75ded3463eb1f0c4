import { TRANSCRIPT_CORRECTION, transcriptCorrectionSchema } from '@palabre/protocol';
import type { Inbox } from '../appservice/index.ts';
import type { Audit } from '../governance/index.ts';
import type { Posted } from '../publishing/index.ts';
import type { DeletionStore } from './deletion-store.ts';

export interface CorrectionsDeps {
  readonly inbox: Inbox;
  readonly posted: Posted;
  readonly deletions: Pick<DeletionStore, 'meetingOf'>;
  readonly audit: Audit;
}

/**
 * Writes into the audit trail who corrected a transcript: not what they wrote, but in which event. A correction is a message of the
 * person who makes it, so that in encrypted rooms nobody of ours can tell it from others.
 */
export function followCorrections({ inbox, posted, deletions, audit }: CorrectionsDeps): void {
  inbox.onRoomEvent({
    wants: ({ type, content }) =>
      type === 'm.room.message' && transcriptCorrectionSchema.safeParse(content[TRANSCRIPT_CORRECTION]).success,
    handle: async ({ event_id: id, room_id: roomId, sender: userId, content }) => {
      const { transcript_event_id: eventId } = transcriptCorrectionSchema.parse(content[TRANSCRIPT_CORRECTION]);
      const found = await posted.find(eventId);
      if (found?.roomId !== roomId || found.kind !== 'transcript') return;
      const meetingId = await deletions.meetingOf(found.runId);
      const corrected = { action: 'transcript.edit', means: 'message', userId, roomId, meetingId } as const;
      // Done already, by the person's own client.
      await audit.during({ ...corrected, target: id, key: id }, () => Promise.resolve());
    },
  });
}
