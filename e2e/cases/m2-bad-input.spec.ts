import { createHmac } from 'node:crypto';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import { askDoor, doorAddress, doorBody, DOORS, knock } from '../matrix/doors.ts';
import type { Answer, DoorName } from '../matrix/doors.ts';

/** What every refusal has in common: a Matrix error, a sentence, no token, nothing of the program's inside. */
function expectRefusal(
  answer: Answer,
  status: number | readonly number[],
  errcode: string | readonly string[],
  what: string,
): void {
  const among = (value: unknown, allowed: unknown) =>
    Array.isArray(allowed) ? allowed.includes(value) : value === allowed;
  expect(among(answer.status, status), `${what}: status ${String(answer.status)} ${answer.text.slice(0, 200)}`).toBe(
    true,
  );
  expect(
    among(answer.errcode, errcode),
    `${what}: errcode ${String(answer.errcode)} ${answer.text.slice(0, 200)}`,
  ).toBe(true);
  expect(answer.error ?? '', what).not.toBe('');
  expect(answer.jwt, what).toBeUndefined();
  expect(answer.text, what).not.toMatch(/\bat .+:\d+:\d+|node_modules|\.ts:\d+/);
}

test('malformed, oversize and wrongly typed bodies get the right error at every door @line', async ({
  cast,
  stack,
}) => {
  const alice = await cast.person('alice');
  const room = await makeRoom(stack, alice, []);
  for (const door of DOORS) {
    const address = doorAddress(stack.facts, door);
    const headers: Record<string, string> =
      door === 'homeserver' ? { authorization: `Bearer ${alice.matrix.account.accessToken}` } : {};
    const good = await doorBody(stack.facts, alice.matrix, room.roomId, door);
    const roomKey = door === 'sfu/get' ? 'room' : 'room_id';
    const table: readonly (readonly [string, unknown, number, readonly string[]])[] = [
      ['not JSON', '{"room', 400, ['M_NOT_JSON']],
      ['an array', [], 400, ['M_BAD_JSON', 'M_NOT_JSON']],
      ['null', 'null', 400, ['M_BAD_JSON', 'M_NOT_JSON']],
      ['empty', {}, 400, ['M_BAD_JSON']],
      ['room of a wrong type', { ...good, [roomKey]: 7 }, 400, ['M_BAD_JSON', 'M_NOT_JSON']],
      ['room that is no room id', { ...good, [roomKey]: 'no room' }, 400, ['M_BAD_JSON', 'M_INVALID_PARAM']],
      ['oversize', { ...good, filler: 'x'.repeat(2_000_000) }, 413, ['M_TOO_LARGE']],
      ['a room nobody knows', { ...good, [roomKey]: '!nothing:nowhere.invalid' }, 403, ['M_FORBIDDEN']],
    ];
    for (const [what, body, status, errcodes] of table) {
      expectRefusal(await knock(address, body, headers), status, errcodes, `${door}: ${what}`);
    }
    expect((await askDoor(stack.facts, alice.matrix, room.roomId, door)).status, `${door} still works`).toBe(200);
  }
});

test('device and member ids that could make two pairs one are refused @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const room = await makeRoom(stack, alice, []);
  const bad = ['', 'a b', 'a\u0000b', 'A:B', 'x'.repeat(256), '"]'];
  for (const deviceId of bad) {
    const body = { ...(await doorBody(stack.facts, alice.matrix, room.roomId, 'sfu/get')), device_id: deviceId };
    const answer = await knock(doorAddress(stack.facts, 'sfu/get'), body);
    expectRefusal(answer, 400, ['M_BAD_JSON', 'M_INVALID_PARAM'], `device id ${JSON.stringify(deviceId.slice(0, 8))}`);
  }
});

