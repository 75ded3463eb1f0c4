import { describe, expect, jest, test } from '@jest/globals';
import type { DeviceTrustAnswer } from '@palabre/protocol';
import type { MatrixClient } from 'matrix-js-sdk';
import { createDeviceTrust } from './device-trust.ts';
import { createSignedByOwner } from './signed-devices.ts';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A client whose store knows the devices of `signed`, and after a fetch those of `later` too. */
function open(options: {
  readonly signed: readonly string[];
  readonly later?: readonly string[];
  /** What becomes of a fetch of somebody's keys. */
  readonly fetching?: (userId: string | undefined) => Promise<void>;
}) {
  const signed = new Set(options.signed);
  let listener: (userIds: string[]) => void = () => undefined;
  const fetched: string[][] = [];
  const client = {
    getRoom: () => ({ getMember: (userId: string) => (userId === '@gone:x' ? null : { membership: 'join' }) }),
    getCrypto: () => ({
      getDeviceVerificationStatus: (_userId: string, deviceId: string) =>
        Promise.resolve({ signedByOwner: signed.has(deviceId) }),
      getUserDeviceInfo: (userIds: string[]) => {
        fetched.push(userIds);
        for (const deviceId of options.later ?? []) signed.add(deviceId);
        listener(userIds);
        return options.fetching?.(userIds[0]) ?? Promise.resolve();
      },
    }),
    on: (_name: string, added: typeof listener) => (listener = added),
    off: () => (listener = () => undefined),
  } as unknown as MatrixClient;
  const tell = jest.fn<(answer: DeviceTrustAnswer) => Promise<void>>(() => Promise.resolve());
  const trust = createDeviceTrust({ client, roomId: '!r:x', signedByOwner: createSignedByOwner(client), tell });
  const devices = (...names: string[]) => ({
    devices: names.map((name) => ({ user_id: `@${name}:x`, device_id: name })),
  });
  return { trust, tell, fetched, signed, devices, news: (...userIds: string[]) => listener(userIds) };
}

describe('trust in the devices of a call', () => {
  test('of people in the room, who are looked up when they are not known as signed', async () => {
    const { trust, devices, fetched } = open({ signed: ['a'], later: ['b'] });
    expect(await trust.answer(devices('a', 'b', 'c', 'gone'))).toEqual({
      devices: [
        { user_id: '@a:x', device_id: 'a', signed: true },
        { user_id: '@b:x', device_id: 'b', signed: true },
        { user_id: '@c:x', device_id: 'c', signed: true },
      ].map((device) => ({ ...device, signed: device.device_id !== 'c' })),
    });
    expect(fetched).toEqual([['@b:x'], ['@c:x']]);
  });

  test('is told again when it changes, and only then, without a fetch', async () => {
    const { trust, tell, devices, signed, news, fetched } = open({ signed: ['a'] });
    await trust.answer(devices('a', 'b'));
    const before = fetched.length;
    news('@b:x');
    await settle();
    signed.add('b');
    news('@stranger:x');
    await settle();
    expect(tell).not.toHaveBeenCalled();
    news('@b:x');
    await settle();
    expect(tell.mock.calls.map(([answer]) => answer.devices.map((device) => device.signed))).toEqual([[true, true]]);
    expect(fetched).toHaveLength(before);
    trust.close();
    signed.delete('a');
    news('@a:x');
    await settle();
    expect(tell).toHaveBeenCalledTimes(1);
  });

  test('one homeserver that hangs, or fails, holds up no answer about the others', async () => {
    jest.useFakeTimers();
    const { trust, devices } = open({
      signed: ['a'],
      fetching: (userId) => (userId === '@b:x' ? new Promise(() => undefined) : Promise.reject(new Error('502'))),
    });
    const answer = trust.answer(devices('a', 'b', 'c'));
    await jest.advanceTimersByTimeAsync(5_000);
    expect((await answer).devices.map(({ signed }) => signed)).toEqual([true, false, false]);
    jest.useRealTimers();
  });

  test('what is no question is refused', async () => {
    const { trust } = open({ signed: [] });
    await expect(trust.answer({ devices: 'all' })).rejects.toThrow();
  });
});
