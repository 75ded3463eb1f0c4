import * as z from 'zod';
import { isOutOfSight, matrixPath, type Inbox, type RoomEvent } from '../appservice/index.ts';
import type { Audit } from '../governance/index.ts';
import type { Posted, PostedEvent } from '../publishing/index.ts';
import type { Deletion, DeletionStore } from './deletion-store.ts';
import type { RunDeps } from './deps.ts';

/** Reads redactions of what was posted: what is taken back by them, and whether the homeserver has followed them. */

export interface RedactionsDeps extends Pick<RunDeps, 'store' | 'client' | 'scribeUserId' | 'now'> {
  readonly inbox: Inbox;
  readonly deletions: DeletionStore;
  readonly posted: Posted;
  readonly audit: Audit;
  readonly watcherUserId: string;
  /** May somebody with this power take back what others sent? Asked where the watcher cannot see what became of it. */
  readonly mayRedact: (roomId: string, userId: string) => Promise<boolean>;
  /** There is something to be deleted: it is in the database. */
  readonly onDeletion: () => void;
}

const contentSchema = z.object({ redacts: z.string() });
const redactedSchema = z.object({ unsigned: z.object({ redacted_because: z.unknown() }).optional() });

/** Rooms of version 11 and later name what is redacted in the content, older ones beside it. */
function targetOf({ content, redacts }: RoomEvent): string | undefined {
  const named = contentSchema.safeParse(content);
  return named.success ? named.data.redacts : redacts;
}

export function followRedactions(deps: RedactionsDeps): void {
  const { store, deletions, posted, client } = deps;

  /** The homeserver decides who may redact; an event of another server may be here that it did not follow. */
  async function isApplied(roomId: string, eventId: string, userId: string): Promise<boolean> {
    try {
      const event = redactedSchema.parse(
        await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/event/${eventId}`),
      );
      return event.unsigned?.redacted_because !== undefined;
    } catch (error) {
      if (!isOutOfSight(error)) throw error;
      return deps.mayRedact(roomId, userId);
    }
  }

  /** What a redaction of this event takes back; undefined: nothing but the event. */
  async function takenBack(event: PostedEvent): Promise<Pick<Deletion, 'kind' | 'meetingId' | 'jobId'> | undefined> {
    const meetingId = await deletions.meetingOf(event.runId);
    if (meetingId === undefined || event.kind === 'notice') return undefined;
    if (event.kind !== 'meeting') {
      // Captions of a recording are a file of its own: the recording stays, and so does the transcript.
      const what = event.kind === 'transcript' ? await deletions.whatOf(event.source) : undefined;
      return what === 'recording' ? undefined : { kind: event.kind, meetingId, jobId: event.source };
    }
    // Not one of its edits.
    return (await store.threadRoot(meetingId)) === event.eventId
      ? { kind: 'meeting', meetingId, jobId: undefined }
      : undefined;
  }

  deps.inbox.onRoomEvent({
    wants: ({ type, sender }) =>
      type === 'm.room.redaction' && sender !== deps.scribeUserId && sender !== deps.watcherUserId,
    handle: async (event) => {
      const { event_id: id, room_id: roomId, sender: userId } = event;
      const eventId = targetOf(event);
      const found = eventId === undefined ? undefined : await posted.find(eventId);
      if (found?.roomId !== roomId) return;
      const what = await takenBack(found);
      if (what === undefined || !(await isApplied(roomId, found.eventId, userId))) return;
      const { kind, meetingId } = what;
      await deps.audit.during(
        { action: `${kind}.delete`, means: 'redaction', userId, roomId, meetingId, key: id },
        () => deletions.add({ ...what, id, roomId, eventId: found.eventId, userId, createdMs: deps.now() }),
      );
      deps.onDeletion();
    },
  });
}
