import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { KEY_WANTED_FIELD, MEDIA_KEYS_EVENT } from '@palabre/protocol';
import type { ToDeviceMessage } from '../host/index.ts';
import type { Device } from './device-trust.ts';
import { createKeyRepair, type KeyRepair } from './key-repair.ts';

const BOB: Device = { userId: '@b:x', deviceId: 'B' };
const CAROL: Device = { userId: '@c:x', deviceId: 'C' };
const KEY = { keys: { index: 1, key: 'AAAA' }, member: { claimed_device_id: 'A', id: 'm' }, room_id: '!r:x' };

interface Sent {
  readonly to: string[];
  readonly wants: boolean;
  readonly index: unknown;
}

/** A repair that writes down what it sends; `gone` are no longer in the call. */
function open(): { repair: KeyRepair; sent: Sent[]; gone: Set<string> } {
  const sent: Sent[] = [];
  const gone = new Set<string>();
  const repair = createKeyRepair({
    send: (devices, content) => {
      const { keys, [KEY_WANTED_FIELD]: wants } = content as typeof KEY & Record<string, unknown>;
      sent.push({ to: devices.map(({ userId }) => userId), wants: wants === true, index: keys.index });
      return Promise.reject(new Error('the way is blocked, which ends nothing'));
    },
    isMember: ({ userId }) => !gone.has(userId),
  });
  return { repair, sent, gone };
}
const asks = ({ userId, deviceId }: Device, wants: unknown = true): ToDeviceMessage => ({
  type: MEDIA_KEYS_EVENT,
  sender: userId,
  encrypted: true,
  content: { ...KEY, member: { claimed_device_id: deviceId, id: 'm' }, [KEY_WANTED_FIELD]: wants },
});
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('lost media keys', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('are asked for with our own key, and again in growing intervals, until the media is seen', async () => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    repair.missing([BOB]);
    expect(sent).toEqual([{ to: ['@b:x'], wants: true, index: 1 }]);
    await pass(4_900);
    expect(sent).toHaveLength(1);
    await pass(200);
    expect(sent).toHaveLength(2);
    await pass(600_000);
    // 5, 15, 35, 75, 135, … s
    expect(sent.length).toBeGreaterThan(8);
    expect(sent.length).toBeLessThan(16);
    const before = sent.length;
    repair.missing([]);
    await pass(600_000);
    expect(sent).toHaveLength(before);
  });

  test('of media that goes dark and light all the time are not asked for more often', async () => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    for (let second = 0; second < 60; second++) {
      repair.missing([BOB]);
      await pass(500);
      repair.missing([]);
      await pass(500);
    }
    expect(sent.length).toBeLessThan(6);
  });

  test('are sent again to who asks, the newest one, and the answer asks for nothing', async () => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    repair.ownKey({ ...KEY, keys: { index: 2, key: 'BBBB' } });
    repair.received(asks(BOB));
    await pass(10);
    expect(sent).toEqual([{ to: ['@b:x'], wants: false, index: 2 }]);
  });

  test.each([
    ['an ordinary key', { ...asks(BOB), content: KEY }],
    ['a wish that is none', asks(BOB, 'yes')],
  ])('are not sent for %s', async (_what, message) => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    repair.received(message);
    await pass(10_000);
    expect(sent).toEqual([]);
  });

  test('are sent to nobody who has left since they asked', async () => {
    const { repair, sent, gone } = open();
    repair.ownKey(KEY);
    repair.received(asks(CAROL));
    await pass(10);
    repair.received(asks(BOB));
    gone.add('@b:x');
    await pass(10_000);
    repair.missing([BOB]);
    await pass(10_000);
    expect(sent.map(({ to }) => to)).toEqual([['@c:x']]);
  });

  test('cost one message a second at most, and one for each device in four, whoever asks how often', async () => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    for (let tenth = 0; tenth < 100; tenth++) {
      for (let count = 0; count < 20; count++) repair.received(asks({ userId: `@${String(count)}:x`, deviceId: 'D' }));
      await pass(100);
    }
    expect(sent.length).toBeLessThanOrEqual(11);
    const toFirst = sent.filter(({ to }) => to.includes('@0:x')).length;
    expect([toFirst >= 2, toFirst <= 3]).toEqual([true, true]);
  });

  test('are nobody’s business after leaving', async () => {
    const { repair, sent } = open();
    repair.ownKey(KEY);
    repair.missing([BOB]);
    repair.received(asks(CAROL));
    repair.reset();
    await pass(60_000);
    expect(sent).toHaveLength(1);
  });
});
