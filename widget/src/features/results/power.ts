import { isModeratorIn } from '@palabre/transcript/documents';
import type { RoomEvent, RoomState } from '../../host/index.ts';

const stateOf = (room: RoomState): readonly RoomEvent[] =>
  ['m.room.create', 'm.room.power_levels'].flatMap((type) => room.get(type, '') ?? []);

/** Has this person a moderator's power now? False where the messenger does not show it. */
export function isModeratorNow(room: RoomState, userId: string): boolean {
  return room.get('m.room.power_levels', '') !== undefined && isModeratorIn({ state: stateOf(room) }, userId);
}

/**
 * Had somebody a moderator's power when they sent something? A messenger shows a widget the present power levels only: they say
 * so where they have not changed since.
 * @throws where it cannot be said
 */
export function wasModeratorThen(room: RoomState, userId: string, sentMs: number): boolean {
  const levels = room.get('m.room.power_levels', '');
  if (levels === undefined || levels.origin_server_ts > sentMs) throw new Error('The power of that time is not known');
  return isModeratorIn({ state: stateOf(room) }, userId);
}
