import type { PostedCorrection, TranscriptCorrection, TranscriptLine } from '@palabre/protocol';
import type { ThreadItem, ThreadMessage } from './thread.ts';

/** Which corrections of a transcript count: rules around {@link correctLines} of the protocol. */

export type CorrectionItem = ThreadMessage & { readonly correction: TranscriptCorrection };

/** Did its sender have a moderator's power? `failed`: the homeserver did not say. */
export type Judgement = boolean | 'failed';

function isCorrection(item: ThreadItem): item is CorrectionItem {
  return item.kind === 'message' && item.correction !== undefined && item.state === 'sent';
}

/** Corrections of lines of this transcript, in the order of the timeline. @param eventIds messages of the transcript */
export function correctionsIn(
  items: readonly ThreadItem[],
  eventIds: ReadonlySet<string>,
  lines: readonly TranscriptLine[],
): readonly CorrectionItem[] {
  const ids = new Set(lines.map(({ id }) => id));
  return items
    .filter(isCorrection)
    .filter(({ correction }) => eventIds.has(correction.transcript_event_id) && ids.has(correction.line_id));
}

/** Those whose sender is not the line's own speaker: their power has to be known. */
export function questionsIn(
  corrections: readonly CorrectionItem[],
  lines: readonly TranscriptLine[],
): readonly CorrectionItem[] {
  const speakers = new Map(lines.map(({ id, user_id: userId }) => [id, userId]));
  return corrections.filter(({ sender, correction }) => speakers.get(correction.line_id) !== sender.userId);
}

/** What is not known counts for nothing. */
export function judged(
  corrections: readonly CorrectionItem[],
  judgements: ReadonlyMap<string, Judgement>,
): readonly PostedCorrection[] {
  return corrections.map(({ id, sender, sentMs, correction }) => ({
    eventId: id,
    sender: sender.userId,
    sentMs,
    correction,
    byModerator: judgements.get(id) === true,
  }));
}
