import { Direction } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';

/**
 * Has the members of a room read anew once this person has come in or back. Until then matrix-js-sdk holds what it knew before:
 * who was there when the person left, and the inviter as the invitation told of them, which is no full event. A homeserver that
 * loads members lazily does not send again what it has sent to this session before (Client-Server API, "Lazy-loading room members").
 */
export async function readMembersAnew(room: Room): Promise<void> {
  // What is being loaded is waited for; without access it fails, and there is nothing to clear.
  await room.clearLoadedMembersIfNeeded().catch(() => undefined);
  const state = room.getLiveTimeline().getState(Direction.Forward);
  for (const member of state?.getMembers() ?? []) if (member.userId !== room.myUserId) member.markOutOfBand();
  state?.clearOutOfBandMembers();
  await room.loadMembersIfNeeded();
}
