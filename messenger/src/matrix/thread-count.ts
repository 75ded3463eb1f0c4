import type { TranscriptBlock } from '@palabre/protocol';
import type { TimelineItem } from '../store/model.ts';

/** What a transcript's parts and files have in common. */
const transcriptKey = ({ meeting_id, started_ms }: TranscriptBlock): string => `transcript ${meeting_id} ${started_ms}`;

/**
 * How many of a thread's messages a person would count as one of their own: all parts and files of a transcript together are one, the
 * captions of a recording belong to it, and corrections of single lines are no messages.
 * @returns how many need not be counted
 */
export function countAside(items: readonly TimelineItem[]): number {
  const captions = new Set<string>();
  for (const item of items) {
    if (item.kind === 'message' && item.block?.kind === 'recording' && item.block.captions_event_id !== undefined)
      captions.add(item.block.captions_event_id);
  }
  const transcripts = new Set<string>();
  return items.filter((item) => {
    if (captions.has(item.id)) return true;
    if (item.kind !== 'message') return false;
    if (item.correction !== undefined) return true;
    if (item.block?.kind !== 'transcript') return false;
    if (item.block.recording_event_id !== undefined) return true;
    const key = transcriptKey(item.block);
    const isKnown = transcripts.has(key);
    transcripts.add(key);
    return isKnown;
  }).length;
}
