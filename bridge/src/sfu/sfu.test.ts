import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createConnections } from './connections.ts';
import type { Connections } from './connections.ts';
import type { Denials } from './denials.ts';
import { createEviction } from './eviction.ts';
import type { Eviction } from './eviction.ts';
import { createFakeIdentities } from './fake-identities.ts';
import type { FakeIdentities } from './fake-identities.ts';
import { createFakeSfu } from './fake-sfu.ts';
import type { FakeSfu } from './fake-sfu.ts';
import { createGate } from './gate.ts';
import type { Gate } from './gate.ts';
import { createPatrol, MEMBERSHIP_GRACE_MS } from './patrol.ts';
import type { LivePerson } from './patrol.ts';
import { createTurns } from './turns.ts';

const ROOM = '!room:x';
const LIVEKIT_ROOM = 'livekit-room';
const BOB = { roomId: ROOM, userId: '@bob:x' };

function createFakeDenials(): Denials {
  const seqs = new Map<string, number>();
  return {
    current: ({ userId }) => Promise.resolve(seqs.get(userId) ?? 0),
    add: ({ userId }) => Promise.resolve(void seqs.set(userId, (seqs.get(userId) ?? 0) + 1)),
    prune: () => Promise.resolve(),
  };
}

let sfu: FakeSfu;
let identities: FakeIdentities;
let connections: Connections;
let denials: Denials;
let eviction: Eviction;
let joined: Set<string>;
let homeserverAnswers: boolean;
let sockets: number;
let nowMs: number;
const { log, metrics, lines } = createFakeOperations();

/** Questions answered, by person. */
let answered: string[];
/** The homeserver does not answer when asked about them. */
let unanswerable: Set<string>;

function isJoined(_roomId: string, userId: string): Promise<boolean> {
  if (!homeserverAnswers || unanswerable.has(userId)) return Promise.reject(new Error('no answer'));
  answered.push(userId);
  return Promise.resolve(joined.has(userId));
}

beforeEach(() => {
  nowMs = Date.now();
  sfu = createFakeSfu(() => nowMs);
  identities = createFakeIdentities(LIVEKIT_ROOM, ROOM);
  sockets = 0;
  connections = createConnections((count) => {
    sockets = count;
  });
  denials = createFakeDenials();
  joined = new Set(['@alice:x', '@bob:x']);
  homeserverAnswers = true;
  unanswerable = new Set();
  answered = [];
  eviction = createEviction({ sfu, denials, connections, identities, isJoined, log, metrics });
  for (const name of ['alice', 'bob']) {
    identities.put({ identity: `@${name}:x:D`, userId: `@${name}:x` });
    sfu.join(LIVEKIT_ROOM, `@${name}:x:D`);
  }
});
afterEach(() => eviction.close());

