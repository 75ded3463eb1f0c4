import { stretchIn, type RecordingBlock, type Stretch, type TranscriptBlock } from '@palabre/protocol';
import type { Attachment } from './attachment.ts';
import type { ThreadItem, ThreadMessage } from './thread.ts';

/** A message that carries a file of a transcript. */
export interface TranscriptFile {
  readonly format: 'txt' | 'vtt' | 'json';
  readonly eventId: string;
  readonly block: TranscriptBlock;
  readonly attachment: Attachment;
}

/** Of a moment without an end: a sentence that was going on when the recording began, or went on, is heard from there. */
export const SENTENCE_MS = 3_000;

type Of = Pick<TranscriptBlock, 'meeting_id' | 'started_ms'>;

function isTranscript(item: ThreadItem): item is ThreadMessage & { readonly block: TranscriptBlock } {
  return item.kind === 'message' && item.block?.kind === 'transcript';
}

function filesIn(items: readonly ThreadItem[]): readonly TranscriptFile[] {
  return items.filter(isTranscript).flatMap(({ id, block, attachment }) => {
    const { format } = block;
    return attachment === undefined || format === 'text' ? [] : [{ format, eventId: id, block, attachment }];
  });
}

/** Captions that a recording calls its own, and those that came later and name it. */
function captionIds(items: readonly ThreadItem[]): ReadonlySet<string> {
  return new Set(
    items.flatMap((item) => {
      if (item.kind !== 'message') return [];
      const { id, block } = item;
      if (block?.kind === 'recording') return block.captions_event_id ?? [];
      return block?.kind === 'transcript' && block.recording_event_id !== undefined ? id : [];
    }),
  );
}

const same = (a: Of, b: Of): boolean => a.meeting_id === b.meeting_id && a.started_ms === b.started_ms;

/** Files of one transcript among the messages of its thread: one of each format, captions of a recording left to that. */
export function transcriptFiles(items: readonly ThreadItem[], of: Of): readonly TranscriptFile[] {
  const captions = captionIds(items);
  const byFormat = new Map<string, TranscriptFile>();
  for (const file of filesIn(items)) {
    if (same(file.block, of) && !captions.has(file.eventId)) byFormat.set(file.format, file);
  }
  return [...byFormat.values()];
}

export interface Captions {
  readonly attachment: Attachment;
  /** To be added to the times of the cues, so that they count from the first picture. */
  readonly shiftMs: number;
}

/**
 * The file of captions that a recording names, or that names it.
 * @param recordingId its message
 */
export function ownCaptionsOf(
  items: readonly ThreadItem[],
  recordingId: string,
  { captions_event_id: named }: Pick<RecordingBlock, 'captions_event_id'>,
): TranscriptFile | undefined {
  return filesIn(items).find(
    ({ format, eventId, block }) => format === 'vtt' && (eventId === named || block.recording_event_id === recordingId),
  );
}

/**
 * Captions of a recording: the ones it names, or that name it; else those of the same meeting, unless somebody was asked whether to be
 * in it.
 * @param recordingId its message
 */
export function captionsOf(
  items: readonly ThreadItem[],
  recordingId: string,
  recording: Pick<RecordingBlock, 'meeting_id' | 'started_ms' | 'captions_event_id' | 'not_kept'>,
): Captions | undefined {
  const files = filesIn(items).filter(
    (file) => file.format === 'vtt' && file.block.meeting_id === recording.meeting_id,
  );
  const own = ownCaptionsOf(items, recordingId, recording);
  const others = captionIds(items);
  const ofTranscript = files.findLast(({ eventId }) => !others.has(eventId));
  const file = own ?? (recording.not_kept === undefined ? ofTranscript : undefined);
  if (file === undefined) return undefined;
  const { started_ms: startedMs = recording.started_ms } = file.block;
  return { attachment: file.attachment, shiftMs: startedMs - recording.started_ms };
}

/** The recording that shows something of what was said, and where that begins in it. @param said wall clock */
export function recordingAt(
  items: readonly ThreadItem[],
  meetingId: string,
  said: { readonly startMs: number; readonly endMs?: number | undefined },
): { readonly recordingId: string; readonly atMs: number } | undefined {
  const { startMs, endMs = startMs + SENTENCE_MS } = said;
  // What has no length was heard as well.
  const stretch: Stretch = { startMs, endMs: Math.max(endMs, startMs + 1) };
  for (const item of items) {
    if (item.kind !== 'message' || item.block?.kind !== 'recording' || item.attachment === undefined) continue;
    if (item.block.meeting_id !== meetingId) continue;
    const shown = stretchIn(item.block, stretch);
    if (shown !== undefined) return { recordingId: item.id, atMs: shown.startMs };
  }
  return undefined;
}

/** True for a file that the card of its transcript or recording offers already. */
export function offeredElsewhere(items: readonly ThreadItem[], item: ThreadMessage): boolean {
  const { block } = item;
  if (block?.kind !== 'transcript' || block.format === 'text') return false;
  if (captionIds(items).has(item.id)) return true;
  return items.some((other) => isTranscript(other) && other.block.format === 'text' && same(other.block, block));
}

/** The messages of one transcript that are to be read, in order. */
export function partsOf(
  items: readonly ThreadItem[],
  of: Of,
): readonly (ThreadMessage & { readonly block: TranscriptBlock })[] {
  return items.filter(isTranscript).filter(({ block }) => block.format === 'text' && same(block, of));
}

/** All messages of one transcript, to be read and as files: what a correction may refer to. */
export function transcriptEventIds(items: readonly ThreadItem[], of: Of): ReadonlySet<string> {
  return new Set(items.filter(isTranscript).flatMap(({ id, block }) => (same(block, of) ? id : [])));
}

/** Which of the messages that a long transcript needed this is. */
export function partOf(
  items: readonly ThreadItem[],
  item: ThreadMessage & { readonly block: TranscriptBlock },
): { readonly index: number; readonly count: number } {
  const parts = partsOf(items, item.block);
  const index = parts.findIndex((other) => other.id === item.id);
  return index < 0 ? { index: 0, count: 1 } : { index, count: parts.length };
}
