import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WidgetApiResponseError } from 'matrix-widget-api';
import { DEVICE_TRUST_FAILURE, type DeviceTrustAnswer } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { createDeviceTrust, type Device } from './device-trust.ts';
import { KEYS_FIRST_MS } from './keys-first.ts';

const A: Device = { userId: '@a:x', deviceId: 'A' };
const B: Device = { userId: '@b:x', deviceId: 'B' };
const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(KEYS_FIRST_MS);

/** A messenger in which the devices of `unsigned` are not confirmed, or which fails with `error`, `failures` times. */
function open(options: { unsigned?: readonly string[]; error?: Error; failures?: number; encrypted?: boolean } = {}) {
  const asked: string[][] = [];
  let tell: (answer: DeviceTrustAnswer) => void = () => undefined;
  const host: Pick<Host, 'deviceTrust' | 'onDeviceTrust' | 'parameters'> = {
    parameters: { encrypted: options.encrypted ?? true } as Host['parameters'],
    deviceTrust: ({ devices }) => {
      asked.push(devices.map(({ device_id }) => device_id));
      if (options.error !== undefined && asked.length <= (options.failures ?? Infinity))
        return Promise.reject(options.error);
      const signed = (deviceId: string): boolean => options.unsigned?.includes(deviceId) !== true;
      return Promise.resolve({ devices: devices.map((device) => ({ ...device, signed: signed(device.device_id) })) });
    },
    onDeviceTrust: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const onChange = jest.fn();
  const trust = createDeviceTrust(host, onChange);
  return { trust, asked, onChange, tell: (answer: DeviceTrustAnswer) => tell(answer) };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('trust in devices', () => {
  test('is asked once for the same devices, and again for others', async () => {
    const { trust, asked, onChange } = open({ unsigned: ['B'] });
    expect(trust.of(A)).toBe('unknown');
    trust.follow([A]);
    trust.follow([A]);
    await settle();
    trust.follow([A]);
    await settle();
    expect([asked, trust.of(A)]).toEqual([[['A']], 'signed']);
    trust.follow([A, B]);
    await settle();
    expect([asked.length, trust.of(A), trust.of(B), onChange.mock.calls.length]).toEqual([2, 'signed', 'unsigned', 2]);
  });

  test('keys go first; who comes meanwhile is in the same question, who comes later in the next', async () => {
    const { trust, asked } = open();
    trust.follow([A]);
    await jest.advanceTimersByTimeAsync(KEYS_FIRST_MS - 1);
    trust.follow([A, B]);
    expect(asked).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect([asked, trust.of(B)]).toEqual([[['A', 'B']], 'signed']);
    trust.follow([B]);
    await settle();
    expect(asked).toEqual([['A', 'B'], ['B']]);
  });

  test('nothing is asked after the end', async () => {
    const { trust, asked } = open();
    trust.follow([A]);
    trust.close();
    await settle();
    expect(asked).toEqual([]);
  });

  test('a messenger that does not know the question is asked once and says nothing', async () => {
    const { trust, asked } = open({ error: new WidgetApiResponseError('Unknown or unsupported action', {}) });
    for (const devices of [[A], [A, B]]) {
      trust.follow(devices);
      await settle();
    }
    expect([asked.length, trust.of(A)]).toEqual([1, 'unknown']);
  });

  test.each([
    ['is slow', new Error('Request timed out')],
    ['failed', new WidgetApiResponseError(DEVICE_TRUST_FAILURE, {})],
  ])('one that %s is asked again at the next change, and without one after growing pauses', async (_how, error) => {
    const { trust, asked } = open({ unsigned: ['B'], error, failures: 4 });
    /** How often it was asked by then, whatever else changes in the call. */
    const askedAfter = async (ms: number, ...devices: Device[]): Promise<number> => {
      trust.follow(devices);
      await jest.advanceTimersByTimeAsync(ms);
      return asked.length;
    };
    const soon = KEYS_FIRST_MS;
    expect([await askedAfter(soon, A), await askedAfter(soon, A), await askedAfter(soon, A, B)]).toEqual([1, 1, 2]);
    expect([await askedAfter(9_999, A, B), await askedAfter(1, A, B)]).toEqual([2, 3]);
    expect([await askedAfter(20_000, A, B), await askedAfter(40_000, A, B), trust.of(B)]).toEqual([4, 5, 'unsigned']);
    expect(await askedAfter(3_600_000, A, B)).toBe(5);
  });

  test('devices that a homeserver heaps on a user are not confirmed, and keep nobody else from being asked about', async () => {
    const { trust, asked } = open({ unsigned: ['B'] });
    const heap = Array.from({ length: 2_000 }, (_, n): Device => ({ userId: '@a:x', deviceId: `A${n}` }));
    trust.follow([...heap, B]);
    await settle();
    expect(asked.map((devices) => devices.length)).toEqual([11]);
    expect([trust.of({ userId: '@a:x', deviceId: 'A0' }), trust.of(B)]).toEqual(['signed', 'unsigned']);
    expect(trust.of({ userId: '@a:x', deviceId: 'A1999' })).toBe('unsigned');
  });

  test('changes that the messenger tells count, and calls without encryption ask for nothing', async () => {
    const { trust, tell, onChange } = open();
    trust.follow([A]);
    await settle();
    tell({ devices: [{ user_id: '@a:x', device_id: 'A', signed: false }] });
    expect([trust.of(A), onChange.mock.calls.length]).toEqual(['unsigned', 2]);
    const plain = open({ encrypted: false });
    plain.trust.follow([A]);
    await settle();
    expect(plain.asked).toEqual([]);
  });
});
