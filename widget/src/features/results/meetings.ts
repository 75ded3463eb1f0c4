import type { MeetingBlock, ResultBlock, TranscriptBlock } from '@palabre/protocol';
import {
  deletedIn,
  readAttachment,
  readBlock,
  readCorrection,
  type DeletedResult,
  type Publishers,
  type ThreadMessage,
} from '@palabre/transcript/documents';
import * as z from 'zod/mini';
import { roomEventSchema, type RoomEvent } from '../../host/index.ts';

/** Meetings and their results in the messages that a messenger hands over. */

export interface Meeting {
  /** First message of its thread. */
  readonly rootId: string;
  readonly startedMs: number;
  /** As it was told of last; undefined where only the bridge has named it. */
  readonly block: MeetingBlock | undefined;
  /** What there was and was deleted, as far as the messages tell. */
  readonly deleted: readonly DeletedResult[];
}

const relationSchema = z.object({
  'm.relates_to': z.optional(z.object({ rel_type: z.optional(z.string()), event_id: z.optional(z.string()) })),
  'm.new_content': z.optional(z.record(z.string(), z.unknown())),
});

/** Messengers hand over what they have decrypted and do not say what came encrypted: there, they answer for it. */
const AS_HANDED_OVER = { encrypted: true, roomEncrypted: true } as const;

/** @returns undefined for what is no message */
export function parseMessage(raw: unknown): RoomEvent | undefined {
  const { data: event } = roomEventSchema.safeParse(raw);
  return event?.type === 'm.room.message' && event.state_key === undefined ? event : undefined;
}

/** The message that another one belongs to, and how. */
export function relationOf({ content }: RoomEvent): { readonly type: string; readonly eventId: string } | undefined {
  const relation = relationSchema.safeParse(content).data?.['m.relates_to'];
  if (relation?.rel_type === undefined || relation.event_id === undefined) return undefined;
  return { type: relation.rel_type, eventId: relation.event_id };
}

/** A message with a result or a correction; undefined for any other. */
export function readResult(event: RoomEvent, roomId: string, publishers: Publishers): ThreadMessage | undefined {
  const { sender, content, event_id: id } = event;
  const block = readBlock({ sender, ...AS_HANDED_OVER }, content, publishers);
  const correction = readCorrection(AS_HANDED_OVER, content);
  if (block === undefined && correction === undefined) return undefined;
  return {
    kind: 'message',
    id,
    sentMs: event.origin_server_ts,
    sender: { userId: sender },
    body: typeof content['body'] === 'string' ? content['body'] : '',
    attachment: block === undefined ? undefined : readAttachment(content, { roomId, sender }),
    block,
    ...(correction === undefined ? {} : { correction }),
    state: 'sent',
  };
}

/** As it was sent, or edited; undefined where it is none of our bots'. */
function blockIn({ sender, content }: RoomEvent, publishers: Publishers): ResultBlock | undefined {
  const edited = relationSchema.safeParse(content).data?.['m.new_content'];
  return readBlock({ sender, ...AS_HANDED_OVER }, edited ?? content, publishers);
}

function meetingBlock(event: RoomEvent, publishers: Publishers): MeetingBlock | undefined {
  const block = blockIn(event, publishers);
  return block?.kind === 'meeting' ? block : undefined;
}

/** What these messages tell of deleted results, by meeting. @param events in any order */
export function deletionsIn(events: readonly RoomEvent[], publishers: Publishers): ReturnType<typeof deletedIn> {
  const inOrder = events.toSorted((a, b) => a.origin_server_ts - b.origin_server_ts);
  return deletedIn(inOrder.map((event) => blockIn(event, publishers)));
}

/**
 * Meetings among messages of a room, the newest first, each as it was told of last.
 * @param events in any order @param deletions what they tell of these
 */
export function meetingsIn(
  events: readonly RoomEvent[],
  publishers: Publishers,
  deletions = deletionsIn(events, publishers),
): readonly Meeting[] {
  const meetings = new Map<string, Meeting>();
  const inOrder = events.toSorted((a, b) => a.origin_server_ts - b.origin_server_ts);
  for (const event of inOrder) {
    const relation = relationOf(event);
    if (relation !== undefined && relation.type !== 'm.replace') continue;
    const block = meetingBlock(event, publishers);
    if (block === undefined) continue;
    const rootId = relation?.eventId ?? event.event_id;
    const deleted = deletions.get(block.meeting_id) ?? [];
    meetings.set(rootId, { rootId, startedMs: block.started_ms, block, deleted });
  }
  return [...meetings.values()].sort((a, b) => b.startedMs - a.startedMs);
}

/** As a meeting was told of last. @param edits of its message, as the homeserver gives them, in any order */
export function newestBlock(edits: readonly RoomEvent[], publishers: Publishers): MeetingBlock | undefined {
  return edits
    .toSorted((a, b) => b.origin_server_ts - a.origin_server_ts)
    .map((event) => meetingBlock(event, publishers))
    .find((block) => block !== undefined);
}

/** Each meeting once, the newest first; of two that are the same, the one of which more is known. */
export function joinMeetings<T extends Meeting>(some: readonly T[], others: readonly T[]): readonly T[] {
  const all = new Map(some.map((meeting) => [meeting.rootId, meeting]));
  for (const other of others) if (all.get(other.rootId)?.block === undefined) all.set(other.rootId, other);
  return [...all.values()].sort((a, b) => b.startedMs - a.startedMs);
}

/** What there is of a meeting. */
export interface Kept {
  /** First messages of its transcripts, the oldest first. */
  readonly transcripts: readonly (ThreadMessage & { readonly block: TranscriptBlock })[];
  readonly recordings: number;
  readonly minutes: boolean;
}

export function keptIn(messages: readonly ThreadMessage[]): Kept {
  const starts = new Set<number | undefined>();
  return {
    transcripts: messages.filter((message): message is ThreadMessage & { readonly block: TranscriptBlock } => {
      const { block } = message;
      if (block?.kind !== 'transcript' || block.format !== 'text' || starts.has(block.started_ms)) return false;
      starts.add(block.started_ms);
      return true;
    }),
    recordings: messages.filter(({ block }) => block?.kind === 'recording').length,
    minutes: messages.some(({ block }) => block?.kind === 'minutes'),
  };
}
