import { commandOfReaction } from '@palabre/protocol';
import type { RoomCommand } from '@palabre/protocol';
import type { Account } from '../../matrix/messenger.ts';
import type { MessageItem } from '../../store/model.ts';
import { ownReactions } from '../results/own-reactions.ts';

type Actions = Pick<Account['actions'], 'react' | 'remove'>;

/** Takes away what says this of my reactions. */
export async function takeBack(
  actions: Actions,
  roomId: string,
  item: MessageItem,
  command: RoomCommand,
): Promise<void> {
  for (const { id } of ownReactions(item, command)) await actions.remove(roomId, id);
}

const OPPOSITE: Partial<Record<RoomCommand, RoomCommand>> = { consent: 'refuse', refuse: 'consent' };

/** Of the two answers to a meeting's question one stands afterwards. What is taken away after the other one came changes nothing. */
export async function reactTo(actions: Actions, roomId: string, item: MessageItem, symbol: string): Promise<void> {
  await actions.react(roomId, item.id, symbol);
  const command = item.block?.kind === 'meeting' ? commandOfReaction(symbol) : undefined;
  const opposite = command === undefined ? undefined : OPPOSITE[command];
  if (opposite !== undefined) await takeBack(actions, roomId, item, opposite);
}
