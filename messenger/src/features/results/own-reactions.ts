import { commandOfReaction } from '@palabre/protocol';
import type { RoomCommand } from '@palabre/protocol';
import type { MessageItem } from '../../store/model.ts';

/** Reactions of mine that say this. Clients write some of these signs in two ways, so that there may be two. */
export function ownReactions(
  { reactions }: MessageItem,
  command: RoomCommand,
): readonly { readonly id: string; readonly setMs: number }[] {
  return reactions.flatMap(({ symbol, mineId, mineMs }) =>
    mineId === undefined || commandOfReaction(symbol) !== command ? [] : [{ id: mineId, setMs: mineMs ?? 0 }],
  );
}
