import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, CALL_SLOT, hashedIdentity, livekitRoomName, RTC_MEMBER_EVENT } from '@palabre/protocol';
import { sql } from 'kysely';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { RoomEvent } from '../appservice/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createFakeIdentities } from '../sfu/fake-identities.ts';
import type { IdentityRecord } from '../sfu/index.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createFakeRoom, ROOM, SCRIBE, WATCHER } from './fake-room.ts';
import { createMeetings } from './meetings.ts';
import type { Meetings } from './meetings.ts';
import { meetingsMigrations } from './migrations.ts';
import { createRtcMembers, membershipChange } from './rtc-members.ts';
import type { RtcMembers } from './rtc-members.ts';

const LIVEKIT_ROOM = livekitRoomName(ROOM, CALL_SLOT);
const { log, metrics } = createFakeOperations();

let database: Database;
let nowMs: number;
let matrix: FakeMatrix;
let inbox: FakeInbox;
let rtcMembers: RtcMembers;
let left: string[];
const now = () => nowMs;

beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { meetings: meetingsMigrations }, log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  await sql`truncate rtc_members, meetings cascade`.execute(database);
  nowMs = 1_000_000_000;
  const room = createFakeRoom(now);
  ({ matrix, inbox } = room);
  left = [];
  rtcMembers = createRtcMembers({
    database,
    client: matrix.client,
    inbox,
    watcherJoined: room.membership.watcherJoined,
    watcherUserId: WATCHER,
    onLeft: (roomId) => void left.push(roomId),
    now,
  });
});

const callMember = (
  sender: string,
  content: Record<string, unknown> = { device_id: 'D' },
  key = `_${sender}_D_m.call`,
) => ({
  type: CALL_MEMBER_EVENT,
  room_id: ROOM,
  sender,
  state_key: key,
  content,
});
const identities = createFakeIdentities(LIVEKIT_ROOM, ROOM);
const recordOf = (userId: string, more: Partial<IdentityRecord> = {}) =>
  identities.put({ identity: `${userId}:D`, userId, deviceId: 'D', ...more });

