import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { Membership } from '../membership/index.ts';
import { createFakeAudit } from '../governance/fake-audit.ts';
import type { FakeAudit } from '../governance/fake-audit.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors, unknownPath } from '../operations/index.ts';
import { createCaller } from './caller.ts';
import { createFakeRoom, createFakeScribe, ROOM, WATCHER } from './fake-room.ts';
import type { FakeScribe } from './fake-room.ts';
import { createOrders } from './orders.ts';
import { createMeetingRoutes } from './routes.ts';

const { log } = createFakeOperations();

describe('/api', () => {
  let nowMs: number;
  const now = () => nowMs;
  let matrix: FakeMatrix;
  let inbox: FakeInbox;
  let membership: Membership;
  let scribe: FakeScribe;
  let server: Server;
  let base: string;
  let rechecked: string[];
  let direct: Set<string>;
  let audit: FakeAudit;

  beforeEach(async () => {
    nowMs = 1_000_000_000;
    ({ matrix, inbox, direct, membership } = createFakeRoom(now));
    scribe = createFakeScribe();
    audit = createFakeAudit();
    rechecked = [];
    const app = express();
    app.use(
      createMeetingRoutes({
        caller: createCaller({
          sessionOwner: (token) =>
            token.startsWith('@')
              ? Promise.resolve({ userId: token, deviceId: 'D', roomId: ROOM })
              : Promise.reject(new PalabreError('M_UNKNOWN_TOKEN', 'ended')),
          isJoined: membership.isJoined,
        }),
        rightsOf: membership.rightsOf,
        recheck: (_roomId, userId) => Promise.resolve(void rechecked.push(userId)),
        give: createOrders({
          rightsNow: membership.rightsNow,
          scribe,
          meetings: { current: () => undefined },
          audit,
          language: 'en',
        }),
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
    expect([...scribe.asked, ...rechecked]).toEqual([]);
  });

  test('recording: a moderator may, a member may not, and nobody where the watcher is absent', async () => {
    const start = { action: 'start', what: 'recording' };
    expect((await ask('@alice:x', 'scribe', start)).status).toBe(200);
    expect(await ask('@bob:x', 'scribe', start)).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    expect(scribe.asked).toEqual([`${ROOM} @alice:x start recording`]);
    matrix.rooms.get(ROOM)?.members.delete(WATCHER);
    await inbox.deliver({ type: 'm.room.member', room_id: ROOM, sender: WATCHER, state_key: WATCHER });
    expect(await ask('@alice:x', 'scribe', start)).toMatchObject({
      status: 409,
      body: { errcode: 'PALABRE_WATCHER_ABSENT' },
    });
    direct.add(ROOM);
    expect(await ask('@alice:x', 'scribe', start)).toMatchObject({
      status: 403,
      body: { errcode: 'PALABRE_DIRECT_ROOM' },
    });
  });

  test('a moderator who lost their power a moment ago orders nothing, though no event has come yet', async () => {
    const state = matrix.rooms.get(ROOM)?.state;
    const powers = (bob: number) => {
      state?.set('m.room.power_levels\0', { sender: '@alice:x', content: { users: { '@bob:x': bob } } });
    };
    powers(50);
    expect((await ask('@bob:x', 'scribe', { action: 'start', what: 'recording' })).status).toBe(200);
    powers(0);
    for (const action of ['start', 'stop'] as const) {
      expect(await ask('@bob:x', 'scribe', { action, what: 'recording' })).toMatchObject({ status: 403 });
    }
    expect(scribe.asked).toEqual([`${ROOM} @bob:x start recording`]);
    expect(audit.rows.map(({ means, action, outcome }) => `${means} ${action} ${outcome}`)).toEqual([
      'button recording.start accepted',
      'button recording.start refused',
      'button recording.stop refused',
    ]);
  });

  test('what cannot be written into the audit trail is neither done nor acknowledged', async () => {
    audit.away = true;
    expect((await ask('@alice:x', 'scribe', { action: 'start', what: 'recording' })).status).toBe(500);
    expect(scribe.asked).toEqual([]);
  });

  test('orders are limited', async () => {
    const start = { action: 'start', what: 'recording' };
    let last = await ask('@bob:x', 'scribe', start);
    for (let count = 0; count < 25 && last.status === 403; count += 1) last = await ask('@bob:x', 'scribe', start);
    expect(last).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    expect(audit.rows.length).toBeLessThan(25);
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
    expect(scribe.asked).toEqual([]);
  });

  test.each(['', '@bob', '@bob\0:x', 7, undefined])('a hint about %j: 400', async (userId) => {
    const answer = await ask('@alice:x', 'recheck', { user_id: userId });
    expect(answer).toMatchObject({ status: 400, body: { errcode: 'M_BAD_JSON' } });
    expect(rechecked).toEqual([]);
  });
});