test('forged, stale and foreign OpenID tokens open nothing @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const mallory = await cast.person('dave');
  const room = await makeRoom(stack, alice, []);
  const openIdDoors: readonly DoorName[] = ['sfu/get', 'get_token'];
  for (const door of openIdDoors) {
    const good = await doorBody(stack.facts, alice.matrix, room.roomId, door);
    const genuine = good['openid_token'] as Record<string, unknown>;
    const send = (token: unknown, rest: Record<string, unknown> = good) =>
      knock(doorAddress(stack.facts, door), { ...rest, openid_token: token });

    expectRefusal(
      await send({ ...genuine, access_token: 'forged' }),
      401,
      ['M_UNAUTHORIZED', 'M_UNKNOWN_TOKEN'],
      `${door}: forged`,
    );
    // lk-jwt-service says M_NOT_JSON for a field that does not decode.
    expectRefusal(await send('text'), 400, ['M_BAD_JSON', 'M_NOT_JSON'], `${door}: token of a wrong type`);
    const others = await mallory.matrix.openIdToken();
    expectRefusal(await send(others), [401, 403], ['M_UNAUTHORIZED', 'M_FORBIDDEN'], `${door}: somebody else's`);

    // Names under which an inside address could be asked; each must be refused, and nothing may be called there.
    const names = [
      'localhost',
      '127.0.0.1',
      '[::1]',
      '169.254.169.254',
      '10.0.0.1',
      'localhost:22',
      '0.0.0.0',
      'a b',
      '',
      'x'.repeat(300),
    ];
    for (const name of names) {
      const answer = await send({ ...genuine, matrix_server_name: name });
      expect(answer.status, `${door}: server name ${name.slice(0, 20)}: ${answer.text}`).toBeGreaterThanOrEqual(400);
      expect(answer.status, `${door}: server name ${name.slice(0, 20)}: ${answer.text}`).not.toBe(500);
      expect(answer.jwt, name).toBeUndefined();
      expect(answer.text).not.toMatch(/ECONNREFUSED|node_modules|\bat .+:\d+:\d+/);
    }
  }
});

test('paths that are not served answer 404, the delegated leave included @line', async ({ stack }) => {
  const { api } = stack.facts.urls;
  for (const path of [
    '/livekit/jwt/delegate_delayed_leave',
    '/livekit/jwt/nothing',
    '/livekit/sfu/nothing',
    '/livekit/sfu/twirp/livekit.RoomService/ListRooms',
    '/livekit/sfu/rtc/v2',
    '/api/nothing',
    '/nothing',
    '/ready',
    '/metrics',
    '/_synapse/admin/v1/register',
  ]) {
    const answer = await knock(`${api}${path}`, {});
    expect(answer.status, `${path}: ${answer.text.slice(0, 100)}`).toBe(404);
  }
  expect((await fetch(`${api}/livekit/jwt/healthz`)).status).toBe(200);
});

test('unsigned webhooks and transactions without the right token change nothing @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const room = await makeRoom(stack, alice, []);
  const inside = stack.facts.internal.bridgeInternal;
  const transaction = { events: [] };
  const put = async (headers: Record<string, string>) => {
    const response = await fetch(`${inside}/_matrix/app/v1/transactions/e2e-forged`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(transaction),
    });
    return { status: response.status, body: (await response.json()) as { errcode?: string } };
  };
  expect((await put({})).status).toBe(401);
  expect(await put({ authorization: 'Bearer wrong' })).toMatchObject({ status: 403 });
  expect((await put({ authorization: `Bearer ${stack.facts.secrets.asToken}` })).status).toBe(403);

  const hook = JSON.stringify({ event: 'participant_left', id: 'EV_forged', room: { name: 'x' } });
  const forged = createHmac('sha256', 'wrong').update(hook).digest('base64url');
  for (const authorization of [undefined, 'nonsense', `Bearer ${forged}`]) {
    const response = await fetch(`${inside}/livekit/webhook`, {
      method: 'POST',
      headers: {
        'content-type': 'application/webhook+json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: hook,
    });
    expect([401, 403], `webhook with ${String(authorization).slice(0, 10)}`).toContain(response.status);
  }

  const proxied = `${inside}/_matrix/client/unstable/io.element.msc4195/rtc/livekit/get_token`;
  const body = await doorBody(stack.facts, alice.matrix, room.roomId, 'homeserver');
  const claimed = { 'x-matrix-user-identifier': alice.userId };
  expectRefusal(
    await knock(proxied, body, claimed),
    401,
    ['M_MISSING_TOKEN', 'M_UNKNOWN_TOKEN'],
    'no homeserver token',
  );
  expectRefusal(
    await knock(proxied, body, { ...claimed, authorization: 'Bearer wrong' }),
    [401, 403],
    ['M_UNKNOWN_TOKEN', 'M_FORBIDDEN'],
    'wrong homeserver token',
  );
});

