import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WidgetApiResponseError } from 'matrix-widget-api';
import type { Host } from '../host/index.ts';
import { createRoomState } from '../host/room-state.ts';
import { createSessionClient, createSessionRoom } from './session-client.ts';

/** A messenger that fails to send to-device messages as often as it is told to. */
const open = (failures: number, error: Error) => {
  let attempts = 0;
  const host = {
    parameters: { userId: '@a:x', deviceId: 'D', roomId: '!r:x' },
    onToDevice: () => () => undefined,
    api: {
      sendToDevice: () => (++attempts <= failures ? Promise.reject(error) : Promise.resolve({})),
    },
  } as unknown as Host;
  const { client } = createSessionClient(host, {
    accept: () => true,
    onDelivered: () => undefined,
    onOwnKey: () => undefined,
  });
  const sending = client.encryptAndSendToDevice('t', [{ userId: '@b:x', deviceId: 'E' }], {}).then(
    () => 'sent',
    () => 'failed',
  );
  return { sending, attempts: () => attempts };
};

describe('media keys on their way out', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('are sent until they arrive, because the session does not', async () => {
    const { sending, attempts } = open(3, new Error('Request timed out'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect([await sending, attempts()]).toEqual(['sent', 4]);
  });

  test('wait as long as the homeserver demands', async () => {
    const tooMany = new WidgetApiResponseError('Error sending event', {
      matrix_api_error: {
        http_status: 429,
        http_headers: {},
        url: '',
        response: { errcode: 'M_LIMIT_EXCEEDED', error: '', retry_after_ms: 20_000 },
      },
    });
    const { sending, attempts } = open(1, tooMany);
    await jest.advanceTimersByTimeAsync(19_000);
    expect(attempts()).toBe(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await sending).toBe('sent');
  });

  test('are given up at some time', async () => {
    const { sending, attempts } = open(Infinity, new Error('no'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect([await sending, attempts()]).toEqual(['failed', 5]);
  });
});

test('a sticky event takes the place of its own sender only', () => {
  const room = createRoomState('!r:x');
  const key = '_@a:x_D_m.call';
  const event = (type: string, sender: string, more: object) => ({
    type,
    sender,
    room_id: '!r:x',
    event_id: `$${sender}${type}`,
    origin_server_ts: 1_000,
    content: { msc4354_sticky_key: key },
    ...more,
  });
  room.apply(event('org.matrix.msc3401.call.member', '@a:x', { state_key: key, content: { device_id: 'D' } }));
  for (const sender of ['@a:x', '@evil:x'])
    room.apply(event('org.matrix.msc4143.rtc.member', sender, { msc4354_sticky: { duration_ms: 60_000 } }));
  const seen = [...createSessionRoom(room, () => 2_000)._unstable_getStickyEvents()];
  expect(seen.map((sticky) => sticky.getSender())).toEqual(['@a:x']);
});
