import { EventEmitter } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import type { Encryption } from './connection.ts';
import { CallProblem } from './problem.ts';
import type { Tokens } from './tokens.ts';

/** How many of the next attempts fail; a failed one says `disconnected` as LiveKit does. */
let failures = 0;
let connects = 0;
let rooms: FakeRoom[] = [];

class FakeRoom extends EventEmitter {
  state = 'disconnected';

  constructor() {
    super();
    rooms.push(this);
  }

  async connect(): Promise<void> {
    connects++;
    this.state = 'connecting';
    await Promise.resolve();
    if (failures > 0) {
      failures--;
      this.lose();
      throw new Error('unreachable');
    }
    this.state = 'connected';
  }

  lose(reason?: number): void {
    this.state = 'disconnected';
    this.emit('disconnected', reason);
  }

  setE2EEEnabled(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }
}

jest.unstable_mockModule('livekit-client', () => ({
  ConnectionError: class extends Error {},
  ConnectionErrorReason: { NotAllowed: 0 },
  ConnectionState: { Disconnected: 'disconnected' },
  DisconnectReason: { DUPLICATE_IDENTITY: 2, PARTICIPANT_REMOVED: 4 },
  Room: FakeRoom,
  RemoteTrack: EventEmitter,
  Track: {},
  RoomEvent: {
    EncryptionError: 'encryptionError',
    SignalReconnecting: 'signalReconnecting',
    Reconnecting: 'reconnecting',
    Reconnected: 'reconnected',
    Disconnected: 'disconnected',
  },
}));
const { createConnection } = await import('./connection.ts');

/** What the door says instead of giving a token. */
let refusal: CallProblem | undefined;
let asked = 0;
const waits: string[] = [];
let goesOnAsking = true;
const tokens = {
  get: () => {
    asked++;
    return refusal === undefined ? Promise.resolve({ url: 'ws://sfu', jwt: 'jwt' }) : Promise.reject(refusal);
  },
} as unknown as Tokens;
const open = async () => {
  connects = failures = 0;
  rooms = [];
  const phases: string[] = [];
  const ends: unknown[] = [];
  const connection = createConnection({ type: 'livekit', livekit_service_url: 'https://sfu' }, tokens, undefined, {
    onPhase: (phase) => phases.push(phase),
    onEnd: (end) => ends.push(end),
    onWaiting: ({ code }) => waits.push(code) > 0 && goesOnAsking,
    onDecryption: () => undefined,
  });
  await jest.advanceTimersByTimeAsync(0);
  return { connection, room: rooms[0], phases, ends };
};

test('without the file that encrypts there is no call', async () => {
  const worker = Object.assign(new EventTarget(), { terminate: () => undefined });
  const ends: unknown[] = [];
  const connection = createConnection(
    { type: 'livekit', livekit_service_url: 'https://sfu' },
    tokens,
    // As much of keys and worker as a connection touches.
    { keys: {}, createWorker: () => worker } as unknown as Encryption,
    { onPhase: () => undefined, onEnd: (end) => ends.push(end), onWaiting: () => false, onDecryption: () => undefined },
  );
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'a frame failed' }));
  expect(ends).toEqual([]);
  worker.dispatchEvent(new Event('error'));
  expect(ends).toMatchObject([{ code: 'unknown' }]);
  await connection.close();
});

test('the worker ends with its connection, also when LiveKit fails to close', async () => {
  let terminated = 0;
  const worker = Object.assign(new EventTarget(), { terminate: () => terminated++ });
  const connection = createConnection(
    { type: 'livekit', livekit_service_url: 'https://sfu' },
    tokens,
    { keys: {}, createWorker: () => worker } as unknown as Encryption,
    { onPhase: () => undefined, onEnd: () => undefined, onWaiting: () => false, onDecryption: () => undefined },
  );
  const room = rooms.at(-1);
  if (room !== undefined) room.disconnect = () => Promise.reject(new Error('closed already'));
  await expect(connection.close()).rejects.toThrow('closed already');
  expect(terminated).toBe(1);
});

describe('a lost connection', () => {
  test('is sought by one loop, however often LiveKit says that it is lost', async () => {
    jest.useFakeTimers();
    const { connection, room, phases } = await open();
    expect([connects, connection.phase()]).toEqual([1, 'connected']);
    failures = 4;
    room?.lose();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([connects, connection.phase()]).toEqual([6, 'connected']);
    expect(phases).toEqual(['connected', 'reconnecting', 'connected']);
    // The next loss is noticed again.
    failures = 1;
    room?.lose();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([connects, connection.phase()]).toEqual([8, 'connected']);
    await connection.close();
    jest.useRealTimers();
  });

  test('is not sought any more when the device is in the call elsewhere', async () => {
    jest.useFakeTimers();
    const { connection, room, ends } = await open();
    failures = 100;
    room?.lose();
    await jest.advanceTimersByTimeAsync(1_000);
    room?.lose(2);
    const before = connects;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([connects, ends]).toEqual([before, ['elsewhere']]);
    await connection.close();
    jest.useRealTimers();
  });
});

describe('an SFU where somebody must let us in', () => {
  test('is asked again and again, without haste, for as long as it takes', async () => {
    jest.useFakeTimers();
    refusal = new CallProblem('waiting');
    goesOnAsking = true;
    asked = 0;
    const { connection, ends } = await open();
    await jest.advanceTimersByTimeAsync(20 * 60_000);
    expect([asked, ends]).toEqual([151, []]);
    expect(waits).toHaveLength(151);
    refusal = undefined;
    await jest.advanceTimersByTimeAsync(10_000);
    expect([connection.phase(), connects]).toEqual(['connected', 1]);
    await connection.close();
    jest.useRealTimers();
  });

  test('is given up where nobody wants to wait there', async () => {
    jest.useFakeTimers();
    refusal = new CallProblem('waiting');
    goesOnAsking = false;
    const { connection, ends } = await open();
    jest.useRealTimers();
    refusal = undefined;
    expect(ends).toMatchObject([{ code: 'waiting' }]);
    await connection.close();
  });
});
