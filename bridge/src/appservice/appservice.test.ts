import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { sql } from 'kysely';
import pg from 'pg';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors, unknownPath } from '../operations/index.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createInbox } from './inbox.ts';
import type { Inbox } from './inbox.ts';
import { createMatrixClient, isRefusal, MatrixError, matrixPath, MatrixUnreachable } from './matrix-client.ts';
import { appserviceMigrations } from './migrations.ts';
import type { RoomEvent } from './room-event.ts';
import { createAppserviceRoutes } from './routes.ts';

const HS_TOKEN = 'token-of-the-homeserver';
const { log, metrics, lines } = createFakeOperations();
const now = () => Date.now();

function event(room: string, id: string, content: Record<string, unknown> = {}) {
  return { type: 'm.test', event_id: id, room_id: room, sender: '@a:x', origin_server_ts: 1, content };
}

describe('the inbox behind the application service API', () => {
  let database: Database;
  let inbox: Inbox;
  let base: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    database = await createDatabase(await emptyDatabase(), { appservice: appserviceMigrations }, log);
  });
  afterAll(() => database.destroy());
  beforeEach(async () => {
    await sql`truncate appservice_inbox, appservice_transactions`.execute(database);
    inbox = createInbox({ database, log, metrics, now });
    const app = express();
    app.use(
      createAppserviceRoutes({
        inbox,
        hsToken: HS_TOKEN,
        ownUsers: ['@palabre:x'],
        onRefused: () => undefined,
        log,
        metrics,
      }),
    );
    app.use(unknownPath, answerErrors(log));
    const listener = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    base = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    stop = async () => {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      await inbox.close();
    };
  });
  afterEach(() => stop());

  async function put(txnId: string, body: unknown, token = HS_TOKEN): Promise<Response> {
    return fetch(`${base}/_matrix/app/v1/transactions/${txnId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async function waiting(): Promise<number> {
    const { rows } = await sql<{ count: number }>`select count(*) from appservice_inbox`.execute(database);
    return rows[0]?.count ?? -1;
  }

  test('events are worked in order within a room, once for each transaction, and then forgotten', async () => {
    const seen: string[] = [];
    inbox.onRoomEvent({
      wants: ({ type }) => type === 'm.test',
      handle: async (worked: RoomEvent) => {
        // The first is slow: a room's later events wait, other rooms do not.
        if (worked.event_id === '$1') await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(worked.event_id);
      },
    });
    const events = [event('!a:x', '$1'), event('!a:x', '$2'), event('!b:x', '$3')];
    expect((await put('1', { events })).status).toBe(200);
    expect((await put('1', { events })).status).toBe(200);
    await inbox.idle();
    expect(seen).toEqual(['$3', '$1', '$2']);
    expect(await waiting()).toBe(0);
  });

  test('a transaction number that comes again with other events is a new transaction', async () => {
    const seen: string[] = [];
    inbox.onRoomEvent({ wants: () => true, handle: (worked) => Promise.resolve(void seen.push(worked.event_id)) });
    await put('1', { events: [event('!a:x', '$1')] });
    await put('1', { events: [event('!a:x', '$2')] });
    await inbox.idle();
    expect(seen).toEqual(['$1', '$2']);
  });

  test('what was taken but not worked comes again in the next process', async () => {
    inbox.onRoomEvent({ wants: () => true, handle: () => Promise.reject(new Error('not now')) });
    await put('1', { events: [event('!a:x', '$1', { text: 'nul \0 and \ud800' })] });
    await inbox.close();
    expect(await waiting()).toBe(1);

    const next = createInbox({ database, log, metrics, now });
    const seen: RoomEvent[] = [];
    next.onRoomEvent({ wants: () => true, handle: (worked) => Promise.resolve(void seen.push(worked)) });
    await next.resume();
    await next.idle();
    expect(seen.map((worked) => worked.event_id)).toEqual(['$1']);
    expect(await waiting()).toBe(0);
  });

  test('a stored event that an older version took is dropped, and what came after it is worked', async () => {
    const events = [{ ...event('!a:x', '$old'), type: 'control\u0007' }, event('!a:x', '$1')];
    for (const stored of events)
      await sql`insert into appservice_inbox (room_id, event) values ('!a:x', ${JSON.stringify(stored)})`.execute(
        database,
      );
    const seen: string[] = [];
    inbox.onRoomEvent({ wants: () => true, handle: (worked) => Promise.resolve(void seen.push(worked.event_id)) });
    await inbox.resume();
    await inbox.idle();
    expect(seen).toEqual(['$1']);
    expect(await waiting()).toBe(0);
    expect(lines.some((line) => line.includes('a stored event is not one any more'))).toBe(true);
  });

  test('a handler that fails is asked again, the others are not', async () => {
    let tries = 0;
    let others = 0;
    inbox.onRoomEvent({
      wants: () => true,
      handle: () => ((tries += 1) < 2 ? Promise.reject(new Error('once')) : Promise.resolve()),
    });
    inbox.onRoomEvent({ wants: () => true, handle: () => Promise.resolve(void (others += 1)) });
    await put('1', { events: [event('!a:x', '$1')] });
    await inbox.idle();
    expect([tries, others]).toEqual([2, 1]);
  });

  test.each([
    ['a homeserver', new MatrixUnreachable('never')],
    ['the database', Object.assign(new pg.DatabaseError('shutting down', 0, 'error'), { code: '57P03' })],
  ])(
    'one that waits for %s that never answers is given up after an hour, and its room goes on',
    async (_whom, away) => {
      let nowMs = 0;
      const patient = createInbox({ database, log, metrics, now: () => nowMs });
      const seen: string[] = [];
      patient.onRoomEvent({
        wants: () => true,
        handle: ({ event_id: id }) => {
          seen.push(id);
          nowMs += 2_000_000;
          return id === '$1' ? Promise.reject(away) : Promise.resolve();
        },
      });
      await patient.take('1', 'digest', [event('!a:x', '$1'), event('!a:x', '$2')]);
      await patient.idle();
      expect(seen).toEqual(['$1', '$1', '$2']);
      expect(await waiting()).toBe(0);
      await patient.close();
    },
  );

  test('an event that was worked is checked off, though the database refuses at first', async () => {
    await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
      database,
    );
    await sql`create trigger refuse before delete on appservice_inbox execute function refuse()`.execute(database);
    let times = 0;
    inbox.onRoomEvent({ wants: () => true, handle: () => Promise.resolve(void (times += 1)) });
    await put('1', { events: [event('!a:x', '$1')] });
    while (!lines.some((line) => line.includes('could not be checked off'))) await new Promise(setImmediate);
    await sql`drop trigger refuse on appservice_inbox`.execute(database);
    await inbox.idle();
    expect([times, await waiting()]).toEqual([1, 0]);
  });

  test('events that nobody wants are not stored; arrivals are told at once', async () => {
    const arrived: string[] = [];
    inbox.onArrival((worked) => void arrived.push(worked.event_id));
    await put('1', { events: [event('!a:x', '$1')] });
    expect(arrived).toEqual(['$1']);
    expect(await waiting()).toBe(0);
  });

  test.each([
    ['no token', '', '{"events":[]}', 401, 'M_MISSING_TOKEN'],
    ['another token', 'wrong', '{"events":[]}', 403, 'M_FORBIDDEN'],
    ['malformed JSON', HS_TOKEN, '{"events":', 400, 'M_NOT_JSON'],
    ['a wrong type', HS_TOKEN, '{"events":7}', 400, 'M_BAD_JSON'],
  ])('refuses %s and changes nothing', async (_, token, body, status, errcode) => {
    const seen: string[] = [];
    inbox.onArrival((worked) => void seen.push(worked.event_id));
    const response = await put('9', body, token);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ errcode });
    expect(text).not.toMatch(/ at |node_modules|stack/);
    expect(seen).toEqual([]);
    const { rows } = await sql`select 1 from appservice_transactions`.execute(database);
    expect(rows).toEqual([]);
  });

  test('an event that makes no sense is skipped, and does not hold up the rest', async () => {
    const seen: string[] = [];
    inbox.onArrival((worked) => void seen.push(worked.event_id));
    const junk = [
      null,
      7,
      {},
      { ...event('room', '$1') },
      { ...event('!a:x', '$2'), content: 'text' },
      event('!\0:x', '$3'),
      { ...event('!a:x', '$3'), type: 'm.room.member', state_key: '@bob\0:x' },
    ];
    expect((await put('1', { events: [...junk, event('!a:x', '$4')] })).status).toBe(200);
    expect(seen).toEqual(['$4']);
  });

  test.each([1e300, 0.5, 'yesterday'])('an event of the time %j is one of long ago', async (time) => {
    const seen: number[] = [];
    inbox.onArrival((worked) => void seen.push(worked.origin_server_ts));
    await put('1', { events: [{ ...event('!a:x', '$1'), origin_server_ts: time }] });
    expect(seen).toEqual([0]);
  });

  test('a transaction without a proper name is refused', async () => {
    expect((await put('%00', { events: [] })).status).toBe(400);
    expect((await put('%E0%A4%A', { events: [] })).status).toBe(400);
  });

  test('ping, own users, and 404 for the rest', async () => {
    const ask = async (path: string, method = 'GET') =>
      (await fetch(base + path, { method, headers: { authorization: `Bearer ${HS_TOKEN}` } })).status;
    expect(await ask('/_matrix/app/v1/ping', 'POST')).toBe(200);
    expect(await ask('/_matrix/app/v1/users/%40palabre%3Ax')).toBe(200);
    expect(await ask('/_matrix/app/v1/users/%40alice%3Ax')).toBe(404);
    expect(await ask('/_matrix/app/v1/rooms/%23a%3Ax')).toBe(404);
    expect(await ask('/_matrix/client/unstable/io.element.msc4195/rtc/livekit/delegate_delayed_leave', 'POST')).toBe(
      404,
    );
  });
});

test.each([
  [400, true],
  [401, false],
  [403, true],
  [408, false],
  [429, false],
  [502, false],
])('an answer of %d is the homeserver’s last word: %p', (status, isLast) => {
  expect(isRefusal(new MatrixError(status, 'M_UNKNOWN'))).toBe(isLast);
});

describe('the Matrix client', () => {
  const answers: { status: number; body: unknown; headers?: Record<string, string> }[] = [];
  const asked: { method: string; url: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization,
        body,
      });
      const answer = answers.shift() ?? { status: 200, body: {} };
      response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
    });
  });
  let client: ReturnType<typeof createMatrixClient>;
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    client = createMatrixClient({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      asToken: 'as',
    });
  });
  beforeEach(() => {
    answers.length = 0;
    asked.length = 0;
  });
  afterAll(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('masquerades, escapes ids, sends JSON', async () => {
    await client.request('PUT', matrixPath`/rooms/${'!a/b:x'}/x`, {
      asUser: '@palabre-scribe:x',
      asDevice: 'PUBLISHER',
      body: { a: 1 },
    });
    expect(asked).toEqual([
      {
        method: 'PUT',
        url: '/rooms/!a%2Fb%3Ax/x?user_id=%40palabre-scribe%3Ax&device_id=PUBLISHER',
        authorization: 'Bearer as',
        body: '{"a":1}',
      },
    ]);
  });

  test('waits as long as the homeserver asks, then tries again; gives up with its code', async () => {
    answers.push({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 120 } });
    const before = Date.now();
    await client.request('POST', '/x', { body: {} });
    expect(Date.now() - before).toBeGreaterThanOrEqual(115);
    expect(asked).toHaveLength(2);

    answers.push({ status: 403, body: { errcode: 'M_FORBIDDEN', error: 'names somebody' } });
    const refusal: unknown = await client.request('GET', '/x').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(MatrixError);
    expect(refusal).toMatchObject({ status: 403, errcode: 'M_FORBIDDEN' });
    expect(String(refusal)).not.toContain('somebody');
  });

  test('a POST is not repeated after a failure of the server, a GET is', async () => {
    answers.push({ status: 502, body: {} });
    await expect(client.request('POST', '/x', { body: {} })).rejects.toMatchObject({ status: 502 });
    answers.push({ status: 502, body: {} });
    await expect(client.request('GET', '/x')).resolves.toEqual({});
    expect(asked).toHaveLength(3);
  });

  test('no server is MatrixUnreachable', async () => {
    const nobody = createMatrixClient({ baseUrl: 'http://127.0.0.1:1', asToken: 'as' });
    await expect(nobody.request('GET', '/x', { retries: 0 })).rejects.toBeInstanceOf(MatrixUnreachable);
    await nobody.close();
  });
});
