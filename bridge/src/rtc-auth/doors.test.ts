import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AHEAD_FIELD,
  CALL_SLOT,
  hashedIdentity,
  livekitRoomName,
  memberIdentity,
  PalabreError,
  SESSION_FIELD,
} from '@palabre/protocol';
import express from 'express';
import { sql } from 'kysely';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createDomainPolicy, createMembership } from '../membership/index.ts';
import type { DomainPolicy } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors, unknownPath } from '../operations/index.ts';
import type { Knock } from '../lobby/index.ts';
import { createFakeSfu } from '../sfu/fake-sfu.ts';
import type { FakeSfu } from '../sfu/fake-sfu.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createFairTurns } from './fair-turns.ts';
import { createGrant } from './grant.ts';
import { createHomeserverDoor } from './homeserver-door.ts';
import { createIdentities } from './identities.ts';
import type { Identities } from './identities.ts';
import { rtcAuthMigrations } from './migrations.ts';
import { createOpenId } from './openid.ts';
import { createPartnerDoor } from './partner-door.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { createTokenService } from './token-service.ts';

const ROOM = '!room:x';
const LIVEKIT_ROOM = livekitRoomName(ROOM, CALL_SLOT);
const SFU_URL = 'ws://api/livekit/sfu';
const HS_TOKEN = 'token-of-the-homeserver';
const { log, metrics, lines } = createFakeOperations();

async function serve(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

let database: Database;
let nowMs: number;
let matrix: FakeMatrix;
let sfu: FakeSfu;
let identities: Identities;
let sessions: Sessions;
let homeserver: { server: Server; url: string };
let bridge: { server: Server; url: string };
let inbox: ReturnType<typeof createFakeInbox>;
let closeOpenId: () => Promise<void>;
let policy: DomainPolicy;
let homeserverFails = 0;
const overdue = new Set<string>();
const mustWait = new Set<string>();
/** Patience of each knock; undefined for who only looked. */
const knocks: (number | undefined)[] = [];

beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { 'rtc-auth': rtcAuthMigrations }, log);
  // The own homeserver's openid resource: "good-<name>" is @<name>:x, everything else is unknown.
  homeserver = await serve((request, response) => {
    if (homeserverFails > 0) {
      homeserverFails -= 1;
      response.writeHead(502).end('bad gateway');
      return;
    }
    const token = new URL(request.url ?? '', 'http://x').searchParams.get('access_token') ?? '';
    const name = /^good-(.+)$/.exec(token)?.[1];
    response.writeHead(name === undefined ? 401 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        name === undefined ? { errcode: 'M_UNKNOWN_TOKEN' } : { sub: name.includes(':') ? `@${name}` : `@${name}:x` },
      ),
    );
  });
});
afterAll(async () => {
  await stop(homeserver.server);
  await database.destroy();
});

