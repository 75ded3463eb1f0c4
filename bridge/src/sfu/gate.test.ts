import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BOB, createFakeCall, LIVEKIT_ROOM, seatOf, until } from './fake-call.ts';
import type { FakeCall } from './fake-call.ts';
import type { Door } from './people.ts';
import { createGate } from './gate.ts';
import type { Gate } from './gate.ts';

let call: FakeCall;
beforeEach(() => {
  call = createFakeCall();
});
const written: string[] = [];
afterEach(async () => {
  await call.eviction.close();
  written.push(...call.lines);
});

describe('the gate', () => {
  let upstream: Server;
  let front: Server;
  let gate: Gate;
  let asked: string[];
  let authorizations: (string | undefined)[];
  let accepted: Duplex[];
  /** Runs when the SFU is about to accept. */
  let beforeAccept: () => Promise<void>;

  async function listen(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeEach(async () => {
    asked = [];
    authorizations = [];
    accepted = [];
    beforeAccept = () => Promise.resolve();
    upstream = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('success');
    });
    upstream.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      asked.push(request.url ?? '');
      authorizations.push(request.headers.authorization);
      accepted.push(socket);
      socket.on('end', () => socket.destroy());
      socket.on('error', () => socket.destroy());
      void beforeAccept().then(() => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
        socket.on('data', (data) => socket.write(data));
      });
    });
    gate = createGate({ ...call, livekitUrl: await listen(upstream) });
    front = createServer((request, response) => {
      gate.handle(request.url ?? '', request, response);
    });
    front.on('upgrade', (request, socket, head) => {
      gate.upgrade(request.url ?? '', request, socket, head);
    });
    await listen(front);
    gate.open();
  });
  afterEach(async () => {
    gate.close();
    for (const socket of accepted) socket.destroy();
    for (const server of [front, upstream]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const tokenOf = (name: string, door: Door = 'homeserver') =>
    call.sfu.signToken(
      LIVEKIT_ROOM,
      seatOf(name),
      { door, publish: ['microphone'], canSubscribe: true, canPublishData: true },
      60_000,
    );

  /** Opens a WebSocket by hand. @returns the status line's code, and the open socket after 101 */
  async function open(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; socket: Socket; text: string }> {
    const socket = connect((front.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    const more = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: gate\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n${more}\r\n`,
    );
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString()));
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), socket, text };
  }

  async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    const request = httpRequest({ port: (front.address() as AddressInfo).port, host: '127.0.0.1', path, headers });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
    return { status: response.statusCode ?? 0, text };
  }

  test.each(['/rtc', '/rtc/v1'])('%s: a member is connected, with all of the query, both ways', async (path) => {
    const token = await tokenOf('bob');
    const { status, socket } = await open(`${path}?access_token=${token}&sid=1&join_request=x`);
    expect(status).toBe(101);
    expect(asked[0]).toBe(`${path}?sid=1&join_request=x`);
    expect(authorizations[0]).toBe(`Bearer ${token}`);
    socket.write('hello');
    const [echo] = (await once(socket, 'data')) as [Buffer];
    expect(echo.toString()).toBe('hello');
    expect(call.sockets).toBe(1);
    socket.destroy();
    await until(() => call.sockets === 0);
  });

  // Go and Node read odd queries differently: the SFU must see the token that was checked, and nothing it could take for another.
  test.each([
    ['a second token', (mine: string, other: string) => `access_token=${mine}&access_token=${other}`],
    [
      'a second token behind a broken escape',
      (mine: string, other: string) => `access_token=${mine}#%zz&access_token=${other}`,
    ],
    ['a second participant', (mine: string) => `access_token=${mine}&publish=x`],
  ])('%s does not reach the SFU', async (_, query) => {
    const mine = await tokenOf('bob');
    const { status } = await open(`/rtc?${query(mine, await tokenOf('alice'))}`);
    expect(status).toBe(101);
    expect(asked).toEqual(['/rtc']);
    expect(authorizations).toEqual([`Bearer ${mine}`]);
  });

  test('who came by OpenID comes again by OpenID, and through the homeserver even where such tokens were revoked', async () => {
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'openid');
    expect((await open(`/rtc?access_token=${await tokenOf('bob', 'openid')}`)).status).toBe(101);
    await call.identities.revoke(LIVEKIT_ROOM, seatOf('bob'));
    expect((await open(`/rtc?access_token=${await tokenOf('bob')}`)).status).toBe(101);
  });

  test('the token may be in the header, as native clients send it', async () => {
    const { status } = await open('/rtc', { Authorization: `Bearer ${await tokenOf('bob')}` });
    expect(status).toBe(101);
  });

  test.each(['/rtc/validate', '/rtc/v1/validate'])('%s: the SFU answers for a member', async (path) => {
    await expect(get(`${path}?access_token=${await tokenOf('bob')}`)).resolves.toEqual({
      status: 200,
      text: 'success',
    });
  });

  test.each<[string, number, () => string | Promise<string>]>([
    ['a token that is none', 401, () => 'junk'],
    ['no token', 401, () => ''],
    [
      'a token that has run out',
      401,
      async () => {
        const token = await tokenOf('bob');
        call.nowMs += 61_000;
        return token;
      },
    ],
    ['an identity that is not on record', 403, () => tokenOf('stranger')],
    [
      'an identity that was revoked, by OpenID',
      403,
      async () => {
        await call.identities.revoke(LIVEKIT_ROOM, seatOf('bob'));
        call.sfu.leave(LIVEKIT_ROOM, seatOf('bob'));
        return tokenOf('bob', 'openid');
      },
    ],
    [
      'an OpenID token in the place of who came through the homeserver, whatever was asked for last',
      403,
      () => {
        call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'homeserver');
        call.identities.put({ identity: seatOf('bob'), userId: '@bob:x', door: 'openid' });
        return tokenOf('bob', 'openid');
      },
    ],
    [
      'an OpenID token for another name of a device that came through the homeserver',
      403,
      () => {
        call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'homeserver');
        call.identities.put({ identity: seatOf('bobs-other-name'), userId: '@bob:x', door: 'openid' });
        return tokenOf('bobs-other-name', 'openid');
      },
    ],
    [
      'somebody who is not joined',
      403,
      () => {
        call.joined.delete('@bob:x');
        return tokenOf('bob');
      },
    ],
    [
      'no answer about the membership',
      502,
      () => {
        call.homeserverAnswers = false;
        return tokenOf('bob');
      },
    ],
    [
      'a gate that is not open yet',
      502,
      () => {
        gate.close();
        return tokenOf('bob');
      },
    ],
    [
      'an SFU that does not answer',
      502,
      () => {
        call.sfu.down = true;
        return tokenOf('bob');
      },
    ],
  ])('%s is refused on every path', async (_, status, prepare) => {
    const token = await prepare();
    for (const path of ['/rtc', '/rtc/v1']) {
      const answer = await open(`${path}?access_token=${token}`);
      expect(answer.status).toBe(status);
    }
    for (const path of ['/rtc/validate', '/rtc/v1/validate']) {
      expect((await get(`${path}?access_token=${token}`)).status).toBe(status);
    }
    expect(asked).toEqual([]);
  });

  test('nothing else of the SFU is reachable', async () => {
    const token = await tokenOf('bob');
    for (const path of ['/', '/rtc', '/twirp/livekit.RoomService/ListRooms', '/rtc/../twirp', '/agent', '/metrics']) {
      expect((await get(`${path}?access_token=${token}`)).status).toBe(404);
    }
    for (const path of ['/agent', '/rtc/v2', '/rtc/validate'])
      expect((await open(`${path}?access_token=${token}`)).status).toBe(404);
    expect(asked).toEqual([]);
  });

  test('put out while the SFU is accepting: the connect comes to nothing', async () => {
    let accept: () => void = () => undefined;
    const accepting = new Promise<void>((resolve) => {
      beforeAccept = () => {
        resolve();
        return new Promise((done) => {
          accept = done;
        });
      };
    });
    const attempt = open(`/rtc?access_token=${await tokenOf('bob')}`);
    await accepting;
    call.joined.delete('@bob:x');
    // Another bridge wrote the denial: this one finds it after the SFU has accepted.
    await call.denials.add(BOB);
    accept();
    const { status } = await attempt;
    expect(status).toBe(0);
    await until(() => !call.isThere('bob'));
  });

  test('an eviction closes both sides of an open connection', async () => {
    const { socket } = await open(`/rtc?access_token=${await tokenOf('bob')}`);
    call.joined.delete('@bob:x');
    const closed = once(socket, 'close');
    await call.eviction.evict(BOB, 'event');
    await closed;
    await until(() => accepted.every((end) => end.destroyed));
    expect(call.sockets).toBe(0);
  });

  test('the room is made when the SFU has lost it', async () => {
    call.sfu.rooms.clear();
    await get(`/rtc/validate?access_token=${await tokenOf('bob')}`);
    expect(call.sfu.rooms.has(LIVEKIT_ROOM)).toBe(true);
  });

  test('no token is ever written into the log', () => {
    expect(written.join('')).not.toMatch(/fake-\d|access_token|@bob/);
    expect(written.length).toBeGreaterThan(0);
  });
});
