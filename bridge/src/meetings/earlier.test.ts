import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { Readers } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors } from '../operations/index.ts';
import { createCaller, createEarlier, createEarlierRoutes } from './index.ts';

const ROOM = '!room:x';
const ALICE = '@alice:x';
const BOB = '@bob:x';
const { log } = createFakeOperations();

let nowMs: number;
/** Meetings of the room, the newest first: that of `$5` began at 5. */
let roots: number[];
/** Who may read which; everybody where nothing is said. */
let restricted: Map<string, Readers>;
let unknown: Set<string>;
let asked: string[];
/** What the homeserver says of these only later. */
let slow: Map<string, Promise<Readers>>;
let complaints: number;
let joined: Set<string>;
let server: Server;
let base: string;

beforeEach(async () => {
  nowMs = 1_000;
  roots = [3, 2, 1];
  restricted = new Map();
  unknown = new Set();
  asked = [];
  slow = new Map();
  complaints = 0;
  joined = new Set([ALICE, BOB]);
  const app = express();
  app.use(
    createEarlierRoutes({
      caller: createCaller({
        sessionOwner: (token) =>
          token.startsWith('@')
            ? Promise.resolve({ userId: token, deviceId: '', roomId: ROOM })
            : Promise.reject(new PalabreError('M_UNKNOWN_TOKEN', 'ended')),
        isJoined: (_roomId, userId) => Promise.resolve(joined.has(userId)),
      }),
      earlier: createEarlier({
        threads: (_roomId, beforeMs = Infinity, most) =>
          Promise.resolve(
            roots
              .filter((startedMs) => startedMs < beforeMs)
              .slice(0, most)
              .map((startedMs) => ({ rootId: `$${startedMs}`, startedMs })),
          ),
        readersOf: ({ eventId }) => {
          asked.push(eventId);
          if (unknown.has(eventId)) return Promise.reject(new Error('the homeserver is away'));
          return slow.get(eventId) ?? Promise.resolve(restricted.get(eventId) ?? 'everybody');
        },
        complain: () => (complaints += 1),
        patienceMs: 200,
      }),
      verifyOpenId: ({ accessToken, serverName }) =>
        accessToken.startsWith('@') && serverName === 'x'
          ? Promise.resolve(accessToken)
          : Promise.reject(new PalabreError('M_UNAUTHORIZED', 'forged')),
      mayRead: (roomId, userId) => Promise.resolve(roomId === ROOM && joined.has(userId)),
      now: () => nowMs,
    }),
    answerErrors(log),
  );
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/rooms/`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function ask(as: string, query = '', room = ROOM) {
  const response = await fetch(`${base}${encodeURIComponent(room)}/meetings${query}`, {
    headers: { authorization: `Bearer ${as}`, connection: 'close' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, response };
}
const meetings = (...started: number[]) => started.map((ms) => ({ event_id: `$${ms}`, started_ms: ms }));

test('meetings of the room, the newest first; only who is joined now, only of the room of the session', async () => {
  const { status, body, response } = await ask(ALICE);
  expect([status, body]).toEqual([200, { meetings: meetings(3, 2, 1) }]);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect((await ask(ALICE, '', '!other:x')).status).toBe(403);
  expect((await ask('nobody')).status).toBe(401);
  joined.delete(ALICE);
  expect((await ask(ALICE)).status).toBe(403);
});

test('page after page, to the end', async () => {
  roots = Array.from({ length: 45 }, (_, index) => 45 - index);
  const first = (await ask(ALICE)).body;
  expect(first).toEqual({ meetings: meetings(...roots.slice(0, 20)), next_before_ms: 26 });
  expect((await ask(ALICE, '?before_ms=26')).body['next_before_ms']).toBe(6);
  expect((await ask(ALICE, '?before_ms=6')).body).toEqual({ meetings: meetings(5, 4, 3, 2, 1) });
  expect((await ask(ALICE, '?before_ms=soon')).status).toBe(400);
});

test('only what the history of the room lets this person read; others are not even counted', async () => {
  restricted.set('$2', new Set([ALICE])).set('$1', new Set());
  expect((await ask(ALICE)).body).toEqual({ meetings: meetings(3, 2) });
  expect((await ask(BOB)).body).toEqual({ meetings: meetings(3) });
  // Each once, whoever asks.
  expect(asked).toEqual(['$3', '$2', '$1']);
});

test('what the homeserver does not say is a no, for this time', async () => {
  unknown.add('$2');
  expect((await ask(ALICE)).body).toEqual({ meetings: meetings(3, 1) });
  expect(complaints).toBe(1);
  unknown.clear();
  expect((await ask(ALICE)).body).toEqual({ meetings: meetings(3, 2, 1) });
});

test('a slow homeserver makes pages short, and is asked each thing once however many wait for it', async () => {
  const { promise, resolve } = Promise.withResolvers<Readers>();
  slow.set('$2', promise);
  const [ofAlice, ofBob] = await Promise.all([ask(ALICE), ask(BOB)]);
  const short = { meetings: meetings(3), next_before_ms: 3 };
  expect([ofAlice.body, ofBob.body]).toEqual([short, short]);
  const rest = ask(ALICE, '?before_ms=3');
  resolve(new Set([ALICE]));
  expect((await rest).body).toEqual({ meetings: meetings(2, 1) });
  expect((await ask(BOB, '?before_ms=3')).body).toEqual({ meetings: meetings(1) });
  expect(asked).toEqual(['$3', '$2', '$1']);
});

test('in a very large room it is remembered for whoever asked', async () => {
  roots = [1];
  restricted.set('$1', new Set([ALICE, ...Array.from({ length: 5_000 }, (_, index) => `@${index}:x`)]));
  for (let time = 0; time < 2; time += 1) {
    expect((await ask(ALICE)).body).toEqual({ meetings: meetings(1) });
    expect((await ask(BOB)).body).toEqual({ meetings: [] });
  }
  expect(asked).toEqual(['$1', '$1']);
});

test('whoever asks too often waits', async () => {
  for (let page = 0; page < 10; page += 1) expect((await ask(ALICE)).status).toBe(200);
  const { status, response } = await ask(ALICE);
  expect([status, response.headers.get('retry-after')]).toEqual([429, '10']);
  expect((await ask(BOB)).status).toBe(200);
  nowMs += 10_000;
  expect((await ask(ALICE)).status).toBe(200);
});

test('by an OpenID token: the same list under the same rules, and one limit for both ways', async () => {
  const post = async (body: unknown, room = ROOM) => {
    const response = await fetch(`${base}${encodeURIComponent(room)}/meetings`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const by = (accessToken: string, serverName = 'x') => ({
    openid_token: { access_token: accessToken, matrix_server_name: serverName, token_type: 'Bearer', expires_in: 3600 },
  });
  restricted.set('$2', new Set([ALICE]));
  expect(await post({ ...by(BOB), before_ms: 3 })).toEqual({ status: 200, body: { meetings: meetings(1) } });
  expect((await post(by('forged'))).status).toBe(401);
  expect((await post(by(BOB, 'y'))).status).toBe(401);
  expect((await post({})).status).toBe(400);
  expect((await post({ ...by(BOB), before_ms: 'soon' })).status).toBe(400);
  expect((await post(by(BOB), '!other:x')).status).toBe(403);
  expect((await post(by(BOB), 'no room')).status).toBe(403);
  joined.delete(BOB);
  expect((await post(by(BOB))).status).toBe(403);
  for (let page = 0; page < 10; page += 1) await ask(ALICE);
  expect((await post(by(ALICE))).status).toBe(429);
});