beforeEach(async () => {
  nowMs = 1_000_000;
  overdue.clear();
  mustWait.clear();
  knocks.length = 0;
  let ticksMs = 0;
  const now = () => nowMs;
  await sql`truncate rtc_identities, api_sessions`.execute(database);
  matrix = createFakeMatrix('@palabre:x');
  const room = matrix.createRoom(ROOM, '@alice:x');
  room.members.set('@bob:x', 'invite').set('@carol:x', 'ban').set('@dave:x', 'leave').set('@guest:partner', 'join');
  sfu = createFakeSfu(now);
  identities = createIdentities(database, (room) => Promise.resolve([...(sfu.rooms.get(room)?.keys() ?? [])]), now);
  sessions = createSessions(database, now);
  policy = createDomainPolicy('x', { classes: {}, servers: [{ match: '*', class: 'partner', transports: [] }] });
  inbox = createFakeInbox(now);
  const membership = createMembership({
    client: matrix.client,
    inbox,
    serverName: 'x',
    policy,
    watcherUserId: '@palabre:x',
    scribeUserId: '@palabre-scribe:x',
    isDirect: () => Promise.resolve(false),
    metrics,
    // Quick: a join that may be on its way is waited for by this clock.
    now: () => (ticksMs += 1_000),
  });
  const onPushedOut = () => undefined;
  const probation = { requireFree: () => Promise.resolve() };
  const mayStay = (_roomId: string, userId: string) => Promise.resolve(!overdue.has(userId));
  const lobby = {
    enter: ({ userId }: { userId: string }, knock: Knock | undefined) => {
      if (!mustWait.has(userId)) return Promise.resolve(false);
      knocks.push(knock?.patienceMs);
      return Promise.reject(new PalabreError('PALABRE_WAITING', 'wait'));
    },
  };
  const grant = createGrant({
    ...membership,
    policy,
    sfuUrl: SFU_URL,
    sfu,
    identities,
    probation,
    lobby,
    mayStay,
    onPushedOut,
    log,
  });
  const homeservers = {};
  const admits = (server: string) => policy.admits(server);
  const openId = createOpenId({ serverName: 'x', homeserver: { baseUrl: homeserver.url }, homeservers, admits, log });
  closeOpenId = () => openId.close();
  const app = express();
  app.use(
    '/livekit/jwt',
    createTokenService({
      grant,
      verifyOpenId: openId.verify,
      turns: createFairTurns(),
      addressOf: () => undefined,
      metrics,
    }),
  );
  app.use(
    createHomeserverDoor({
      grant,
      sessions,
      askPartner: createPartnerDoor({ ...membership, client: matrix.client, policy, log, now }),
      hsToken: HS_TOKEN,
      serverName: 'x',
      sfuUrl: SFU_URL,
      metrics,
    }),
  );
  app.use(unknownPath, answerErrors(log));
  bridge = await serve(app);
});
afterEach(async () => {
  await stop(bridge.server);
  await closeOpenId();
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(bridge.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\n\s+at /);
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
}

const openIdOf = (name: string, server = 'x') => ({
  access_token: `good-${name}`,
  token_type: 'Bearer',
  matrix_server_name: server,
  expires_in: 3600,
});
const sfuGet = (name: string, device = 'DEVICE') =>
  post('/livekit/jwt/sfu/get', { room: ROOM, openid_token: openIdOf(name), device_id: device });
const getToken = (name: string, memberId = 'member', claimed = `@${name}:x`) =>
  post('/livekit/jwt/get_token', {
    room_id: ROOM,
    slot_id: CALL_SLOT,
    openid_token: openIdOf(name),
    member: { id: memberId, claimed_user_id: claimed, claimed_device_id: 'DEVICE' },
  });

const CLIENT = '/_matrix/client/unstable/io.element.msc4195/rtc/livekit/get_token';
const FEDERATION = '/_matrix/federation/unstable/io.element.msc4195/rtc/livekit/get_token';
const doorBody = {
  url: SFU_URL,
  room_id: ROOM,
  slot_id: CALL_SLOT,
  member: { id: '@alice:x:DEVICE', claimed_device_id: 'DEVICE' },
};
const asUser = (userId: string) => ({ authorization: `Bearer ${HS_TOKEN}`, 'x-matrix-user-identifier': userId });
const asServer = (name: string) => ({ authorization: `Bearer ${HS_TOKEN}`, 'x-matrix-origin': name });

describe('the token service', () => {
  test('/sfu/get: a member gets a token of the plain identity, for the gate, and nothing else', async () => {
    const { status, body, headers } = await sfuGet('alice');
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['jwt', 'url']);
    expect(body['url']).toBe(SFU_URL);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(sfu.tokens.get(String(body['jwt']))).toMatchObject({
      livekitRoom: LIVEKIT_ROOM,
      identity: '@alice:x:DEVICE',
    });
    await expect(identities.find(LIVEKIT_ROOM, '@alice:x:DEVICE')).resolves.toMatchObject({
      userId: '@alice:x',
      door: 'openid',
    });
  });

  test('/get_token: the hashed identity, in the same room', async () => {
    const { body } = await getToken('alice');
    expect(sfu.tokens.get(String(body['jwt']))).toMatchObject({
      livekitRoom: LIVEKIT_ROOM,
      identity: hashedIdentity('@alice:x', 'DEVICE', 'member'),
    });
  });

  test.each(['bob', 'carol', 'dave', 'nobody'])('%s (invited, banned, left, unknown) gets none', async (name) => {
    for (const answer of [await sfuGet(name), await getToken(name)]) {
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ errcode: 'M_FORBIDDEN' });
    }
    expect(sfu.tokens.size).toBe(0);
  });

  test('for an outsider nothing is read of the room they name', async () => {
    matrix.rooms.get(ROOM)?.members.set('@palabre:x', 'join');
    await sfuGet('nobody');
    expect(matrix.requests.filter(({ path }) => path.includes('/state/'))).toEqual([]);
  });

  test('an unknown room gives none', async () => {
    const body = { room: '!unknown:x', openid_token: openIdOf('alice'), device_id: 'DEVICE' };
    expect(await post('/livekit/jwt/sfu/get', body)).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
  });

  test('a room that was upgraded gives none', async () => {
    const room = matrix.rooms.get(ROOM);
    room?.members.set('@palabre:x', 'join');
    room?.state.set('m.room.tombstone\0', { sender: '@alice:x', content: { replacement_room: '!new' } });
    const { status, body } = await sfuGet('alice');
    expect({ status, errcode: body['errcode'] }).toEqual({ status: 403, errcode: 'PALABRE_ROOM_REPLACED' });
    expect(body['error']).toContain('!new');
  });

  test('who publishes on another SFU gets a token where the room is encrypted, if policy demands it', async () => {
    const transports = [{ service: 'https://sfu.partner/jwt', sfu: 'wss://sfu.partner' }];
    policy.replace({
      classes: {},
      servers: [{ match: 'partner', class: 'partner', transports }],
      encryptionAcrossSfus: 'required',
    });
    const room = matrix.rooms.get(ROOM);
    room?.members.set('@palabre:x', 'join');
    const body = { ...doorBody, member: undefined, member_id: 'm', user_id: '@guest:partner' };
    expect(await post(FEDERATION, body, asServer('partner'))).toMatchObject({
      status: 403,
      body: { errcode: 'PALABRE_ENCRYPTION_REQUIRED' },
    });
    expect((await sfuGet('alice')).status).toBe(200);
    room?.state.set('m.room.encryption\0', { sender: '@alice:x', content: {} });
    await inbox.deliver({ type: 'm.room.encryption', room_id: ROOM, sender: '@alice:x', state_key: '' });
    expect((await post(FEDERATION, body, asServer('partner'))).status).toBe(200);
  });

  test.each([
    ['a forged token', { ...openIdOf('alice'), access_token: 'forged' }],
    ['a server that speaks for others', { ...openIdOf('alice:other') }],
    ['a private address', openIdOf('alice', '127.0.0.1:8008')],
    ['the local machine', openIdOf('alice', 'localhost:8008')],
    ['cloud metadata', openIdOf('alice', '169.254.169.254')],
    ['IPv6 loopback', openIdOf('alice', '[::1]:8008')],
    ['an inherited property name', openIdOf('alice', 'constructor')],
  ])('%s: 401 M_UNAUTHORIZED', async (_, openid_token) => {
    const answer = await post('/livekit/jwt/sfu/get', { room: ROOM, openid_token, device_id: 'DEVICE' });
    expect(answer).toMatchObject({ status: 401, body: { errcode: 'M_UNAUTHORIZED' } });
    expect(sfu.tokens.size).toBe(0);
  });

  test('claiming to be somebody else: 401', async () => {
    expect(await getToken('alice', 'member', '@bob:x')).toMatchObject({
      status: 401,
      body: { errcode: 'M_UNAUTHORIZED' },
    });
  });

  test('a hiccup of the homeserver is not shown to the person', async () => {
    homeserverFails = 2;
    expect((await sfuGet('alice')).status).toBe(200);
  });

  test('no answer about the membership: nobody is let in', async () => {
    matrix.down = true;
    expect(await sfuGet('alice')).toMatchObject({ status: 502, body: { errcode: 'PALABRE_UPSTREAM_UNAVAILABLE' } });
    expect(sfu.tokens.size).toBe(0);
  });

  test.each([
    ['malformed JSON', '{"room":', 400, 'M_NOT_JSON'],
    ['an empty body', '', 400, 'M_BAD_JSON'],
    ['a string', '"x"', 400, 'M_NOT_JSON'],
    ['an oversize body', JSON.stringify({ room: 'x'.repeat(100_000) }), 413, 'M_TOO_LARGE'],
  ])('%s', async (_, body, status, errcode) => {
    for (const path of ['/livekit/jwt/sfu/get', '/livekit/jwt/get_token']) {
      expect(await post(path, body)).toMatchObject({ status, body: { errcode } });
    }
  });

  test('asking twice gives the same identity and one record', async () => {
    await sfuGet('alice');
    await sfuGet('alice');
    await expect(identities.of(ROOM, '@alice:x')).resolves.toHaveLength(1);
  });

  test('preflight, health, wrong methods, and 404 for everything else: delegation above all', async () => {
    const ask = async (method: string, path: string) =>
      (await fetch(`${bridge.url}/livekit/jwt${path}`, { method })).status;
    expect(await ask('OPTIONS', '/sfu/get')).toBe(200);
    expect(await ask('GET', '/sfu/get')).toBe(405);
    expect(await ask('GET', '/healthz')).toBe(200);
    expect(await ask('HEAD', '/healthz')).toBe(200);
    for (const path of ['/delegate_delayed_leave', '/sfu_webhook', '/', '/sfu', '/sfu/get/x', '/anything']) {
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD'])
        expect([path, method, await ask(method, path)]).toEqual([path, method, 404]);
    }
    const body = await post('/livekit/jwt/delegate_delayed_leave', '');
    expect(body.body).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
  });
});

