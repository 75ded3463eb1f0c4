/** @jest-environment jsdom */
import { describe, expect, jest, test } from '@jest/globals';
import type { TransportPolicy } from '@palabre/protocol';
import { WidgetApiResponseError } from 'matrix-widget-api';
import type { Host, LivekitTransport } from '../host/index.ts';
import type { Doors } from './doors.ts';
import type { MeetingState } from './meeting.ts';
import type { MembershipEvents } from './membership.ts';
import { plainSeat } from './seat.ts';
import type { SfusEvents } from './sfus.ts';
import { CallProblem } from './problem.ts';
import type { CallState } from './state.ts';
import type { SfuToken } from './tokens.ts';

let memberships: MembershipEvents[] = [];
let sfus: SfusEvents[] = [];
/** How often somebody announced themselves in the room. */
let announced = 0;
/** The keys that each join's connections got, by identity. */
let keyrings: Map<string, number>[] = [];

jest.unstable_mockModule('livekit-client', () => ({
  isE2EESupported: () => true,
  LogLevel: { silent: 5 },
  setLogLevel: () => undefined,
}));
jest.unstable_mockModule('./keys.ts', () => ({
  MediaKeys: class {
    readonly ring = new Map<string, number>();
    constructor() {
      keyrings.push(this.ring);
    }
    set(identity: string, index: number): Promise<void> {
      this.ring.set(identity, index);
      return Promise.resolve();
    }
  },
}));
jest.unstable_mockModule('./local-media.ts', () => {
  const off = { wanted: false, phase: 'off', trouble: undefined };
  return {
    createLocalMedia: () => ({
      state: () => ({ microphone: off, camera: off }),
      camera: () => undefined,
      publishTo: () => Promise.resolve(),
      suspend: () => undefined,
    }),
  };
});
jest.unstable_mockModule('./membership.ts', () => ({
  createMembership: (_host: Host, events: MembershipEvents) => {
    memberships.push(events);
    return {
      members: () => [],
      own: () => undefined,
      join: () => announced++,
      missingKeysOf: () => undefined,
      leave: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
    };
  },
}));
jest.unstable_mockModule('./sfus.ts', () => ({
  createSfus: (_tokens: unknown, _encryption: unknown, events: SfusEvents) => {
    sfus.push(events);
    return {
      connect: () => undefined,
      follow: () => undefined,
      gather: () => ({ people: [], heard: new Map() }),
      own: () => undefined,
      rooms: () => [],
      close: () => Promise.resolve(),
    };
  },
}));
const { createCall } = await import('./call.ts');

const transport: LivekitTransport = { type: 'livekit', livekit_service_url: 'https://sfu/livekit/jwt' };
type Transports = readonly [LivekitTransport, ...LivekitTransport[]];
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

async function open(
  options: {
    roomReady?: Promise<void>;
    transports?: Promise<Transports>;
    returnToLobby?: boolean;
    skipLobby?: boolean;
    policy?: TransportPolicy;
    firstToken?: Promise<void>;
    token?: (signal: AbortSignal | undefined) => Promise<SfuToken>;
  } = {},
) {
  memberships = [];
  sfus = [];
  announced = 0;
  keyrings = [];
  const told: string[] = [];
  const host = {
    parameters: { userId: '@a:x', deviceId: 'D', roomId: '!r:x', encrypted: true, returnToLobby: false, ...options },
    room: { onChange: () => () => undefined, name: () => 'Room', isJoined: () => true, member: () => undefined },
    timeline: { onEvent: () => () => undefined, reactionsTo: () => Promise.resolve([]) },
    maySend: () => true,
    onDeviceTrust: () => () => undefined,
    roomReady: options.roomReady ?? Promise.resolve(),
    tellJoined: () => told.push('joined'),
    tellLeft: (close: boolean) => {
      told.push(close ? 'left, close' : 'left');
      return Promise.resolve();
    },
    reopen: () => told.push('reopen'),
  } as unknown as Host;
  const transports = options.transports ?? Promise.resolve<Transports>([transport]);
  const doors: Doors = {
    tokens: {
      get: (_transport, asking) =>
        options.token?.(asking?.signal) ?? Promise.reject(new CallProblem('service_unreachable', { transient: true })),
      onSession: () => undefined,
    },
    transports: () => transports,
    seat: () => Promise.resolve(plainSeat({ userId: '@a:x', deviceId: 'D' })),
    policy: () => Promise.resolve(options.policy ?? { own: [transport.livekit_service_url] }),
    bots: () => Promise.resolve(undefined),
    firstToken: () => options.firstToken ?? Promise.resolve(),
    again: () => told.push('again'),
  };
  let state: CallState | undefined;
  let meeting: MeetingState | undefined;
  const call = createCall({
    host,
    doors,
    observer: {
      onState: (next) => (state = next),
      onPeople: () => undefined,
      onLocal: () => undefined,
      onMeeting: (next) => (meeting = next),
      onReactions: () => undefined,
      onCaptions: () => undefined,
      onConsent: () => undefined,
    },
    soundContainer: document.createElement('div'),
    createEncryptionWorker: () => {
      throw new Error('not here');
    },
  });
  await settle();
  return { call, told, state: () => state, meeting: () => meeting };
}