test('the api takes only sessions from the homeserver door, each for its own room @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const other = await makeRoom(stack, alice, []);
  const { api } = stack.facts.urls;
  const rights = (roomId: string, token?: string) =>
    fetch(`${api}/api/rooms/${encodeURIComponent(roomId)}/rights`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const answer = await askDoor(stack.facts, alice.matrix, room.roomId, 'homeserver');
  const session = (JSON.parse(answer.text) as { 'app.palabre.session': { token: string } })['app.palabre.session']
    .token;
  const viaOpenId = await askDoor(stack.facts, alice.matrix, room.roomId, 'get_token');
  expect(viaOpenId.text).not.toContain('app.palabre.session');

  expect((await rights(room.roomId)).status).toBe(401);
  expect((await rights(room.roomId, 'wrong')).status).toBe(401);
  expect((await rights(room.roomId, viaOpenId.jwt)).status).toBe(401);
  expect((await rights(room.roomId, alice.matrix.account.accessToken)).status).toBe(401);
  expect((await rights(other.roomId, session)).status).toBe(403);
  const own = await rights(room.roomId, session);
  expect(own.status).toBe(200);
  expect(await own.json()).toMatchObject({ moderator: true, may_record: true, watcher_joined: true });

  await test.step('a member without power may not record', async () => {
    const bobs = await askDoor(stack.facts, bob.matrix, room.roomId, 'homeserver');
    const token = (JSON.parse(bobs.text) as { 'app.palabre.session': { token: string } })['app.palabre.session'].token;
    expect(await (await rights(room.roomId, token)).json()).toMatchObject({ moderator: false, may_record: false });
    const started = await knock(
      `${api}/api/rooms/${encodeURIComponent(room.roomId)}/scribe`,
      { action: 'start', what: 'recording' },
      { authorization: `Bearer ${token}` },
    );
    expectRefusal(started, 403, 'M_FORBIDDEN', 'recording without the right');
    await alice.matrix.kick(room.roomId, bob.userId);
    expect((await rights(room.roomId, token)).status, 'after a kick').toBe(403);
  });
});

test('rights follow the power levels of old and new room versions @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const bob = await cast.person('bob');
  const rightsIn = async (roomId: string, who: typeof alice): Promise<unknown> => {
    const answer = await askDoor(stack.facts, who.matrix, roomId, 'homeserver');
    const session = (JSON.parse(answer.text) as { 'app.palabre.session': { token: string } })['app.palabre.session'];
    const response = await fetch(`${stack.facts.urls.api}/api/rooms/${encodeURIComponent(roomId)}/rights`, {
      headers: { authorization: `Bearer ${session.token}` },
    });
    return response.json();
  };
  const old = await makeRoom(stack, alice, [bob], { roomVersion: '11' });
  expect(await rightsIn(old.roomId, alice)).toMatchObject({ power: 100, moderator: true });
  expect(await rightsIn(old.roomId, bob)).toMatchObject({ power: 0, moderator: false });
  const current = await makeRoom(stack, alice, [bob], { roomVersion: '12' });
  expect(await rightsIn(current.roomId, alice)).toMatchObject({ power: null, moderator: true });
  expect(await rightsIn(current.roomId, bob)).toMatchObject({ power: 0, moderator: false });

  await alice.matrix.setPower(old.roomId, bob.userId, 50);
  await expect.poll(() => rightsIn(old.roomId, bob)).toMatchObject({ power: 50, moderator: true, may_record: true });
  const unwatched = await makeRoom(stack, alice, [], { watcher: false });
  expect(await rightsIn(unwatched.roomId, alice)).toMatchObject({ watcher_joined: false, may_record: false });
});