describe('the door through the homeserver', () => {
  test('compatibility mode: plain identity, and a session for the API', async () => {
    const { status, body } = await post(CLIENT, doorBody, asUser('@alice:x'));
    expect(status).toBe(200);
    expect(sfu.tokens.get(String(body['jwt']))).toMatchObject({
      identity: '@alice:x:DEVICE',
      livekitRoom: LIVEKIT_ROOM,
    });
    const session = body[SESSION_FIELD] as { token: string; expires_in_ms: number };
    await expect(sessions.owner(session.token)).resolves.toEqual({
      userId: '@alice:x',
      deviceId: 'DEVICE',
      roomId: ROOM,
    });
    nowMs += session.expires_in_ms;
    await expect(sessions.owner(session.token)).rejects.toMatchObject({ code: 'M_UNKNOWN_TOKEN' });
  });

  test('other member ids give hashes; naming somebody else does not give their name', async () => {
    const identity = async (member: unknown, more = {}) => {
      const { body } = await post(CLIENT, { ...doorBody, member, ...more }, asUser('@alice:x'));
      return sfu.tokens.get(String(body['jwt']))?.identity;
    };
    expect(await identity({ id: 'uuid', claimed_device_id: 'D' })).toBe(hashedIdentity('@alice:x', 'D', 'uuid'));
    expect(await identity({ id: '@bob:x:D', claimed_device_id: 'D' })).toBe(
      hashedIdentity('@alice:x', 'D', '@bob:x:D'),
    );
    expect(await identity(undefined, { member_id: 'uuid' })).toBe(memberIdentity('@alice:x', 'uuid'));
  });

  test.each(['@bob:x', '@carol:x', '@dave:x', '@nobody:x'])('%s gets neither token nor session', async (userId) => {
    expect(await post(CLIENT, doorBody, asUser(userId))).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN' },
    });
  });

  test.each([
    ['no token', { 'x-matrix-user-identifier': '@alice:x' }, 401, 'M_MISSING_TOKEN'],
    ['another token', { ...asUser('@alice:x'), authorization: 'Bearer wrong' }, 401, 'M_UNKNOWN_TOKEN'],
    ['nobody named', { authorization: `Bearer ${HS_TOKEN}` }, 401, 'M_UNAUTHORIZED'],
    ['a server in place of a person', asServer('x'), 401, 'M_UNAUTHORIZED'],
    ['both', { ...asUser('@alice:x'), 'x-matrix-origin': 'x' }, 401, 'M_UNAUTHORIZED'],
  ])('%s: refused', async (_, headers, status, errcode) => {
    expect(await post(CLIENT, doorBody, headers)).toMatchObject({ status, body: { errcode } });
  });

  test('another SFU is not served', async () => {
    expect(await post(CLIENT, { ...doorBody, url: 'wss://evil' }, asUser('@alice:x'))).toMatchObject({
      status: 400,
      body: { errcode: 'M_INVALID_PARAM' },
    });
  });

  test.each([
    ['another server', { server_name: 'partner' }],
    ["another server's SFU", { server_name: 'partner', url: 'wss://sfu.partner' }],
  ])('a token of %s is not fetched where policy names none', async (_, more) => {
    expect(await post(CLIENT, { ...doorBody, ...more }, asUser('@alice:x'))).toMatchObject({
      status: 400,
      body: { errcode: 'M_INVALID_PARAM' },
    });
    expect(matrix.requests).toEqual([]);
    expect((await post(CLIENT, { ...doorBody, server_name: 'x' }, asUser('@alice:x'))).status).toBe(200);
  });

  test.each([
    ['slot_id', { slot_id: 'm.call#\0ROOM' }],
    ['room_id', { room_id: '!room\0:x' }],
    ['member_id', { member: undefined, member_id: 'a\0b' }],
    ['device', { member: { id: 'm', claimed_device_id: 'D\0' } }],
  ])('a control character in %s: 400 M_BAD_JSON', async (_, more) => {
    for (const [path, body, headers] of [
      [CLIENT, { ...doorBody, ...more }, asUser('@alice:x')],
      [FEDERATION, { ...doorBody, ...more, user_id: '@guest:partner' }, asServer('partner')],
    ] as const) {
      expect(await post(path, body, headers)).toMatchObject({ status: 400, body: { errcode: 'M_BAD_JSON' } });
    }
  });

  test('delegation is unknown here, too', async () => {
    for (const kind of ['client', 'federation']) {
      const path = `/_matrix/${kind}/unstable/io.element.msc4195/rtc/livekit/delegate_delayed_leave`;
      expect(await post(path, {}, asUser('@alice:x'))).toMatchObject({
        status: 404,
        body: { errcode: 'M_UNRECOGNIZED' },
      });
    }
  });

  test('between servers: for their own people only, to subscribe only, and no session', async () => {
    const body = { ...doorBody, member: undefined, member_id: 'm', user_id: '@guest:partner' };
    const answer = await post(FEDERATION, body, asServer('partner'));
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty([SESSION_FIELD]);
    expect(sfu.tokens.get(String(answer.body['jwt']))).toMatchObject({
      grants: { publish: [], canSubscribe: true },
    });
    expect(await post(FEDERATION, body, asServer('evil'))).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN' },
    });
    expect(await post(FEDERATION, body, asUser('@guest:partner'))).toMatchObject({ status: 401 });
    expect(await post(FEDERATION, { ...body, user_id: '@stranger:partner' }, asServer('partner'))).toMatchObject({
      status: 403,
    });
  });
});