describe('RTC memberships', () => {
  test('a state membership comes and goes, on its own key only', async () => {
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(false);
    await inbox.deliver(callMember('@bob:x'));
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(true);
    await expect(rtcMembers.has(recordOf('@bob:x', { deviceId: 'OTHER' }))).resolves.toBe(false);
    // Alice writes over bob's key, which the homeserver lets her do: that says nothing about bob.
    await inbox.deliver(callMember('@alice:x', {}, '_@bob:x_D_m.call'));
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(true);
    await inbox.deliver(callMember('@bob:x', {}));
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(false);
    expect(left).toEqual([ROOM]);
  });

  test('who is put out has none any more, though their event stays', async () => {
    await inbox.deliver(callMember('@bob:x'));
    await inbox.deliver({
      type: 'm.room.member',
      room_id: ROOM,
      sender: '@alice:x',
      state_key: '@bob:x',
      content: { membership: 'leave' },
    });
    await expect(rtcMembers.users(ROOM)).resolves.toEqual([]);
    expect(left).toEqual([ROOM]);
  });

  test('one runs out by itself', async () => {
    await inbox.deliver(callMember('@bob:x', { device_id: 'D', expires: 60_000 }));
    await expect(rtcMembers.users(ROOM)).resolves.toEqual(['@bob:x']);
    nowMs += 60_001;
    await expect(rtcMembers.users(ROOM)).resolves.toEqual([]);
  });

  test.each([
    ['ahead', 600_000],
    ['behind', -600_000],
  ])('one of a server whose clock is ten minutes %s counts as it should', async (_, skewMs) => {
    await inbox.deliver({ ...callMember('@bob:x'), origin_server_ts: nowMs + skewMs });
    await expect(rtcMembers.users(ROOM)).resolves.toEqual(['@bob:x']);
    await inbox.deliver({ ...callMember('@bob:x', {}), origin_server_ts: nowMs + skewMs });
    await expect(rtcMembers.users(ROOM)).resolves.toEqual([]);
  });

  test('one of a distant future runs out, too', async () => {
    await inbox.deliver({ ...callMember('@bob:x'), origin_server_ts: Number.MAX_SAFE_INTEGER });
    nowMs += 7 * 24 * 3_600_000 + 1;
    await expect(rtcMembers.users(ROOM)).resolves.toEqual([]);
  });

  test('sticky ones count, in the clear and encrypted', async () => {
    const sticky = { room_id: ROOM, sender: '@bob:x', msc4354_sticky: { duration_ms: 3_600_000 } };
    await inbox.deliver({ ...sticky, type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2' } });
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(true);
    const content = { member: { id: 'm', device_id: 'D2' }, msc4354_sticky_key: 'm', slot_id: CALL_SLOT };
    await inbox.deliver({ ...sticky, sender: '@alice:x', type: RTC_MEMBER_EVENT, content });
    const hers = (member: string) =>
      recordOf('@alice:x', { deviceId: 'D2', identity: hashedIdentity('@alice:x', 'D2', member) });
    await expect(rtcMembers.has(hers('m'))).resolves.toBe(true);
    // Her device's membership is no other member's: neither a made-up one's nor that of compatibility mode.
    await expect(rtcMembers.has(hers('made-up'))).resolves.toBe(false);
    await expect(rtcMembers.has(recordOf('@alice:x', { deviceId: 'D2', identity: '@alice:x:D2' }))).resolves.toBe(
      false,
    );
    await inbox.deliver({
      ...sticky,
      sender: '@alice:x',
      type: RTC_MEMBER_EVENT,
      content: { msc4354_sticky_key: 'm' },
    });
    await expect(rtcMembers.has(hers('m'))).resolves.toBe(false);
  });

  test('a state membership stands for both names that compatibility mode gives its device, and for no other', async () => {
    await inbox.deliver(callMember('@bob:x'));
    const named = (member: string) => recordOf('@bob:x', { identity: hashedIdentity('@bob:x', 'D', member) });
    await expect(rtcMembers.has(named('@bob:x:D'))).resolves.toBe(true);
    await expect(rtcMembers.has(named('made-up'))).resolves.toBe(false);
  });

  test('what was there before the watcher came is found', async () => {
    const room = matrix.rooms.get(ROOM);
    room?.state.set(`${CALL_MEMBER_EVENT}\0_@bob:x_D_m.call`, { sender: '@bob:x', content: { device_id: 'D' } });
    nowMs = 1_000; // The fake's state events are from the year 1970.
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(true);
    await inbox.deliver({
      type: 'm.room.member',
      room_id: ROOM,
      sender: WATCHER,
      state_key: WATCHER,
      content: { membership: 'join' },
    });
    await expect(rtcMembers.users(ROOM)).resolves.toEqual(['@bob:x']);
  });

  test("a membership that somebody else wrote under a person's key is not theirs", async () => {
    nowMs = 1_000;
    const key = `${CALL_MEMBER_EVENT}\0_@bob:x_D_m.call`;
    matrix.rooms.get(ROOM)?.state.set(key, { sender: '@alice:x', content: { device_id: 'D' } });
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBe(false);
  });

  test('where the watcher is not, nothing is known', async () => {
    matrix.rooms.get(ROOM)?.members.delete(WATCHER);
    await expect(rtcMembers.has(recordOf('@bob:x'))).resolves.toBeUndefined();
  });

  test.each<[string, Partial<RoomEvent>]>([
    ['another type', { type: 'm.room.topic', state_key: '' }],
    ["somebody else's key", { type: CALL_MEMBER_EVENT, state_key: '_@alice:x_D_m.call', content: { device_id: 'D' } }],
    [
      'a key that only begins alike',
      { type: CALL_MEMBER_EVENT, state_key: '_@bob:xyz_D', content: { device_id: 'D' } },
    ],
    ['no state key', { type: CALL_MEMBER_EVENT, content: { device_id: 'D' } }],
    ['an encrypted message that is not sticky', { type: 'm.room.encrypted' }],
  ])('%s says nothing', (_, event) => {
    const base = { event_id: '$1', room_id: ROOM, sender: '@bob:x', origin_server_ts: 0, content: {} };
    expect(membershipChange({ type: '', ...base, ...event })).toBeUndefined();
  });
});

describe('meetings', () => {
  const THEIRS = '@palabre-scribe:partner';
  const isScribe = (userId: string) => [SCRIBE, THEIRS].includes(userId);
  let meetings: Meetings;
  let ended: string[];

  beforeEach(() => {
    ended = [];
    meetings = createMeetings({ database, isScribe, rtcUsers: rtcMembers.users, log, metrics, now });
    meetings.onEnded(({ id }) => void ended.push(id));
  });

  async function see(...users: string[]): Promise<void> {
    const participant = { identity: '', joinedMs: nowMs, door: undefined, attributes: {}, publish: [] };
    meetings.observe(
      LIVEKIT_ROOM,
      users.map((userId) => ({ record: recordOf(userId, userId === SCRIBE ? { door: 'scribe' } : {}), participant })),
    );
    await meetings.idle();
  }

  test('from the first person to the last; the scribe does not count', async () => {
    await see(SCRIBE);
    expect(meetings.current(ROOM)).toBeUndefined();
    await see('@alice:x', SCRIBE);
    const meeting = meetings.current(ROOM);
    expect(meeting).toMatchObject({ roomId: ROOM, livekitRoom: LIVEKIT_ROOM, startedMs: nowMs });
    nowMs += 5_000;
    await see('@alice:x', '@bob:x', SCRIBE);
    nowMs += 5_000;
    await see('@bob:x', SCRIBE);
    await expect(meetings.lastEndedMs(ROOM)).resolves.toBeUndefined();
    await see(SCRIBE);
    await expect(meetings.lastEndedMs(ROOM)).resolves.toBe(nowMs);
    await expect(meetings.artefacts.holdsBefore(ROOM, nowMs)).resolves.toBe(false);
    await expect(meetings.artefacts.holdsBefore(ROOM, nowMs + 1)).resolves.toBe(true);
    expect(ended).toEqual([meeting?.id]);
    expect(meetings.current(ROOM)).toBeUndefined();
    await expect(meetings.attendance(meeting?.id ?? '')).resolves.toEqual([
      { userId: '@alice:x', firstMs: nowMs - 10_000, lastMs: nowMs - 5_000 },
      { userId: '@bob:x', firstMs: nowMs - 5_000, lastMs: nowMs },
    ]);
  });

  test('scribes of several organisations do not keep a meeting alive for each other, and are nobody in it', async () => {
    let seen: readonly string[] = [];
    meetings.onPresence((_, people) => {
      seen = people.map(({ userId }) => userId);
    });
    await inbox.deliver(callMember(THEIRS));
    await see('@alice:x', SCRIBE, THEIRS);
    const meeting = meetings.current(ROOM);
    expect(seen).toEqual(['@alice:x']);
    await see(SCRIBE, THEIRS);
    expect(ended).toEqual([meeting?.id]);
    await expect(meetings.attendance(meeting?.id ?? '')).resolves.toMatchObject([{ userId: '@alice:x' }]);
    await see(THEIRS);
    expect(meetings.current(ROOM)).toBeUndefined();
  });

  test('taken back while it runs, who left is forgotten, limits of time hold, and all of it goes with its end', async () => {
    await see('@alice:x', '@bob:x');
    const id = meetings.current(ROOM)?.id ?? '';
    nowMs += 5_000;
    await see('@alice:x');
    nowMs += 5_000;
    await meetings.deletable.delete({ kind: 'meeting', meetingId: id, jobId: undefined });
    await expect(meetings.attendance(id)).resolves.toEqual([]);
    nowMs += 5_000;
    await see('@alice:x');
    await expect(meetings.attendance(id)).resolves.toEqual([expect.objectContaining({ userId: '@alice:x' })]);
    await expect(meetings.presentMs(ROOM, '@alice:x')).resolves.toBe(15_000);
    await see();
    expect(ended).toEqual([id]);
    const { rows } = await sql`select meeting_id from meeting_people`.execute(database);
    expect(rows).toEqual([]);
  });

  test('everybody gone with memberships standing: the SFU restarted, the meeting goes on', async () => {
    await inbox.deliver(callMember('@alice:x'));
    await inbox.deliver(callMember(SCRIBE));
    await see('@alice:x');
    const meeting = meetings.current(ROOM);
    await see();
    nowMs += 10_000;
    await see();
    expect(meetings.current(ROOM)).toEqual(meeting);
    await see('@alice:x');
    nowMs += 30_000;
    await see();
    expect(meetings.current(ROOM)).toEqual(meeting);
    nowMs += 20_000;
    await see();
    expect(meetings.current(ROOM)).toBeUndefined();
  });

  test('the last membership withdrawn ends it at once, standing scribe or not', async () => {
    await inbox.deliver(callMember('@alice:x'));
    await inbox.deliver(callMember(SCRIBE));
    await see('@alice:x');
    await see();
    await inbox.deliver(callMember('@alice:x', {}));
    await see();
    expect(ended).toHaveLength(1);
  });

  test('counts the time people are there, over short breaks and restarts, not over long ones', async () => {
    const spent: unknown[] = [];
    meetings.onPresence((_meeting, people) => void spent.push(people.map((one) => [one.userId, one.presentMs])));
    await inbox.deliver(callMember('@alice:x'));
    await see('@alice:x');
    nowMs += 30_000;
    await see('@alice:x', '@bob:x');
    await expect(meetings.presentMs(ROOM, '@bob:x')).resolves.toBe(0);
    nowMs += 15_000;
    const next = createMeetings({ database, isScribe, rtcUsers: rtcMembers.users, log, metrics, now });
    await next.resume();
    meetings = next;
    await see('@alice:x');
    await expect(meetings.presentMs(ROOM, '@alice:x')).resolves.toBe(45_000);
    nowMs += 61_000;
    await see('@alice:x', '@bob:x');
    await expect(meetings.presentMs(ROOM, '@alice:x')).resolves.toBe(45_000);
    await expect(meetings.presentMs(ROOM, '@bob:x')).resolves.toBe(0);
    await expect(meetings.presentMs('!other:x', '@alice:x')).resolves.toBe(0);
    expect(spent).toEqual([
      [['@alice:x', 0]],
      [
        ['@alice:x', 30_000],
        ['@bob:x', 0],
      ],
    ]);
  });

  test('a new process goes on with the meeting that was running', async () => {
    await see('@alice:x');
    const meeting = meetings.current(ROOM);
    const next = createMeetings({ database, isScribe, rtcUsers: rtcMembers.users, log, metrics, now });
    await next.resume();
    expect(next.current(ROOM)).toEqual(meeting);
    next.observe(LIVEKIT_ROOM, []);
    await next.idle();
    expect(next.current(ROOM)).toBeUndefined();
  });
});
