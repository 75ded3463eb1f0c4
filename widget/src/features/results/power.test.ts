import { expect, test } from '@jest/globals';
import { createRoomState } from '../../host/room-state.ts';
import { isModeratorNow, wasModeratorThen } from './power.ts';

const roomWith = (users: Record<string, number> | undefined) => {
  const room = createRoomState('!r');
  const state = (type: string, content: object) => ({
    type,
    state_key: '',
    event_id: `$${type}`,
    sender: '@creator:x',
    origin_server_ts: 1_000,
    content,
  });
  room.apply(state('m.room.create', { room_version: '11' }));
  if (users !== undefined) room.apply(state('m.room.power_levels', { users }));
  return room;
};

test('present power says who was a moderator, where it has not changed since', () => {
  const room = roomWith({ '@mod:x': 50 });
  expect(wasModeratorThen(room, '@mod:x', 1_000)).toBe(true);
  expect(wasModeratorThen(room, '@bob:x', 2_000)).toBe(false);
  expect(() => wasModeratorThen(room, '@mod:x', 999)).toThrow('not known');
});

test('power that the messenger does not show is none', () => {
  expect(isModeratorNow(roomWith(undefined), '@creator:x')).toBe(false);
  expect(() => wasModeratorThen(roomWith(undefined), '@creator:x', 2_000)).toThrow('not known');
  expect(isModeratorNow(roomWith({ '@mod:x': 50 }), '@mod:x')).toBe(true);
});