describe('whom policy has wait, or go', () => {
  test('they are told so by every door; who only looks ahead disturbs nobody', async () => {
    mustWait.add('@alice:x').add('@guest:partner');
    const body = { room: ROOM, openid_token: openIdOf('alice'), device_id: 'D' };
    const refusal = { status: 403, body: { errcode: 'PALABRE_WAITING' } };
    expect(await post('/livekit/jwt/sfu/get?ahead', body)).toMatchObject(refusal);
    expect(await post('/livekit/jwt/sfu/get', body)).toMatchObject(refusal);
    const door = { url: SFU_URL, room_id: ROOM, slot_id: CALL_SLOT, member: { id: 'm', claimed_device_id: 'D' } };
    expect(await post(CLIENT, { ...door, [AHEAD_FIELD]: true }, asUser('@alice:x'))).toMatchObject(refusal);
    expect(await post(CLIENT, door, asUser('@alice:x'))).toMatchObject(refusal);
    expect(await post(FEDERATION, { ...door, user_id: '@guest:partner' }, asServer('partner'))).toMatchObject(refusal);
    const [ahead, openid = 0, lookedAhead, homeserver = 0, federation] = knocks;
    expect([ahead, lookedAhead, federation]).toEqual([undefined, undefined, 0]);
    expect([openid > 15_000, homeserver > 5_000 && homeserver < 10_000]).toEqual([true, true]);
    await expect(identities.of(ROOM, '@alice:x')).resolves.toEqual([]);
  });

  test('whose time is over gets no token', async () => {
    overdue.add('@alice:x');
    expect(await sfuGet('alice')).toMatchObject({ status: 403, body: { errcode: 'PALABRE_TIME_OVER' } });
  });
});

