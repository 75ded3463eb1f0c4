import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import type { RoomEvent, RoomEventHandler } from '../appservice/index.ts';
import { followDepartures } from './departures.ts';
import { BOB, createFakeCall, LIVEKIT_ROOM, ROOM, seatOf } from './fake-call.ts';
import type { FakeCall } from './fake-call.ts';

let call: FakeCall;
let arrive: (event: RoomEvent) => void;
let work: RoomEventHandler['handle'];

beforeEach(() => {
  call = createFakeCall();
  call.joined.delete('@bob:x');
  const inbox = {
    ...createFakeInbox(call.now),
    onArrival: (handler: typeof arrive) => void (arrive = handler),
    onRoomEvent: (handler: RoomEventHandler) => void (work = handler.handle),
  };
  followDepartures({ ...call, inbox });
});
afterEach(() => call.eviction.close());

const leaves = (sentMs = call.nowMs): RoomEvent => ({
  type: 'm.room.member',
  event_id: '$leave',
  room_id: ROOM,
  sender: '@bob:x',
  state_key: '@bob:x',
  origin_server_ts: sentMs,
  content: { membership: 'leave' },
});

test('put out on arrival, without a question; the durable inbox only waits for that', async () => {
  const event = leaves();
  arrive(event);
  await work(event);
  expect(call.isThere('bob')).toBe(false);
  expect(call.answered).toEqual([]);
  await expect(call.denials.current(BOB)).resolves.toBe(1);
});

test.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('a kick by a server whose clock is ten minutes %s counts on arrival, after a question', async (_, skewMs) => {
  const event = leaves(call.nowMs + skewMs);
  arrive(event);
  await work(event);
  expect(call.isThere('bob')).toBe(false);
  expect(call.answered).toContain('@bob:x');
  expect(call.isThere('alice')).toBe(true);
});

test('the process died between arrival and eviction: done from the inbox', async () => {
  await work(leaves());
  expect(call.isThere('bob')).toBe(false);
  await expect(call.denials.current(BOB)).resolves.toBe(1);
});

test('an eviction that failed on arrival stays in the inbox until it is done', async () => {
  const event = leaves();
  call.sfu.down = true;
  arrive(event);
  await expect(work(event)).rejects.toThrow();
  await expect(work(event)).rejects.toThrow();
  call.sfu.down = false;
  await work(event);
  expect(call.isThere('bob')).toBe(false);
});

test('old news whose check got no answer is asked about again, though an earlier eviction has later looks to come', async () => {
  const first = leaves();
  arrive(first);
  await work(first);
  // Came back meanwhile; the news of having left again is late, and the homeserver silent just then.
  call.sfu.join(LIVEKIT_ROOM, seatOf('bob'));
  const second = leaves(call.nowMs - 60_000);
  call.homeserverAnswers = false;
  arrive(second);
  await expect(work(second)).rejects.toThrow('no answer');
  call.homeserverAnswers = true;
  await work(second);
  expect(call.isThere('bob')).toBe(false);
});
