import { describe, expect, test } from '@jest/globals';
import type { ToDeviceMessage } from '../host/index.ts';
import { createKeyGuard, judgeKey } from './key-guard.ts';

const roomId = '!r:x';
const joined = new Set(['@a:x', '@b:x']);
const devices = new Set(['@a:x DEV']);
const context = {
  roomId,
  isJoined: (userId: string) => joined.has(userId),
  hasMembership: (userId: string, deviceId: string) => devices.has(`${userId} ${deviceId}`),
};
const key = (
  change: { sender?: string; device?: string; encrypted?: boolean; content?: object } = {},
): ToDeviceMessage => ({
  type: 'io.element.call.encryption_keys',
  sender: change.sender ?? '@a:x',
  encrypted: change.encrypted ?? true,
  content: {
    keys: { index: 3, key: 'AAAAAAAAAAAAAAAAAAAAAA==' },
    member: { claimed_device_id: change.device ?? 'DEV', id: 'm' },
    room_id: roomId,
    sent_ts: 1,
    ...change.content,
  },
});

describe('media keys', () => {
  test('of a member device are taken', () => {
    expect(judgeKey(key(), context)).toBe('accept');
  });

  test.each([
    ['in the clear', key({ encrypted: false })],
    ['for another room', key({ content: { room_id: '!other:x' } })],
    ['with an impossible index', key({ content: { keys: { index: 256, key: 'AA==' } } })],
    ['of absurd length', key({ content: { keys: { index: 0, key: 'A'.repeat(1000) } } })],
    ['of another type', { ...key(), type: 'm.room_key' }],
  ])('%s are dropped', (_name, message) => {
    expect(judgeKey(message, context)).toBe('drop');
  });

  test('under the name of another device wait for its membership and never pass for it', () => {
    expect(judgeKey(key({ sender: '@b:x', device: 'DEV' }), context)).toBe('hold');
  });

  test('that come early are delivered when the membership is there', () => {
    let nowMs = 0;
    const guard = createKeyGuard(context, () => nowMs);
    const early = key({ sender: '@b:x', device: 'NEW' });
    expect(guard.accept(early)).toBe(false);
    const delivered: ToDeviceMessage[] = [];
    guard.reconsider((message) => delivered.push(message));
    expect(delivered).toEqual([]);
    devices.add('@b:x NEW');
    guard.reconsider((message) => delivered.push(message));
    expect(delivered).toEqual([early]);
    devices.delete('@b:x NEW');
    guard.accept(early);
    nowMs = 31_000;
    devices.add('@b:x NEW');
    guard.reconsider((message) => delivered.push(message));
    expect(delivered).toHaveLength(1);
    devices.delete('@b:x NEW');
  });

  test('that come before their sender is seen joined are delivered then, and never before', () => {
    const guard = createKeyGuard(context, () => 0);
    const early = key({ sender: '@c:x' });
    const delivered: ToDeviceMessage[] = [];
    expect(guard.accept(early)).toBe(false);
    devices.add('@c:x DEV');
    guard.reconsider((message) => delivered.push(message));
    expect(delivered).toEqual([]);
    joined.add('@c:x');
    guard.reconsider((message) => delivered.push(message));
    expect(delivered).toEqual([early]);
    devices.delete('@c:x DEV');
    joined.delete('@c:x');
  });

  test('of people outside of the room fill no memory and crowd out nobody', () => {
    const guard = createKeyGuard(context, () => 0);
    const strangers = Array.from({ length: 1000 }, (_, index) => `@stranger${index}:x`);
    for (const sender of strangers) guard.accept(key({ sender }));
    guard.accept(key({ sender: '@b:x', device: 'LATE' }));
    for (const userId of strangers) {
      joined.add(userId);
      devices.add(`${userId} DEV`);
    }
    devices.add('@b:x LATE');
    const senders: string[] = [];
    guard.reconsider(({ sender }) => senders.push(sender));
    expect(senders).toHaveLength(65);
    expect(senders.at(-1)).toBe('@b:x');
    for (const userId of strangers) {
      joined.delete(userId);
      devices.delete(`${userId} DEV`);
    }
    devices.delete('@b:x LATE');
  });

  test('of one who is just joining are not crowded out by another server or by a busier stranger', () => {
    const guard = createKeyGuard(context, () => 0);
    const joining = ['@early:home', '@late:home'];
    const crowd = (from: string): void => {
      for (let index = 0; index < 100; index++) guard.accept(key({ sender: `@${from}${index}:crowd` }));
    };
    guard.accept(key({ sender: '@early:home' }));
    crowd('a');
    for (let index = 0; index < 8; index++) guard.accept(key({ sender: '@busy:home', device: `D${index}` }));
    guard.accept(key({ sender: '@late:home' }));
    crowd('b');
    for (const userId of joining) {
      joined.add(userId);
      devices.add(`${userId} DEV`);
    }
    const senders: string[] = [];
    guard.reconsider(({ sender }) => senders.push(sender));
    expect(senders).toEqual(joining);
    for (const userId of joining) {
      joined.delete(userId);
      devices.delete(`${userId} DEV`);
    }
  });

  test('one sender cannot fill the memory', () => {
    const guard = createKeyGuard(context, () => 0);
    for (let index = 0; index < 100; index++) guard.accept(key({ sender: '@b:x', device: `D${index}` }));
    for (let index = 0; index < 100; index++) devices.add(`@b:x D${index}`);
    let count = 0;
    guard.reconsider(() => count++);
    expect(count).toBe(8);
    for (let index = 0; index < 100; index++) devices.delete(`@b:x D${index}`);
  });
});
