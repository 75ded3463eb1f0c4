import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, MEDIA_KEYS_EVENT, RTC_MEMBER_EVENT } from '@palabre/protocol';
import { createRoomState } from '../host/room-state.ts';
import type { Host, ToDeviceMessage } from '../host/index.ts';
import { createMembership, type Membership } from './membership.ts';
import { plainSeat, type Seat } from './seat.ts';

const roomId = '!r:x';
const me = { userId: '@me:x', deviceId: 'D' };
const transport = { type: 'livekit', livekit_service_url: 'https://sfu/jwt' } as const;
/** The clock of the machine: identities are hashed on a thread of their own, which no fake timer moves on. */
const { setTimeout: later } = globalThis;
const until = async (what: () => boolean): Promise<void> => {
  for (let attempt = 0; attempt < 200 && !what(); attempt++) {
    await new Promise((resolve) => later(resolve, 1));
    await jest.advanceTimersByTimeAsync(10);
  }
  expect(what()).toBe(true);
};

/** A room whose messenger takes everything and echoes nothing. */
const open = () => {
  const room = createRoomState(roomId, '@me:x');
  const listeners: ((message: ToDeviceMessage) => void)[] = [];
  const sent: string[] = [];
  /** Sticky events as they were sent. */
  const sticky: { readonly type: string; readonly content: object }[] = [];
  const announced: string[] = [];
  let counter = 0;
  const host = {
    parameters: {
      ...me,
      roomId,
      encrypted: true,
      direct: false,
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
      sendStateEvent: (_type: string, key: string, content: object, _roomId: string, delay?: number) => {
        if (delay === undefined && 'device_id' in content) announced.push(key);
        return Promise.resolve({ event_id: `$${String(++counter)}`, delay_id: 'd' });
      },
      sendRoomEvent: (type: string, content: object, _roomId: string, delay?: number) => {
        if (delay === undefined) sticky.push({ type, content });
        return Promise.resolve({ event_id: `$${String(++counter)}`, delay_id: 'd' });
      },
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
    sticky,
    /** A page of `userId` announces itself by a sticky event. */
    announces: (userId: string, memberId: string, content: object) =>
      room.apply({
        type: RTC_MEMBER_EVENT,
        sender: userId,
        content: { ...content, msc4354_sticky_key: memberId },
        event_id: `$${String(++counter)}`,
        origin_server_ts: Date.now(),
        msc4354_sticky: { duration_ms: 3_600_000 },
      }),
    announced,
    overwrites: (sender: string, stateKey: string) => event(CALL_MEMBER_EVENT, sender, stateKey, {}),
    joinsRoom: (userId: string) => event('m.room.member', userId, userId, { membership: 'join' }),
    joinsCall: (userId: string, deviceId = 'E') =>
      event(CALL_MEMBER_EVENT, userId, `_${userId}_${deviceId}_m.call`, {
        application: 'm.call',
        call_id: '',
        scope: 'm.room',
        device_id: deviceId,
        membershipID: `${userId}:${deviceId}`,
        expires: 14_400_000,
        focus_active: { type: 'livekit', focus_selection: 'multi_sfu' },
        foci_preferred: [transport],
      }),
    receives: (sender: string, deviceId = 'E') => {
      for (const listener of listeners)
        listener({
          type: MEDIA_KEYS_EVENT,
          sender,
          encrypted: true,
          content: {
            keys: { index: 5, key: 'AAAAAAAAAAAAAAAAAAAAAA' },
            member: { claimed_device_id: deviceId, id: `${sender}:${deviceId}` },
            room_id: roomId,
            session: { application: 'm.call', call_id: '', scope: 'm.room' },
            sent_ts: Date.now(),
          },
        });
    },
  };
};

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

test('a membership that others write over is announced again, if it is ours, and kept, if it is not', async () => {
  const call = open();
  ({ membership } = call);
  for (const user of ['@me:x', '@b:x', '@mallory:y']) call.joinsRoom(user);
  call.joinsCall('@b:x');
  call.membership.join(transport, plainSeat(me));
  await until(() => call.announced.length === 1);
  call.joinsCall('@me:x', 'D');
  await until(() => call.membership.own() !== undefined);
  expect(call.overwrites('@mallory:y', '_@b:x_E_m.call')).toBe(false);
  expect(call.overwrites('@mallory:y', '_@me:x_D_m.call')).toBe(false);
  await until(() => call.announced.length === 2);
  expect(call.announced).toEqual(['_@me:x_D_m.call', '_@me:x_D_m.call']);
  expect(call.membership.members().map(({ userId }) => userId)).toEqual(['@b:x', '@me:x']);
});

describe('media keys', () => {
  test('ours is made and sent when we join, not when the room has told us that we did', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@me:x');
    call.joinsRoom('@b:x');
    call.joinsCall('@b:x');
    await until(() => call.membership.members().length === 1);
    call.membership.join(transport, plainSeat(me));
    await until(() => call.keys.includes('@me:x:D 0') && call.sent.includes('@b:x'));
    expect(call.membership.own()).toBeUndefined();
  });

  test('one that comes before its sender is seen in the room and in the call is used then', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@me:x');
    call.membership.join(transport, plainSeat(me));
    await until(() => call.keys.length === 1);
    call.receives('@c:x');
    call.joinsCall('@c:x');
    await jest.advanceTimersByTimeAsync(100);
    expect(call.keys).toHaveLength(1);
    call.joinsRoom('@c:x');
    await until(() => call.keys.includes('@c:x:E 5'));
  });

  test('a device whose name would be that of somebody else is nobody, and brings no key', async () => {
    const call = open();
    ({ membership } = call);
    for (const user of ['@me:x', '@a:x', '@a:x:8448']) call.joinsRoom(user);
    call.membership.join(transport, plainSeat(me));
    await until(() => call.keys.length === 1);
    call.joinsCall('@a:x', '8448:E');
    for (const device of ['E|F', 'E\nF', 'É', 'E'.repeat(300)]) call.joinsCall('@a:x', device);
    call.joinsCall('@a:x:8448');
    await until(() => call.membership.members().length === 1);
    expect(call.membership.members()).toMatchObject([{ userId: '@a:x:8448', identity: '@a:x:8448:E' }]);
    call.receives('@a:x', '8448:E');
    await jest.advanceTimersByTimeAsync(100);
    expect(call.keys).toHaveLength(1);
    call.receives('@a:x:8448');
    await until(() => call.keys.includes('@a:x:8448:E 5'));
  });
});

