import type { MeetingBlock } from '@palabre/protocol';
import type { MessageItem } from '../../store/model.ts';

type Awaited = NonNullable<MeetingBlock['preparing']>[number];

/** The scribe waits for six hours for a speech engine. Whoever says nothing for longer was put out of the room, or is no more. */
const LONGEST_MS = 7 * 3_600_000;

const RESULT_OF = { recording: 'recording', transcription: 'transcript' } as const;

/** @returns what its meeting's message announces and what neither came nor is overdue */
export function awaitedOf(item: MessageItem, nowMs: number): readonly Awaited['what'][] {
  const preparing = item.block?.kind === 'meeting' ? (item.block.preparing ?? []) : [];
  const awaited = preparing.filter(({ what, since_ms: sinceMs }) => {
    const isThere = item.results.some(({ block, sentMs }) => block?.kind === RESULT_OF[what] && sentMs >= sinceMs);
    return !isThere && nowMs - sinceMs < LONGEST_MS;
  });
  return [...new Set(awaited.map(({ what }) => what))];
}
