import type { Attachment } from '../../matrix/attachment.ts';
import type { MessageItem, TimelineItem } from '../../store/model.ts';

/** A message that carries a file of the transcript. */
export interface TranscriptFile {
  readonly format: 'txt' | 'vtt';
  readonly eventId: string;
  readonly attachment: Attachment;
}

/** Files of the transcript of one meeting among the messages of its thread. */
export function transcriptFiles(items: readonly TimelineItem[], meetingId: string): readonly TranscriptFile[] {
  const files: TranscriptFile[] = [];
  for (const item of items) {
    if (item.kind !== 'message' || item.block?.kind !== 'transcript' || item.attachment === undefined) continue;
    if (item.block.meeting_id !== meetingId || item.block.format === 'text') continue;
    files.push({ format: item.block.format, eventId: item.id, attachment: item.attachment });
  }
  return files;
}

/** Captions of a recording: the ones it names, else those of the same meeting. */
export function captionsOf(
  items: readonly TimelineItem[],
  recording: { readonly meeting_id: string; readonly captions_event_id?: string | undefined },
): Attachment | undefined {
  const files = transcriptFiles(items, recording.meeting_id).filter((file) => file.format === 'vtt');
  return (files.find((file) => file.eventId === recording.captions_event_id) ?? files.at(-1))?.attachment;
}

/** True for a transcript's file when its readable message is in the same thread and offers it. */
export function offeredElsewhere(items: readonly TimelineItem[], item: MessageItem): boolean {
  const { block } = item;
  if (block?.kind !== 'transcript' || block.format === 'text') return false;
  return items.some(
    (other) =>
      other.kind === 'message' &&
      other.block?.kind === 'transcript' &&
      other.block.format === 'text' &&
      other.block.meeting_id === block.meeting_id,
  );
}
