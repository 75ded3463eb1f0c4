import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, CALL_SLOT, livekitRoomName, PalabreError, RTC_MEMBER_EVENT } from '@palabre/protocol';
import type { ScribeCommand } from '@palabre/protocol';
import express from 'express';
import { sql } from 'kysely';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { RoomEvent } from '../appservice/index.ts';
import { createDomainPolicy, createMembership } from '../membership/index.ts';
import type { Membership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors, unknownPath } from '../operations/index.ts';
import { createFakeIdentities } from '../sfu/fake-identities.ts';
import type { IdentityRecord } from '../sfu/index.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { followCommands } from './commands.ts';
import { createMeetings } from './meetings.ts';
import type { Meetings } from './meetings.ts';
import { meetingsMigrations } from './migrations.ts';
import { createMeetingRoutes } from './routes.ts';
import { createRtcMembers, membershipChange } from './rtc-members.ts';
import type { RtcMembers } from './rtc-members.ts';

const ROOM = '!room:x';
const LIVEKIT_ROOM = livekitRoomName(ROOM, CALL_SLOT);
const WATCHER = '@palabre:x';
const SCRIBE = '@palabre-scribe:x';
const { log, metrics } = createFakeOperations();

let database: Database;
let nowMs: number;
let matrix: FakeMatrix;
let inbox: FakeInbox;
let membership: Membership;
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
  matrix = createFakeMatrix(WATCHER);
  const room = matrix.createRoom(ROOM, '@alice:x');
  room.members.set(WATCHER, 'join').set('@bob:x', 'join').set('@carol:x', 'ban');
  inbox = createFakeInbox(now);
  membership = createMembership({
    client: matrix.client,
    inbox,
    serverName: 'x',
    policy: createDomainPolicy('x', { classes: {}, servers: [{ match: '*', class: 'partner', transports: [] }] }),
    watcherUserId: WATCHER,
    scribeUserId: SCRIBE,
    metrics,
    now,
  });
  left = [];
  rtcMembers = createRtcMembers({
    database,
    client: matrix.client,
    inbox,
    watcherJoined: membership.watcherJoined,
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
    await expect(rtcMembers.has(recordOf('@alice:x', { deviceId: 'D2' }))).resolves.toBe(true);
    await inbox.deliver({
      ...sticky,
      sender: '@alice:x',
      type: RTC_MEMBER_EVENT,
      content: { msc4354_sticky_key: 'm' },
    });
    await expect(rtcMembers.has(recordOf('@alice:x', { deviceId: 'D2' }))).resolves.toBe(false);
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
  let meetings: Meetings;
  let ended: string[];

  beforeEach(() => {
    ended = [];
    meetings = createMeetings({ database, scribeUserId: SCRIBE, rtcUsers: rtcMembers.users, log, metrics, now });
    meetings.onEnded(({ id }) => void ended.push(id));
  });

  async function see(...users: string[]): Promise<void> {
    const participant = { identity: '', joinedMs: nowMs };
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
    await see(SCRIBE);
    expect(ended).toEqual([meeting?.id]);
    expect(meetings.current(ROOM)).toBeUndefined();
    await expect(meetings.attendance(meeting?.id ?? '')).resolves.toEqual([
      { userId: '@alice:x', firstMs: nowMs - 10_000, lastMs: nowMs - 5_000 },
      { userId: '@bob:x', firstMs: nowMs - 5_000, lastMs: nowMs },
    ]);
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

  test('a new process goes on with the meeting that was running', async () => {
    await see('@alice:x');
    const meeting = meetings.current(ROOM);
    const next = createMeetings({ database, scribeUserId: SCRIBE, rtcUsers: rtcMembers.users, log, metrics, now });
    await next.resume();
    expect(next.current(ROOM)).toEqual(meeting);
    next.observe(LIVEKIT_ROOM, []);
    await next.idle();
    expect(next.current(ROOM)).toBeUndefined();
  });
});

describe('what people ask of the scribe', () => {
  let asked: string[];
  let refusal: PalabreError | undefined;
  let ids: (string | undefined)[];
  const scribe = {
    command: (roomId: string, userId: string, { action, what }: ScribeCommand, id?: string) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      asked.push(`${roomId} ${userId} ${action} ${what}`);
      ids.push(id);
      return Promise.resolve();
    },
    isMeetingMessage: (roomId: string, eventId: string) => Promise.resolve(roomId === ROOM && eventId === '$meeting'),
  };
  beforeEach(() => {
    asked = [];
    ids = [];
    refusal = undefined;
  });

  describe('by commands in the room', () => {
    function follow(language: 'en' | 'fr'): void {
      followCommands({
        inbox,
        client: matrix.client,
        scribe,
        rightsOf: membership.rightsOf,
        isJoined: membership.isJoined,
        bots: [WATCHER, SCRIBE],
        language,
        log,
        now,
      });
    }
    beforeEach(() => {
      const events = matrix.rooms.get(ROOM)?.events;
      events?.set('$own', { type: CALL_MEMBER_EVENT, sender: '@alice:x', content: {} });
      events?.set('$bobs', { type: CALL_MEMBER_EVENT, sender: '@bob:x', content: {} });
      events?.set('$transcript', { type: 'm.room.encrypted', sender: SCRIBE, content: {} });
      events?.set('$chat', { type: 'm.room.message', sender: '@alice:x', content: {} });
    });

    const react = (sender: string, target: string, key: string) =>
      inbox.deliver({
        type: 'm.reaction',
        room_id: ROOM,
        sender,
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
      });
    const say = (sender: string, body: string) =>
      inbox.deliver({ type: 'm.room.message', room_id: ROOM, sender, content: { msgtype: 'm.text', body } });

    test('a refusal is in the language of the deployment', async () => {
      follow('fr');
      await react('@bob:x', '$bobs', '🔴');
      expect(matrix.sent[0]?.content).toMatchObject({ body: expect.stringContaining('modérateurs') });
    });

    test('an event that comes again is the same command', async () => {
      follow('en');
      const event = { type: 'm.room.message', room_id: ROOM, sender: '@alice:x', event_id: '$again' };
      const content = { msgtype: 'm.text', body: '!palabre record' };
      await inbox.deliver({ ...event, content });
      await inbox.deliver({ ...event, content });
      await say('@alice:x', '!palabre record');
      expect(ids[0]).toBeDefined();
      expect(ids[1]).toBe(ids[0]);
      expect(ids[2]).not.toBe(ids[0]);
    });

    test('a moderator: by reaction on their own membership, on the meeting’s message, and by text', async () => {
      follow('en');
      await react('@alice:x', '$own', '🔴');
      await react('@alice:x', '$meeting', '📝');
      await say('@alice:x', '!palabre stop');
      expect(asked).toEqual([
        `${ROOM} @alice:x start recording`,
        `${ROOM} @alice:x start transcription`,
        `${ROOM} @alice:x stop recording`,
        `${ROOM} @alice:x stop transcription`,
      ]);
      expect(matrix.sent).toEqual([]);
    });

    test('the same reaction elsewhere is just a reaction', async () => {
      follow('en');
      await react('@alice:x', '$chat', '🔴');
      await react('@alice:x', '$bobs', '🔴');
      await react('@alice:x', '$transcript', '🔴');
      await react('@alice:x', '$unknown', '🔴');
      await react('@alice:x', '$own', '👍');
      expect(asked).toEqual([]);
      expect(matrix.sent).toEqual([]);
    });

    test('who may not is told so in the room, once', async () => {
      follow('en');
      await react('@bob:x', '$bobs', '🔴');
      expect(asked).toEqual([]);
      expect(matrix.sent).toHaveLength(1);
      expect(matrix.sent[0]).toMatchObject({
        roomId: ROOM,
        content: { msgtype: 'm.notice', 'app.palabre.result': { kind: 'notice', code: 'M_FORBIDDEN' } },
      });
    });

    test("the scribe's own refusal is told as well", async () => {
      follow('en');
      refusal = new PalabreError('PALABRE_WRONG_STATE', 'There is no call in this room.');
      await say('@alice:x', '!palabre record');
      expect(matrix.sent[0]).toMatchObject({ content: { body: 'There is no call in this room.' } });
    });

    test.each([-3_600_000, 3_600_000])('a command sent %d ms away from now is not obeyed', async (offMs) => {
      follow('en');
      await inbox.deliver({
        type: 'm.room.message',
        room_id: ROOM,
        sender: '@alice:x',
        origin_server_ts: nowMs + offMs,
        content: { msgtype: 'm.text', body: '!palabre record' },
      });
      expect(asked).toEqual([]);
      expect(matrix.sent).toEqual([]);
    });

    test('bots and people who are not in the room are not obeyed', async () => {
      follow('en');
      await say(SCRIBE, '!palabre record');
      await say('@carol:x', '!palabre record');
      expect(asked).toEqual([]);
      expect(matrix.sent).toEqual([]);
    });
  });

  describe('by /api', () => {
    let server: Server;
    let base: string;
    let rechecked: string[];

    beforeEach(async () => {
      rechecked = [];
      const app = express();
      app.use(
        createMeetingRoutes({
          sessionOwner: (token) =>
            token.startsWith('@')
              ? Promise.resolve({ userId: token, roomId: ROOM })
              : Promise.reject(new PalabreError('M_UNKNOWN_TOKEN', 'ended')),
          isJoined: membership.isJoined,
          rightsOf: membership.rightsOf,
          recheck: (_roomId, userId) => Promise.resolve(void rechecked.push(userId)),
          scribe,
          now,
        }),
        unknownPath,
        answerErrors(log),
      );
      server = createServer(app);
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/rooms/`;
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    async function ask(token: string, path: string, body?: unknown, room = ROOM) {
      const response = await fetch(`${base}${encodeURIComponent(room)}/${path}`, {
        headers: token === '' ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }

    test('rights of a moderator and of a member', async () => {
      expect(await ask('@alice:x', 'rights')).toMatchObject({
        status: 200,
        body: { moderator: true, watcher_joined: true },
      });
      expect(await ask('@bob:x', 'rights')).toMatchObject({ status: 200, body: { moderator: false } });
    });

    test.each([
      ['no session', '', ROOM, 401, 'M_MISSING_TOKEN'],
      ['an unknown session', 'junk', ROOM, 401, 'M_UNKNOWN_TOKEN'],
      ['a session of another room', '@alice:x', '!other:x', 403, 'M_FORBIDDEN'],
      ['somebody who was put out', '@carol:x', ROOM, 403, 'M_FORBIDDEN'],
    ])('%s', async (_, token, room, status, errcode) => {
      for (const [path, body] of [
        ['rights'],
        ['recheck', { user_id: '@bob:x' }],
        ['scribe', { action: 'start', what: 'recording' }],
      ] as const) {
        expect(await ask(token, path, body, room)).toMatchObject({ status, body: { errcode } });
      }
      expect([...asked, ...rechecked]).toEqual([]);
    });

    test('recording: a moderator may, a member may not, and nobody where the watcher is absent', async () => {
      const start = { action: 'start', what: 'recording' };
      expect((await ask('@alice:x', 'scribe', start)).status).toBe(200);
      expect(await ask('@bob:x', 'scribe', start)).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
      expect(asked).toEqual([`${ROOM} @alice:x start recording`]);
      matrix.rooms.get(ROOM)?.members.delete(WATCHER);
      await inbox.deliver({ type: 'm.room.member', room_id: ROOM, sender: WATCHER, state_key: WATCHER });
      expect(await ask('@alice:x', 'scribe', start)).toMatchObject({
        status: 409,
        body: { errcode: 'PALABRE_WATCHER_ABSENT' },
      });
    });

    test('hints are followed, and limited', async () => {
      const hint = { user_id: '@bob:x' };
      expect((await ask('@alice:x', 'recheck', hint)).status).toBe(200);
      expect(rechecked).toEqual(['@bob:x']);
      let last = await ask('@alice:x', 'recheck', hint);
      for (let count = 0; count < 20 && last.status === 200; count += 1) last = await ask('@alice:x', 'recheck', hint);
      expect(last).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
      expect(last.body['retry_after_ms']).toBeGreaterThan(0);
      nowMs += 10_001;
      expect((await ask('@alice:x', 'recheck', hint)).status).toBe(200);
    });

    test.each([
      ['malformed JSON', '{', 'M_NOT_JSON'],
      ['wrong types', { action: 1, what: [] }, 'M_BAD_JSON'],
      ['unknown words', { action: 'start', what: 'everything' }, 'M_BAD_JSON'],
    ])('%s: 400', async (_, body, errcode) => {
      expect(await ask('@alice:x', 'scribe', body)).toMatchObject({ status: 400, body: { errcode } });
      expect(asked).toEqual([]);
    });

    test.each(['', '@bob', '@bob\0:x', 7, undefined])('a hint about %j: 400', async (userId) => {
      const answer = await ask('@alice:x', 'recheck', { user_id: userId });
      expect(answer).toMatchObject({ status: 400, body: { errcode: 'M_BAD_JSON' } });
      expect(rechecked).toEqual([]);
    });
  });
});
