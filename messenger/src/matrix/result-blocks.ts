import type { MeetingBlock, ResultBlock } from '@palabre/protocol';
import { readBlock } from '@palabre/transcript/documents';
import type { Publishers } from '@palabre/transcript/documents';
import type { MatrixEvent, Room } from 'matrix-js-sdk';
import type { KeptNow } from '../store/model.ts';

export interface ReadingContext {
  readonly room: Room;
  readonly myUserId: string;
  readonly publishers: Publishers;
}

/** The block of a message as its newest edit has it. @returns undefined for what none of our bots said */
export function blockOf(event: MatrixEvent, { room, publishers }: ReadingContext): ResultBlock | undefined {
  const origin = {
    sender: event.getSender() ?? '',
    // An edit replaces the block: it has to have come encrypted as well.
    encrypted: event.isEncrypted() && event.replacingEvent()?.isEncrypted() !== false,
    roomEncrypted: room.hasEncryptionStateEvent(),
  };
  return readBlock(origin, event.getContent(), publishers);
}

/** What an event says of a meeting: the message that opens its thread, or an edit of that. */
function meetingOf(event: MatrixEvent, { room, publishers }: ReadingContext): MeetingBlock | undefined {
  const isEdit = event.getRelation()?.rel_type === 'm.replace';
  const content: unknown = isEdit ? event.getContent()['m.new_content'] : event.getContent();
  const origin = {
    sender: event.getSender() ?? '',
    encrypted: event.isEncrypted(),
    roomEncrypted: room.hasEncryptionStateEvent(),
  };
  const block = readBlock(origin, content, publishers);
  return block?.kind === 'meeting' ? block : undefined;
}

/** The meeting that is being recorded or transcribed, by the newest words on it. @returns undefined when none is known to run */
export function runningMeeting(context: ReadingContext): MeetingBlock | undefined {
  const told = new Set<string>();
  for (const event of context.room.getLiveTimeline().getEvents().toReversed()) {
    const block = meetingOf(event, context);
    // Of an earlier meeting there may still be news while the next one runs.
    if (block === undefined || told.has(block.meeting_id)) continue;
    if (block.state === 'running') return block;
    told.add(block.meeting_id);
  }
  return undefined;
}

/** What is kept of a running meeting. Older bridges only tell of the recording. */
export function workOf({ working = ['recording'], recording }: MeetingBlock): KeptNow {
  return {
    recording: working.includes('recording') ? recording?.phase : undefined,
    transcription: working.includes('transcription'),
  };
}
