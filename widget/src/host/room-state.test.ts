import { describe, expect, jest, test } from '@jest/globals';
import { createRoomState, type RoomChange } from './room-state.ts';

const roomId = '!r:x';
let counter = 0;
const event = (type: string, sender: string, content: object, more: object = {}): object => ({
  type,
  sender,
  content,
  event_id: `$${String(++counter)}`,
  room_id: roomId,
  origin_server_ts: 1000 + counter,
  ...more,
});

describe('room state', () => {
  test('members, names and changes', () => {
    const room = createRoomState(roomId);
    const changes: RoomChange[] = [];
    const stop = room.onChange((change) => changes.push(change));
    room.apply(
      event('m.room.member', '@a:x', { membership: 'join', displayname: ' Al\u202Eice ' }, { state_key: '@a:x' }),
    );
    room.apply(event('m.room.member', '@b:x', { membership: 'invite', displayname: ' ' }, { state_key: '@b:x' }));
    expect(room.member('@a:x')).toEqual({ userId: '@a:x', membership: 'join', name: 'Alice' });
    expect(room.member('@b:x')?.name).toBe('@b:x');
    expect([room.isJoined('@a:x'), room.isJoined('@b:x'), room.isJoined('@c:x')]).toEqual([true, false, false]);
    expect(changes).toHaveLength(2);
    stop();
    room.apply(event('m.room.name', '@a:x', { name: 'Budget' }, { state_key: '' }));
    expect(room.name()).toBe('Budget');
    expect(changes).toHaveLength(2);
  });

  test('a member whom an invitation told of counts, and is replaced by the full event', () => {
    const room = createRoomState(roomId);
    const stripped = (membership: string) => ({
      type: 'm.room.member',
      sender: '@a:x',
      state_key: '@a:x',
      content: { membership, displayname: 'Alice' },
      room_id: roomId,
    });
    expect(room.apply(stripped('join'))).toBe(true);
    expect(room.member('@a:x')).toEqual({ userId: '@a:x', membership: 'join', name: 'Alice' });
    expect(room.apply(stripped('leave'))).toBe(true);
    expect(room.isJoined('@a:x')).toBe(false);
    room.apply(event('m.room.member', '@a:x', { membership: 'join' }, { state_key: '@a:x' }));
    expect(room.isJoined('@a:x')).toBe(true);
    expect(room.apply({ ...stripped('join'), type: 'org.matrix.msc3401.call.member' })).toBe(false);
  });

  test('ignores other rooms, garbage and repeats', () => {
    const room = createRoomState(roomId);
    const name = event('m.room.name', '@a:x', { name: 'Budget' }, { state_key: '' });
    expect([room.apply(name), room.apply(name)]).toEqual([true, false]);
    expect(room.apply({ ...name, room_id: '!other:x', event_id: '$o' })).toBe(false);
    expect(room.apply({ type: 'm.room.name' })).toBe(false);
    expect(room.apply(null)).toBe(false);
  });

  test('nobody overwrites the membership of another', () => {
    const room = createRoomState(roomId);
    const type = 'org.matrix.msc3401.call.member';
    room.apply(event(type, '@a:x', { device_id: 'D' }, { state_key: '_@a:x_D_m.call' }));
    expect(room.apply(event(type, '@evil:x', {}, { state_key: '_@a:x_D_m.call' }))).toBe(false);
    expect(room.get(type, '_@a:x_D_m.call')?.content).toEqual({ device_id: 'D' });
  });

  test('ours is announced again when somebody writes over it, at once and then not for half a minute', () => {
    jest.useFakeTimers();
    const room = createRoomState(roomId, '@me:x');
    const type = 'org.matrix.msc3401.call.member';
    const key = '_@me:x_D_m.call';
    const announce = () => room.apply(event(type, '@me:x', { device_id: 'D' }, { state_key: key }));
    const forge = () => room.apply(event(type, '@evil:x', {}, { state_key: key }));
    announce();
    forge();
    expect(room.get(type, key)).toBeUndefined();
    announce();
    for (let times = 0; times < 5; times++) forge();
    expect(room.get(type, key)).toBeDefined();
    jest.advanceTimersByTime(30_000);
    expect(room.get(type, key)).toBeUndefined();
    announce();
    forge();
    // Sent anew for a reason of its own: nothing is left to repair.
    announce();
    jest.advanceTimersByTime(60_000);
    expect(room.get(type, key)).toBeDefined();
    jest.useRealTimers();
  });

  test('sticky events live as long as they say, an hour at most', () => {
    const room = createRoomState(roomId);
    const sticky = (content: object, durationMs: number, at: number): object =>
      event('org.matrix.msc4143.rtc.member', '@a:x', content, {
        origin_server_ts: at,
        msc4354_sticky: { duration_ms: durationMs },
      });
    room.apply(sticky({ msc4354_sticky_key: 'k', version: 1 }, 1000, 10_000));
    room.apply(sticky({ msc4354_sticky_key: 'k', version: 2 }, 1e12, 20_000));
    room.apply(sticky({ msc4354_sticky_key: 'k', version: 0 }, 1000, 5_000));
    expect(room.sticky(20_001).map((item) => item.content['version'])).toEqual([2]);
    expect(room.sticky(20_000 + 3_600_001)).toEqual([]);
  });
});
