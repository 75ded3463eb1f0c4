import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createClient, EventTimeline, MatrixEvent, Room } from 'matrix-js-sdk';
import { MatrixRTCSession } from 'matrix-js-sdk/lib/matrixrtc/index.js';
import { CALL_MEMBER_EVENT, RTC_MEMBER_EVENT } from '@palabre/protocol';
import { createSessionRoom } from './session-room.ts';

const ALICE = '@alice:hs';
const SCRIBE = '@palabre-scribe:hs';
const MALLORY = '@mallory:hs';
const KEY = `_${ALICE}_DEV_m.call`;
const SLOT = { application: 'm.call', id: 'ROOM' };

// Sticky events end by a timer.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

let ids = 0;
function event(type: string, sender: string, key: string, content: Record<string, unknown>): MatrixEvent {
  const id = `$${(ids += 1)}`;
  const at = { room_id: '!r:hs', event_id: id, origin_server_ts: Date.now() };
  return new MatrixEvent({ type, sender, state_key: key, content, ...at });
}
const joined = (user: string): MatrixEvent => event('m.room.member', user, user, { membership: 'join' });
const membership = (sender: string, key: string): MatrixEvent =>
  event(CALL_MEMBER_EVENT, sender, key, {
    application: 'm.call',
    call_id: 'ROOM',
    device_id: 'DEV',
    scope: 'm.room',
    foci_preferred: [],
    focus_active: { type: 'livekit', focus_selection: 'oldest_membership' },
  });

function write(room: Room, ...events: MatrixEvent[]): void {
  room.getLiveTimeline().getState(EventTimeline.FORWARDS)?.setStateEvents(events);
}

function createRoom(): Room {
  const room = new Room('!r:hs', createClient({ baseUrl: 'http://hs.invalid' }), SCRIBE);
  write(room, joined(ALICE), joined(MALLORY), joined(SCRIBE));
  return room;
}
const inCall = async (room: Parameters<typeof MatrixRTCSession.sessionMembershipsForSlot>[0]) =>
  (await MatrixRTCSession.sessionMembershipsForSlot(room, SLOT)).map(({ userId }) => userId);

test.each([
  ['emptied', event(CALL_MEMBER_EVENT, MALLORY, KEY, {})],
  ['replaced', membership(MALLORY, KEY)],
])("somebody's membership that another person %s is kept", async (_how, forged) => {
  const room = createRoom();
  write(room, membership(ALICE, KEY));
  const onMembership = jest.fn();
  const session = createSessionRoom(room, onMembership);
  write(room, forged);
  expect(await inCall(session.room)).toEqual([ALICE]);
  expect(onMembership).not.toHaveBeenCalled();
});

test('who comes and goes by their own word is told and counted', async () => {
  const room = createRoom();
  const onMembership = jest.fn();
  const session = createSessionRoom(room, onMembership);
  write(room, membership(ALICE, KEY));
  expect(await inCall(session.room)).toEqual([ALICE]);
  write(room, event(CALL_MEMBER_EVENT, ALICE, KEY, {}));
  expect(await inCall(session.room)).toEqual([]);
  expect(onMembership).toHaveBeenCalledTimes(2);
  session.close();
  write(room, membership(ALICE, KEY));
  expect(onMembership).toHaveBeenCalledTimes(2);
});

test("the scribe's own membership is missed when another person writes over it, so that it is announced again", async () => {
  const room = createRoom();
  const key = `_${SCRIBE}_DEV_m.call`;
  const onMembership = jest.fn();
  const session = createSessionRoom(room, onMembership);
  write(room, membership(SCRIBE, key));
  expect(await inCall(session.room)).toEqual([SCRIBE]);
  write(room, event(CALL_MEMBER_EVENT, MALLORY, key, {}));
  expect(await inCall(session.room)).toEqual([]);
  expect(onMembership).toHaveBeenCalledTimes(2);
});

test("a sticky event under the key of somebody else's membership does not hide it", async () => {
  const room = createRoom();
  write(room, membership(ALICE, KEY));
  const sticky = new MatrixEvent({
    type: RTC_MEMBER_EVENT,
    sender: MALLORY,
    room_id: '!r:hs',
    event_id: '$sticky',
    origin_server_ts: Date.now(),
    content: { msc4354_sticky_key: KEY },
    msc4354_sticky: { duration_ms: 60_000 },
  });
  room._unstable_addStickyEvents([sticky]);
  const session = createSessionRoom(room, () => undefined);
  expect([...room._unstable_getStickyEvents()]).toHaveLength(1);
  expect(await inCall(room)).toEqual([]);
  expect(await inCall(session.room)).toEqual([ALICE]);
});
