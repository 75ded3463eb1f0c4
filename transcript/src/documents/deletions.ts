import type { NoticeBlock, ResultBlock } from '@palabre/protocol';

/** A result of a meeting that somebody deleted. */
export interface DeletedResult {
  readonly what: NonNullable<NoticeBlock['deleted']>;
  /** Undefined where that is not known. */
  readonly by: NoticeBlock['by'];
}

/** What the room was told of deletions, by meeting. @param blocks of messages, in the order of time */
export function deletedIn(blocks: readonly (ResultBlock | undefined)[]): ReadonlyMap<string, readonly DeletedResult[]> {
  const found = new Map<string, readonly DeletedResult[]>();
  for (const block of blocks) {
    if (block?.kind !== 'notice' || block.deleted === undefined || block.meeting_id === undefined) continue;
    const { meeting_id: meetingId, deleted: what, by } = block;
    found.set(meetingId, [...(found.get(meetingId) ?? []), { what, by }]);
  }
  return found;
}