describe('a call', () => {
  test('that the room refuses is told from one that the network refuses', async () => {
    const refused = await open();
    await refused.call.join();
    memberships[0]?.onError(
      new Error('stopped', { cause: new WidgetApiResponseError('Cannot send state events of this type', {}) }),
    );
    expect(refused.state()).toMatchObject({ phase: 'ended', problem: 'membership_refused' });
    const cut = await open();
    await cut.call.join();
    memberships[0]?.onError(new Error('Reached maximum (10) retries'));
    expect(cut.state()).toMatchObject({ phase: 'ended', problem: 'homeserver_unreachable' });
  });

  test('whose messenger is silent is tried again with a new page', async () => {
    const { call, told, state } = await open({ roomReady: Promise.reject(new Error('silent')) });
    expect(state()).toMatchObject({ phase: 'ended', problem: 'host_silent' });
    call.retry();
    await settle();
    expect(told).toEqual(['reopen']);
    expect(state()?.phase).toBe('ended');
  });

  test('says before joining whose server our media will go to', async () => {
    const own = [transport.livekit_service_url];
    const partner = { match: 'north.example', transports: own };
    expect((await open({ policy: { own } })).state()?.operator).toBeUndefined();
    const { state } = await open({ policy: { own, partners: [partner] } });
    expect(state()).toMatchObject({ phase: 'lobby', operator: 'north.example' });
  });

  test('that is left while it looks for an SFU opens nothing', async () => {
    let find: (found: Transports) => void = () => undefined;
    const { call, state } = await open({ transports: new Promise((resolve) => (find = resolve)) });
    const joining = call.join();
    await call.leave();
    find([transport]);
    await joining;
    expect([sfus.length, state()?.phase]).toEqual([0, 'ended']);
  });

  test('has keys of its own each time', async () => {
    const { call, state } = await open();
    await call.join();
    memberships[0]?.onKey('@a:x:D', 3, new Uint8Array(16));
    await call.leave();
    // What arrives between two calls belongs to neither.
    memberships[0]?.onKey('@b:x:E', 1, new Uint8Array(16));
    call.retry();
    await settle();
    expect(state()?.phase).toBe('lobby');
    await call.join();
    memberships[0]?.onKey('@a:x:D', 0, new Uint8Array(16));
    expect(keyrings.map((ring) => [...ring])).toEqual([[['@a:x:D', 3]], [['@a:x:D', 0]]]);
  });

  test('knows nothing of the meeting as it was when it was left', async () => {
    const { call, meeting } = await open();
    await call.join();
    sfus[0]?.onOwnMetadata('{"v":1,"recording":{"phase":"starting"},"transcription":{"phase":"off"}}');
    expect(meeting()?.recording.phase).toBe('starting');
    await call.leave();
    call.retry();
    await settle();
    expect(meeting()?.recording.phase).toBe('off');
  });

  test('that was not joined is taken away by the messenger; one that was, as the messenger likes', async () => {
    const cancelled = await open({ returnToLobby: true });
    await cancelled.call.leave();
    expect([cancelled.state()?.end, cancelled.told]).toEqual(['cancelled', ['left, close']]);
    const left = await open({ returnToLobby: true });
    await left.call.join();
    await left.call.leave();
    expect([left.state()?.end, left.told]).toEqual(['left', ['left']]);
  });

  const token: SfuToken = { url: 'wss://sfu', jwt: 'jwt', expiresAtMs: Infinity, session: undefined };
  const waiting = () => Promise.reject(new CallProblem('waiting'));

  test('that one must be let into is announced nowhere before one is in', async () => {
    let answer: (error: CallProblem | undefined) => void = () => undefined;
    const { call, state } = await open({
      firstToken: waiting(),
      token: () =>
        new Promise((resolve, reject) => {
          answer = (error) => (error === undefined ? resolve(token) : reject(error));
        }),
    });
    expect(state()).toMatchObject({ phase: 'lobby', mustWait: 'yes' });
    const joining = call.join();
    await settle();
    expect([state()?.phase, announced, sfus.length]).toEqual(['waiting', 0, 0]);
    answer(undefined);
    await joining;
    expect([state()?.phase, state()?.mustWait, announced, sfus.length]).toEqual(['joining', 'no', 1, 1]);
  });

  test('whose door is left is asked no more', async () => {
    const signals: AbortSignal[] = [];
    const { call, state } = await open({
      token: (signal) => {
        if (signal !== undefined) signals.push(signal);
        return signals.length === 1 ? waiting() : Promise.reject(new Error('asked too often'));
      },
    });
    const joining = call.join();
    await settle();
    expect(state()).toMatchObject({ phase: 'waiting', mustWait: 'yes' });
    await call.leave();
    await joining;
    expect([state()?.end, signals.map(({ aborted }) => aborted)]).toEqual(['cancelled', [true]]);
  });

  test('joined at once shows that one waits as soon as that is known', async () => {
    const { call, state } = await open({
      skipLobby: true,
      firstToken: Promise.reject(new CallProblem('waiting_alone')),
      token: () => new Promise(() => undefined),
    });
    expect(state()).toMatchObject({ phase: 'waiting', mustWait: 'alone' });
    await call.leave();
  });

  test.each(['turned_away', 'time_over'] as const)('says %s at the door, and asks anew the next time', async (code) => {
    const { call, state, told } = await open({ token: () => Promise.reject(new CallProblem(code)) });
    await call.join();
    expect(state()).toMatchObject({ phase: 'ended', end: code, problem: undefined });
    const early = await open({ firstToken: Promise.reject(new CallProblem(code)) });
    expect(early.state()).toMatchObject({ phase: 'ended', end: code });
    early.call.retry();
    await settle();
    expect([told, early.told]).toEqual([['left'], ['again']]);
  });

  test('that one must be let into again, or whose time is over, ends', async () => {
    const { call, state } = await open({ token: () => Promise.resolve(token) });
    await call.join();
    sfus[0]?.onMinutesLeft(1);
    expect(state()).toMatchObject({ minutesLeft: 1 });
    sfus[0]?.onOwnEnd(new CallProblem('waiting'));
    expect(state()).toMatchObject({ phase: 'ended', end: 'must_wait', minutesLeft: undefined });
  });
});
