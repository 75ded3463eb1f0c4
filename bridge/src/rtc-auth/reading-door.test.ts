import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { READING_SESSION_PATH } from '@palabre/protocol';
import express from 'express';
import { createFakeMatrix, type FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createDomainPolicy } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors } from '../operations/index.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { rtcAuthMigrations } from './migrations.ts';
import { createReadingDoor } from './reading-door.ts';
import { createSessions, type Sessions } from './sessions.ts';

const ROOM = '!room:x';
const HS_TOKEN = 'token-of-the-homeserver';
const FED_PROXY = '/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy';
const { log } = createFakeOperations();

let database: Database;
let sessions: Sessions;
let matrix: FakeMatrix;
let server: Server;
let url: string;

beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { 'rtc-auth': rtcAuthMigrations }, log);
});
afterAll(() => database.destroy());

beforeEach(async () => {
  sessions = createSessions(database, Date.now);
  matrix = createFakeMatrix('@palabre:x');
  const members = new Set(['@alice:x', '@bob:y', '@eve:z']);
  const service = 'https://matrix.y/livekit/jwt';
  const policy = createDomainPolicy('x', {
    classes: {},
    servers: [
      { match: 'y', class: 'partner', transports: [{ service, sfu: 'wss://matrix.y/livekit/sfu', homeserver: 'y' }] },
    ],
  });
  const app = express();
  app.use(
    createReadingDoor({
      sessions,
      isJoinedSoon: (room, userId) => Promise.resolve(room === ROOM && members.has(userId)),
      policy,
      client: matrix.client,
      hsToken: HS_TOKEN,
      serverName: 'x',
      apiUrl: 'https://matrix.x',
    }),
  );
  app.use(answerErrors(log));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function ask(
  api: 'client' | 'federation',
  headers: Record<string, string>,
  body: unknown,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${url}/_matrix/${api}/${READING_SESSION_PATH}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${HS_TOKEN}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}
const as = (userId: string) => ({ 'x-matrix-user-identifier': userId });

test('a member gets a session for reading, which is good for nothing else', async () => {
  const { status, json } = await ask('client', as('@alice:x'), { room_id: ROOM });
  expect([status, json['api_url']]).toEqual([200, 'https://matrix.x']);
  const token = String(json['token']);
  await expect(sessions.reader(token)).resolves.toMatchObject({ userId: '@alice:x', roomId: ROOM });
  await expect(sessions.owner(token)).rejects.toMatchObject({ code: 'M_UNKNOWN_TOKEN' });
  const whole = await sessions.create({ userId: '@alice:x', deviceId: 'D', roomId: ROOM });
  await expect(sessions.reader(whole.token)).resolves.toMatchObject({ deviceId: 'D' });
});

test('who is not joined, of a server that policy denies, or not vouched for gets none', async () => {
  expect((await ask('client', as('@zoe:x'), { room_id: ROOM })).status).toBe(403);
  expect((await ask('client', as('@alice:x'), { room_id: '!other:x' })).status).toBe(403);
  expect((await ask('client', {}, { room_id: ROOM })).status).toBe(401);
  expect((await ask('client', { ...as('@alice:x'), 'x-matrix-origin': 'y' }, { room_id: ROOM })).status).toBe(401);
  expect((await ask('client', { ...as('@alice:x'), authorization: 'Bearer x' }, { room_id: ROOM })).status).toBe(401);
  expect((await ask('client', as('@alice:x'), { room_id: 'room' })).status).toBe(400);
  expect((await ask('federation', { 'x-matrix-origin': 'z' }, { room_id: ROOM, user_id: '@eve:z' })).status).toBe(403);
});

test("a partner's homeserver asks for its own people only", async () => {
  const { status, json } = await ask('federation', { 'x-matrix-origin': 'y' }, { room_id: ROOM, user_id: '@bob:y' });
  expect(status).toBe(200);
  await expect(sessions.reader(String(json['token']))).resolves.toMatchObject({ userId: '@bob:y' });
  const stolen = await ask('federation', { 'x-matrix-origin': 'y' }, { room_id: ROOM, user_id: '@alice:x' });
  expect(stolen.status).toBe(403);
});

test("our people read at a partner's, where policy says that it is, and nowhere else", async () => {
  const asked: unknown[] = [];
  matrix.answers.set(FED_PROXY, (body) => {
    asked.push(body);
    return { status: 200, content: { token: 'theirs', expires_in_ms: 1_000, api_url: 'https://evil.example' } };
  });
  const { status, json } = await ask('client', as('@alice:x'), { room_id: ROOM, server_name: 'y' });
  expect([status, json]).toEqual([200, { token: 'theirs', expires_in_ms: 1_000, api_url: 'https://matrix.y' }]);
  expect(asked).toEqual([
    {
      destination: 'y',
      method: 'POST',
      path: `/_matrix/federation/${READING_SESSION_PATH}`,
      body: { room_id: ROOM, user_id: '@alice:x' },
    },
  ]);
  expect((await ask('client', as('@alice:x'), { room_id: ROOM, server_name: 'z' })).status).toBe(400);
  matrix.answers.set(FED_PROXY, () => ({ status: 403, content: { errcode: 'M_FORBIDDEN' } }));
  expect((await ask('client', as('@alice:x'), { room_id: ROOM, server_name: 'y' })).status).toBe(403);
  matrix.answers.set(FED_PROXY, () => ({ status: 200, content: { token: 7 } }));
  expect((await ask('client', as('@alice:x'), { room_id: ROOM, server_name: 'y' })).status).toBe(502);
});