describe('the door between servers', () => {
  const body = { ...doorBody, member: undefined, member_id: 'm', user_id: '@guest:partner' };

  test('the same request again, as the other homeserver repeats it, gives the same seat', async () => {
    const both = await Promise.all([1, 2].map(() => post(FEDERATION, body, asServer('partner'))));
    const seats = both.map((answer) => sfu.tokens.get(String(answer.body['jwt']))?.identity);
    expect(seats).toEqual([memberIdentity('@guest:partner', 'm'), memberIdentity('@guest:partner', 'm')]);
    await expect(identities.of(ROOM, '@guest:partner')).resolves.toHaveLength(1);
  });

  test('a join that our homeserver does not know yet is waited for', async () => {
    const members = matrix.rooms.get(ROOM)?.members;
    members?.delete('@guest:partner');
    const asking = post(FEDERATION, body, asServer('partner'));
    while (matrix.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    members?.set('@guest:partner', 'join');
    expect((await asking).status).toBe(200);
  });

  test('people of a server that policy denies get nothing, and nobody is asked about them', async () => {
    policy.replace({ classes: {}, servers: [{ match: 'partner', class: 'denied', transports: [] }] });
    expect(await post(FEDERATION, body, asServer('partner'))).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN' },
    });
    expect(matrix.requests).toEqual([]);
  });

  test.each(['wss://evil', 'ws://other/livekit/sfu'])('%s is not ours to give', async (url) => {
    expect(await post(FEDERATION, { ...body, url }, asServer('partner'))).toMatchObject({
      status: 400,
      body: { errcode: 'M_INVALID_PARAM' },
    });
  });
});

describe('the record of identities', () => {
  test('a revoked identity counts again when a new token is asked for; old records are forgotten', async () => {
    await sfuGet('alice');
    await identities.revoke(LIVEKIT_ROOM, '@alice:x:DEVICE');
    await expect(identities.find(LIVEKIT_ROOM, '@alice:x:DEVICE')).resolves.toMatchObject({ revoked: true });
    await sfuGet('alice');
    await expect(identities.find(LIVEKIT_ROOM, '@alice:x:DEVICE')).resolves.toMatchObject({ revoked: false });
    nowMs += 3 * 3_600_000;
    await identities.prune();
    await expect(identities.find(LIVEKIT_ROOM, '@alice:x:DEVICE')).resolves.toBeUndefined();
  });
});

test('none of this wrote an id or a token into the log', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join('')).not.toMatch(/@alice|!room|good-|DEVICE/);
});
