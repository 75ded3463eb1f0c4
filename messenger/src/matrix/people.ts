import type { Room } from 'matrix-js-sdk';
import type { Person } from '../store/model.ts';

/** A person as they are called in `room`; their id when the room does not say. */
export function personIn(room: Room, userId: string): Person {
  const member = room.getMember(userId);
  const name = member?.name ?? '';
  return {
    userId,
    name: name === '' || name === userId ? localpart(userId) : name,
    avatarMxc: member?.getMxcAvatarUrl() ?? undefined,
  };
}

/** `alice` of `@alice:server`. */
export function localpart(userId: string): string {
  const match = /^@([^:]+):/.exec(userId);
  return match?.[1] ?? userId;
}
