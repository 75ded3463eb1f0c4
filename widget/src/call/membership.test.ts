import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, MEDIA_KEYS_EVENT } from '@palabre/protocol';
import { createRoomState } from '../host/room-state.ts';
import type { Host, ToDeviceMessage } from '../host/index.ts';
import { createMembership, type Membership } from './membership.ts';

const roomId = '!r:x';
const transport = { type: 'livekit', livekit_service_url: 'https://sfu/jwt' } as const;
const until = async (what: () => boolean): Promise<void> => {
  for (let attempt = 0; attempt < 200 && !what(); attempt++) await jest.advanceTimersByTimeAsync(10);
  expect(what()).toBe(true);
};

/** A room whose messenger takes everything and echoes nothing. */
const open = () => {
  const room = createRoomState(roomId);
  const listeners: ((message: ToDeviceMessage) => void)[] = [];
  const sent: string[] = [];
  let counter = 0;
  const host = {
    parameters: {
      userId: '@me:x',
      deviceId: 'D',
      roomId,
      encrypted: true,
      voiceOnly: false,
      notification: 'none',
    },
    room,
    has: () => true,
    onToDevice: (listener: (message: ToDeviceMessage) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
    api: {
      sendStateEvent: () => Promise.resolve({ event_id: `$${String(++counter)}`, delay_id: 'd' }),
      restartScheduledDelayedEvent: () => Promise.resolve({}),
      sendScheduledDelayedEvent: () => Promise.resolve({}),
      cancelScheduledDelayedEvent: () => Promise.resolve({}),
      sendToDevice: (_type: string, _encrypted: boolean, messages: object) => {
        sent.push(...Object.keys(messages));
        return Promise.resolve({});
      },
    },
  } as unknown as Host;
  const keys: string[] = [];
  const membership = createMembership(host, {
    onMembers: () => undefined,
    onKey: (identity, index) => keys.push(`${identity} ${String(index)}`),
    onError: () => undefined,
    onProbablyLeft: () => undefined,
  });
  const event = (type: string, sender: string, stateKey: string, content: object): boolean =>
    room.apply({
      type,
      sender,
      state_key: stateKey,
      content,
      event_id: `$${String(++counter)}`,
      origin_server_ts: Date.now(),
    });
  return {
    membership,
    keys,
    sent,
    joinsRoom: (userId: string) => event('m.room.member', userId, userId, { membership: 'join' }),
    joinsCall: (userId: string) =>
      event(CALL_MEMBER_EVENT, userId, `_${userId}_E_m.call`, {
        application: 'm.call',
        call_id: '',
        scope: 'm.room',
        device_id: 'E',
        membershipID: `${userId}:E`,
        expires: 14_400_000,
        focus_active: { type: 'livekit', focus_selection: 'multi_sfu' },
        foci_preferred: [transport],
      }),
    receives: (sender: string) => {
      for (const listener of listeners)
        listener({
          type: MEDIA_KEYS_EVENT,
          sender,
          encrypted: true,
          content: {
            keys: { index: 5, key: 'AAAAAAAAAAAAAAAAAAAAAA' },
            member: { claimed_device_id: 'E', id: `${sender}:E` },
            room_id: roomId,
            session: { application: 'm.call', call_id: '', scope: 'm.room' },
            sent_ts: Date.now(),
          },
        });
    },
  };
};

describe('media keys', () => {
  let membership: Membership | undefined;
  beforeEach(() => {
    jest.useFakeTimers();
    // The SDK tells the console all it does.
    for (const level of ['debug', 'info', 'warn', 'error'] as const)
      jest.spyOn(console, level).mockImplementation(() => undefined);
  });
  afterEach(async () => {
    const leaving = membership?.leave(10);
    await jest.advanceTimersByTimeAsync(10);
    await leaving;
    await membership?.close();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  test('ours is made and sent when we join, not when the room has told us that we did', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@me:x');
    call.joinsRoom('@b:x');
    call.joinsCall('@b:x');
    await until(() => call.membership.members().length === 1);
    call.membership.join(transport);
    await until(() => call.keys.includes('@me:x:D 0') && call.sent.includes('@b:x'));
    expect(call.membership.own()).toBeUndefined();
  });

  test('one that comes before its sender is seen in the room and in the call is used then', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@me:x');
    call.membership.join(transport);
    await until(() => call.keys.length === 1);
    call.receives('@c:x');
    call.joinsCall('@c:x');
    await jest.advanceTimersByTimeAsync(100);
    expect(call.keys).toHaveLength(1);
    call.joinsRoom('@c:x');
    await until(() => call.keys.includes('@c:x:E 5'));
  });
});