/** Waits for something to become true by events of others. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('eviction', () => {
  test('removes every identity of the person and nobody else; the denial is written', async () => {
    identities.put({ identity: 'hash-of-bob', userId: '@bob:x' });
    sfu.join(LIVEKIT_ROOM, 'hash-of-bob');
    joined.delete('@bob:x');
    await eviction.evict(BOB, 'event');
    expect([...(sfu.rooms.get(LIVEKIT_ROOM)?.keys() ?? [])]).toEqual(['@alice:x:D']);
    await expect(denials.current(BOB)).resolves.toBe(1);
  });

  test('sockets are cut and the removal begins before anything else gets a turn', () => {
    const record = identities.put({ identity: '@bob:x:D', userId: '@bob:x' });
    let destroyed = false;
    connections.add(record, () => {
      destroyed = true;
    });
    void eviction.evict(BOB, 'event');
    expect(destroyed).toBe(true);
    expect(sfu.has(LIVEKIT_ROOM, '@bob:x:D')).toBe(false);
  });

  test('somebody who gets in while it goes on is found by the later looks', async () => {
    joined.delete('@bob:x');
    await eviction.evict(BOB, 'event');
    sfu.join(LIVEKIT_ROOM, '@bob:x:D');
    await until(() => !sfu.has(LIVEKIT_ROOM, '@bob:x:D'));
  });

  test('who has joined again meanwhile is left alone', async () => {
    await eviction.evict(BOB, 'event');
    sfu.join(LIVEKIT_ROOM, '@bob:x:D'); // Joined again, let in again.
    await until(() => answered.length > 0);
    await eviction.close();
    expect(sfu.has(LIVEKIT_ROOM, '@bob:x:D')).toBe(true);
  });

  test('one that did not come to its end says so, and is finished by the later looks', async () => {
    joined.delete('@bob:x');
    sfu.down = true;
    await expect(eviction.evict(BOB, 'event')).rejects.toThrow();
    sfu.down = false;
    await until(() => !sfu.has(LIVEKIT_ROOM, '@bob:x:D'));
  });

  test('a check asks first; without an answer nobody is put out, and the caller knows', async () => {
    await expect(eviction.check(BOB, 'hint')).resolves.toBe(false);
    homeserverAnswers = false;
    await expect(eviction.check(BOB, 'hint')).rejects.toThrow();
    expect(sfu.has(LIVEKIT_ROOM, '@bob:x:D')).toBe(true);
    homeserverAnswers = true;
    joined.delete('@bob:x');
    await expect(eviction.check(BOB, 'hint')).resolves.toBe(true);
    expect(sfu.has(LIVEKIT_ROOM, '@bob:x:D')).toBe(false);
  });
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
    gate = createGate({
      livekitUrl: await listen(upstream),
      sfu,
      identities,
      denials,
      connections,
      eviction,
      isJoined,
      log,
      metrics,
    });
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

  const tokenOf = (name: string) =>
    sfu.signToken(
      LIVEKIT_ROOM,
      `@${name}:x:D`,
      { publish: ['microphone'], canSubscribe: true, canPublishData: true },
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
    expect(sockets).toBe(1);
    socket.destroy();
    await until(() => sockets === 0);
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
        nowMs += 61_000;
        return token;
      },
    ],
    ['an identity that is not on record', 403, () => tokenOf('stranger')],
    [
      'an identity that was revoked',
      403,
      async () => {
        await identities.revoke(LIVEKIT_ROOM, '@bob:x:D');
        return tokenOf('bob');
      },
    ],
    [
      'somebody who is not joined',
      403,
      () => {
        joined.delete('@bob:x');
        return tokenOf('bob');
      },
    ],
    [
      'no answer about the membership',
      502,
      () => {
        homeserverAnswers = false;
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
        sfu.down = true;
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
    joined.delete('@bob:x');
    // Another bridge wrote the denial: this one finds it after the SFU has accepted.
    await denials.add(BOB);
    accept();
    const { status } = await attempt;
    expect(status).toBe(0);
    await until(() => !sfu.has(LIVEKIT_ROOM, '@bob:x:D'));
  });

  test('an eviction closes both sides of an open connection', async () => {
    const { socket } = await open(`/rtc?access_token=${await tokenOf('bob')}`);
    joined.delete('@bob:x');
    const closed = once(socket, 'close');
    await eviction.evict(BOB, 'event');
    await closed;
    await until(() => accepted.every((end) => end.destroyed));
    expect(sockets).toBe(0);
  });

  test('the room is made when the SFU has lost it', async () => {
    sfu.rooms.clear();
    await get(`/rtc/validate?access_token=${await tokenOf('bob')}`);
    expect(sfu.rooms.has(LIVEKIT_ROOM)).toBe(true);
  });

  test('no token is ever written into the log', () => {
    expect(lines.join('')).not.toMatch(/fake-\d|access_token|@bob/);
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('the patrol', () => {
  let watched: boolean;
  let membership: boolean | undefined;
  let seen: string[][];
  let watcherAsked: number;

  function createWalk(roundPauseMs?: number) {
    return createPatrol({
      ...(roundPauseMs === undefined ? {} : { roundPauseMs }),
      sfu,
      identities,
      eviction,
      watcherJoined: () => {
        watcherAsked += 1;
        return Promise.resolve(watched);
      },
      hasRtcMembership: () => Promise.resolve(membership),
      expected: () => ['a-room-that-emptied'],
      onLive: (room, people: readonly LivePerson[]) =>
        void seen.push([room, ...people.map(({ record }) => record.identity)]),
      log,
      now: () => nowMs,
    });
  }
  beforeEach(() => {
    watched = false;
    membership = undefined;
    seen = [];
    watcherAsked = 0;
  });

  test('before people are let in, everybody who is live is checked', async () => {
    joined.delete('@bob:x');
    await createWalk().checkAll();
    expect([...(sfu.rooms.get(LIVEKIT_ROOM)?.keys() ?? [])]).toEqual(['@alice:x:D']);
  });

  test('without an SFU or a homeserver nobody may be let in yet', async () => {
    homeserverAnswers = false;
    await expect(createWalk().checkAll()).rejects.toThrow();
    homeserverAnswers = true;
    sfu.down = true;
    await expect(createWalk().checkAll()).rejects.toThrow();
  });

  test('goes round: who has left a room without the watcher is found', async () => {
    joined.delete('@bob:x');
    const patrol = createWalk();
    patrol.start();
    await until(() => !sfu.has(LIVEKIT_ROOM, '@bob:x:D'));
    expect(sfu.has(LIVEKIT_ROOM, '@alice:x:D')).toBe(true);
    await patrol.close();
  });

  test('no answer about one person does not keep the others from being looked at', async () => {
    unanswerable.add('@alice:x');
    joined.delete('@bob:x');
    const patrol = createWalk();
    patrol.start();
    await until(() => !sfu.has(LIVEKIT_ROOM, '@bob:x:D'));
    expect(sfu.has(LIVEKIT_ROOM, '@alice:x:D')).toBe(true);
    await patrol.close();
  });

  test('what it knows of a room is forgotten with the last person there', async () => {
    watched = true;
    const patrol = createWalk(1);
    patrol.start();
    await until(() => answered.length === 2);
    sfu.rooms.delete(LIVEKIT_ROOM);
    const looks = seen.length;
    await until(() => seen.length > looks + 2);
    expect([watcherAsked, answered.length]).toEqual([1, 2]);
    for (const name of ['alice', 'bob']) sfu.join(LIVEKIT_ROOM, `@${name}:x:D`);
    await until(() => answered.length === 4);
    expect(watcherAsked).toBe(2);
    await patrol.close();
  });

  test('a room whose meeting has not ended is looked at, though nobody is there', async () => {
    const patrol = createWalk();
    patrol.start();
    await until(() => seen.length >= 2);
    expect(seen).toEqual([[LIVEKIT_ROOM, '@alice:x:D', '@bob:x:D'], ['a-room-that-emptied']]);
    await patrol.close();
  });

  test.each([
    ['without a membership it is removed and stays out', false, 0, true],
    ['with a membership it stays', true, 0, false],
    ['where the watcher is not, nothing is known and nothing done', undefined, 0, false],
    ['before the time is up nothing is done', false, 5_000, false],
  ])('an identity that came with an OpenID token: %s', async (_, has, early, revoked) => {
    membership = has;
    identities.put({ identity: '@bob:x:D', userId: '@bob:x', door: 'openid' });
    nowMs += MEMBERSHIP_GRACE_MS - early;
    const patrol = createWalk(1);
    patrol.start();
    // Alice is looked at first; the next look at the room comes after everybody's turn.
    await until(() => seen.length > 2);
    expect(identities.revoked.has('@bob:x:D')).toBe(revoked);
    expect(sfu.has(LIVEKIT_ROOM, '@bob:x:D')).toBe(!revoked);
    expect(sfu.has(LIVEKIT_ROOM, '@alice:x:D')).toBe(true);
    await patrol.close();
  });
});

test('looks at one room follow each other, and wishes meanwhile share one', async () => {
  const running: (() => void)[] = [];
  let begun = 0;
  const look = createTurns<number>(
    () =>
      new Promise((resolve) => {
        begun += 1;
        const number = begun;
        running.push(() => {
          resolve(number);
        });
      }),
  );
  const first = look('room');
  await until(() => begun === 1);
  const second = look('room');
  const third = look('room');
  const other = look('other');
  await until(() => begun === 2);
  running[1]?.();
  await expect(other).resolves.toBe(2);
  running[0]?.();
  await until(() => begun === 3);
  running[2]?.();
  await expect(Promise.all([first, second, third])).resolves.toEqual([1, 3, 3]);
});
