import { describe, expect, test } from '@jest/globals';
import { MEDIA_KEYS_EVENT } from '@palabre/protocol';
import { deliveriesOf, mayFeedToDevice } from './media-keys.ts';

const alice = '@alice:home.example';
const signed =
  (...devices: string[]) =>
  (_userId: string, deviceId: string) =>
    Promise.resolve(devices.includes(deviceId));
const keys = (device: string) => ({
  type: MEDIA_KEYS_EVENT,
  sender: alice,
  content: { keys: { index: 0, key: 'a2V5' }, member: { id: 'm', claimed_device_id: device } },
});

describe('mayFeedToDevice', () => {
  test('passes keys from the device that they claim, signed by its owner', async () => {
    expect(await mayFeedToDevice(keys('A'), { sender: alice, senderDevice: 'A' }, signed('A'))).toBe(true);
  });

  test.each([
    ['plaintext', null],
    ['another sender than the one who encrypted', { sender: '@mallory:home.example', senderDevice: 'A' }],
    ['an unknown device', { sender: alice }],
    ['another device than claimed', { sender: alice, senderDevice: 'B' }],
  ])('drops keys: %s', async (_why, origin) => {
    expect(await mayFeedToDevice(keys('A'), origin, signed('A', 'B'))).toBe(false);
  });

  test('drops keys from a device that its owner did not sign', async () => {
    expect(await mayFeedToDevice(keys('A'), { sender: alice, senderDevice: 'A' }, signed())).toBe(false);
  });

  test('drops keys that claim no device', async () => {
    const message = { type: MEDIA_KEYS_EVENT, sender: alice, content: { keys: {} } };
    expect(await mayFeedToDevice(message, { sender: alice, senderDevice: 'A' }, signed('A'))).toBe(false);
  });

  test('other messages only need to be encrypted by their sender', async () => {
    const message = { type: 'm.call.invite', sender: alice, content: {} };
    expect(await mayFeedToDevice(message, { sender: alice, senderDevice: 'A' }, signed())).toBe(true);
    expect(await mayFeedToDevice(message, null, signed())).toBe(false);
  });
});

describe('deliveriesOf', () => {
  test('joins devices that get the same content', async () => {
    const content = { keys: { index: 1, key: 'k' } };
    const map = { [alice]: { A: content, B: { ...content } }, '@bob:home.example': { C: { keys: {} } } };
    expect(await deliveriesOf(MEDIA_KEYS_EVENT, map, signed('A', 'B', 'C'))).toEqual([
      {
        payload: content,
        devices: [
          { userId: alice, deviceId: 'A' },
          { userId: alice, deviceId: 'B' },
        ],
      },
      { payload: { keys: {} }, devices: [{ userId: '@bob:home.example', deviceId: 'C' }] },
    ]);
  });

  test('media keys never go to a device that its owner did not sign', async () => {
    expect(await deliveriesOf(MEDIA_KEYS_EVENT, { [alice]: { A: { k: 1 }, HIDDEN: { k: 1 } } }, signed('A'))).toEqual([
      { payload: { k: 1 }, devices: [{ userId: alice, deviceId: 'A' }] },
    ]);
  });
});