describe('sticky memberships', () => {
  const seat: Seat = { announcing: 'sticky', memberId: 'm2', identity: 'hash' };

  test('are what is sent, by who takes such a seat', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@me:x');
    call.membership.join(transport, seat);
    await until(() => call.sticky.length === 1);
    expect(call.sticky).toMatchObject([
      { type: RTC_MEMBER_EVENT, content: { member: { id: 'm2', user_id: '@me:x', device_id: 'D' } } },
    ]);
  });

  test('of one device the newest counts; sent anew, it is as old as before', async () => {
    const call = open();
    ({ membership } = call);
    call.joinsRoom('@b:x');
    const content = (id: string) => ({
      slot_id: 'm.call#ROOM',
      application: { type: 'm.call', 'm.call.intent': 'video' },
      member: { id, user_id: '@b:x', device_id: 'E' },
      transports: { published: [transport], can_subscribe: ['livekit'] },
      versions: [],
    });
    call.announces('@b:x', 'dead', content('dead'));
    await until(() => call.membership.members().length === 1);
    const [dead] = call.membership.members();
    await jest.advanceTimersByTimeAsync(1_000);
    call.announces('@b:x', 'alive', content('alive'));
    await until(() => call.membership.members()[0]?.identity !== dead?.identity);
    const [alive] = call.membership.members();
    expect(call.membership.members()).toHaveLength(1);

    await jest.advanceTimersByTimeAsync(1_000);
    call.announces('@b:x', 'alive', { ...content('alive'), 'm.relation': { event_id: alive?.eventId } });
    await until(() => call.membership.members()[0]?.eventId !== alive?.eventId);
    expect(call.membership.members()).toMatchObject([{ identity: alive?.identity, joinedMs: alive?.joinedMs }]);
  });
});
