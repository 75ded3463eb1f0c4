import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { AccessToken } from 'livekit-server-sdk';
import { until } from './fake-call.ts';
import { createLivekitSfu } from './livekit-sfu.ts';
import { SfuUnavailable } from './sfu.ts';
import type { Sfu, SfuGrants } from './sfu.ts';

const keys = { apiKey: 'key', apiSecret: 'a secret of thirty-two characters' };
const sfu = createLivekitSfu({ url: 'http://127.0.0.1:1', ...keys });
const grants: SfuGrants = { door: 'openid', publish: ['microphone'], canSubscribe: true, canPublishData: true };

/** A token as a process signs it whose clock is off. */
async function signedAt(skewMs: number, more: { secret?: string; room?: string } = {}): Promise<string> {
  jest.useFakeTimers({ now: Date.now() + skewMs });
  try {
    const token = new AccessToken(keys.apiKey, more.secret ?? keys.apiSecret, { identity: 'me', ttl: 600 });
    token.addGrant({ roomJoin: true, room: more.room ?? 'room' });
    return await token.toJwt();
  } finally {
    jest.useRealTimers();
  }
}

describe('tokens', () => {
  test('say by which door they went out, and that nobody may change it', async () => {
    const jwt = await sfu.signToken('room', 'me', grants, 60_000);
    await expect(sfu.verifyToken(jwt)).resolves.toEqual({ identity: 'me', livekitRoom: 'room', door: 'openid' });
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {
      video: Record<string, unknown>;
    };
    expect(claims.video).toMatchObject({ canUpdateOwnMetadata: false, roomCreate: false });
  });

  test.each([
    ['right', 0, true],
    ['half a minute ahead', 30_000, true],
    ['half a minute behind, shortly before the end', -630_000, true],
    ['ten minutes ahead', 600_000, false],
    ['eleven minutes and a half behind', -690_000, false],
  ])('by a clock that is %s', async (_, skewMs, good) => {
    expect((await sfu.verifyToken(await signedAt(skewMs))) !== undefined).toBe(good);
  });

  test('of others, and for no room, are none', async () => {
    await expect(sfu.verifyToken(await signedAt(0, { secret: 'another secret of the same length' }))).resolves.toBe(
      undefined,
    );
    await expect(sfu.verifyToken(await signedAt(0, { room: '' }))).resolves.toBe(undefined);
  });
});

describe('an SFU', () => {
  type Answer = (method: string, body: { metadata?: string }) => Promise<unknown>;
  let close: () => void;
  afterEach(() => {
    close();
  });

  /** An SFU at an address of its own. @param answer rejecting makes it fail */
  async function sfuThat(answer: Answer, isRecorder?: (identity: string) => boolean): Promise<Sfu> {
    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const method = request.url?.split('/').at(-1) ?? '';
      response.setHeader('content-type', 'application/json');
      try {
        response.end(JSON.stringify(await answer(method, (await json(request)) as { metadata?: string })));
      } catch {
        response.writeHead(500).end('{}');
      }
    };
    const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return createLivekitSfu({ url, ...keys, ...(isRecorder && { isRecorder }) });
  }
  const on = { recording: { phase: 'on' as const } };
  const off = { recording: { phase: 'off' as const } };

  test('changes reach the SFU in turn: the last it hears has all of them', async () => {
    const told: unknown[] = [];
    let open = 0;
    let mostOpen = 0;
    const slow = await sfuThat(async (_, { metadata = '' }) => {
      mostOpen = Math.max(mostOpen, (open += 1));
      told.push(JSON.parse(metadata));
      await sleep(20); // Others that are on their way arrive.
      open -= 1;
      return {};
    });
    await Promise.all([
      slow.setRoomMetadata('room', { waiting: { count: 1, changed_ms: 1 } }),
      slow.setRoomMetadata('room', { recording: { phase: 'failed' } }),
      slow.setRoomMetadata('room', { waiting: { count: 0, changed_ms: 2 } }),
    ]);
    expect(mostOpen).toBe(1);
    expect(told.at(-1)).toMatchObject({ waiting: { count: 0 }, recording: { phase: 'failed' } });
  });

  test.each([on, off])('a change that did not arrive (%j) is told again at the next look, and once', async (change) => {
    const told: unknown[] = [];
    let failing = true;
    const failed = await sfuThat((method, { metadata = '' }) => {
      if (method === 'ListRooms') return Promise.resolve({ rooms: [] });
      if (failing) return Promise.reject(new Error('down'));
      told.push(JSON.parse(metadata));
      return Promise.resolve({});
    });
    await expect(failed.setRoomMetadata('room', change)).rejects.toThrow(SfuUnavailable);
    failing = false;
    await failed.listRooms();
    await until(() => told.length === 1);
    expect(told).toEqual([expect.objectContaining(change)]);
    await failed.setRoomMetadata('another', off);
    await failed.listRooms();
    await failed.setRoomMetadata('another', off);
    expect(told).toHaveLength(3);
  });

  test('a room that is made with an older state than it was told meanwhile hears the newer one', async () => {
    let state: unknown;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let making = false;
    const busy = await sfuThat(async (method, { metadata = '' }) => {
      if (method === 'CreateRoom') {
        making = true;
        await released;
      }
      state = JSON.parse(metadata);
      return {};
    });
    await busy.setRoomMetadata('room', on);
    const made = busy.ensureRoom('room');
    await until(() => making);
    await busy.setRoomMetadata('room', off);
    expect(state).toMatchObject(off);
    release();
    await made;
    await until(() => JSON.stringify(state).includes('"recording":{"phase":"off"}'));
  });

  test('hidden and silent recorders of Egress that record by right are nobody in the call', async () => {
    const kind = 'EGRESS';
    const hidden = { permission: { hidden: true } };
    const participants = [
      { identity: '@bob:x:D', ...hidden },
      { identity: 'EG_right', kind, ...hidden },
      { identity: 'EG_stray', kind, ...hidden },
      { identity: 'EG_seen', kind },
      { identity: 'EG_talks', kind, permission: { hidden: true, canPublish: true } },
    ];
    const everybody = participants.map(({ identity }) => identity);
    const present = async (isRecorder?: (identity: string) => boolean) => {
      const sfu = await sfuThat(() => Promise.resolve({ participants }), isRecorder);
      const found = (await sfu.listParticipants('room')).map(({ identity }) => identity);
      close();
      return found;
    };
    expect(await present()).toEqual(everybody);
    expect(await present((identity) => identity !== 'EG_stray')).toEqual([
      '@bob:x:D',
      'EG_stray',
      'EG_seen',
      'EG_talks',
    ]);
  });
});
