import { describe, expect, test } from '@jest/globals';
import { newRoom, userIdFrom } from './room-creation.ts';

const options = { name: ' Budget ', encrypted: true, people: ['@bob:x', '@bob:x'], watcherUserId: '@palabre:x' };

describe('newRoom', () => {
  test('is private, invites everybody once, and the watcher always', () => {
    expect(newRoom(options)).toMatchObject({
      name: 'Budget',
      preset: 'private_chat',
      visibility: 'private',
      invite: ['@bob:x', '@palabre:x'],
    });
    expect(newRoom({ ...options, people: [] }).invite).toEqual(['@palabre:x']);
  });

  test('every member may take part in a call; the room itself stays guarded', () => {
    const levels = newRoom(options).power_level_content_override;
    expect(levels?.state_default).toBe(50);
    expect(levels?.events).toMatchObject({
      'org.matrix.msc3401.call.member': 0,
      'm.room.power_levels': 100,
      'm.room.encryption': 100,
      'm.room.name': 50,
    });
  });

  test('is encrypted from its first moment, or not at all', () => {
    expect(newRoom(options).initial_state).toHaveLength(1);
    expect(newRoom({ ...options, encrypted: false }).initial_state).toEqual([]);
  });
});

test.each([
  ['bob', '@bob:x'],
  ['@Bob', '@bob:x'],
  [' @camille:partner.example:8448 ', '@camille:partner.example:8448'],
  ['two words', undefined],
  ['@:x', undefined],
  ['', undefined],
])('%j names %s', (typed, userId) => {
  expect(userIdFrom(typed, 'x')).toBe(userId);
});
