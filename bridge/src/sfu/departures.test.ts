import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import type { RoomEvent, RoomEventHandler } from '../appservice/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createConnections } from './connections.ts';
import { followDepartures } from './departures.ts';
import { createEviction } from './eviction.ts';
import type { Eviction } from './eviction.ts';
import { createFakeIdentities } from './fake-identities.ts';
import { createFakeSfu } from './fake-sfu.ts';
import type { FakeSfu } from './fake-sfu.ts';

const ROOM = '!room:x';
const LIVEKIT_ROOM = 'livekit-room';
const SEAT = '@bob:x:D';
const now = () => 1_000_000;
const { log, metrics } = createFakeOperations();

let sfu: FakeSfu;
let eviction: Eviction;
let answers: boolean;
let asked: number;
let denials: number;
let arrive: (event: RoomEvent) => void;
let work: RoomEventHandler['handle'];

beforeEach(() => {
  sfu = createFakeSfu(now);
  sfu.join(LIVEKIT_ROOM, SEAT);
  const identities = createFakeIdentities(LIVEKIT_ROOM, ROOM);
  identities.put({ identity: SEAT, userId: '@bob:x' });
  [answers, asked, denials] = [true, 0, 0];
  eviction = createEviction({
    sfu,
    denials: {
      current: () => Promise.resolve(denials),
      add: () => Promise.resolve(void (denials += 1)),
      prune: () => Promise.resolve(),
    },
    connections: createConnections(() => undefined),
    identities,
    isJoined: () => {
      asked += 1;
      return answers ? Promise.resolve(false) : Promise.reject(new Error('no answer'));
    },
    log,
    metrics,
  });
  const inbox = {
    ...createFakeInbox(now),
    onArrival: (handler: (event: RoomEvent) => void) => void (arrive = handler),
    onRoomEvent: (handler: RoomEventHandler) => void (work = handler.handle),
  };
  followDepartures({ inbox, eviction, identities, log, now });
});
afterEach(() => eviction.close());

const leaves = (sentMs = now()): RoomEvent => ({
  type: 'm.room.member',
  event_id: '$leave',
  room_id: ROOM,
  sender: '@bob:x',
  state_key: '@bob:x',
  origin_server_ts: sentMs,
  content: { membership: 'leave' },
});
const isThere = () => sfu.has(LIVEKIT_ROOM, SEAT);

test('put out on arrival, without a question; the durable inbox only waits for that', async () => {
  const event = leaves();
  arrive(event);
  await work(event);
  expect([isThere(), denials, asked]).toEqual([false, 1, 0]);
});

test('the process died between arrival and eviction: done from the inbox', async () => {
  await work(leaves());
  expect([isThere(), denials]).toEqual([false, 1]);
});

test('an eviction that failed on arrival stays in the inbox until it is done', async () => {
  const event = leaves();
  sfu.down = true;
  arrive(event);
  await expect(work(event)).rejects.toThrow();
  await expect(work(event)).rejects.toThrow();
  sfu.down = false;
  await work(event);
  expect(isThere()).toBe(false);
});

test('old news whose check got no answer is asked about again, though an earlier eviction has later looks to come', async () => {
  const first = leaves();
  arrive(first);
  await work(first);
  // Came back meanwhile; the news of having left again is late, and the homeserver silent just then.
  sfu.join(LIVEKIT_ROOM, SEAT);
  const second = leaves(now() - 60_000);
  answers = false;
  arrive(second);
  await expect(work(second)).rejects.toThrow('no answer');
  answers = true;
  await work(second);
  expect(isThere()).toBe(false);
});
