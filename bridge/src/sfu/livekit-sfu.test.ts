import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { AccessToken } from 'livekit-server-sdk';
import { createLivekitSfu } from './livekit-sfu.ts';
import type { SfuGrants } from './sfu.ts';

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

test("changes of a room's metadata reach the SFU in turn: the last it hears has all of them", async () => {
  const told: unknown[] = [];
  let open = 0;
  let mostOpen = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    mostOpen = Math.max(mostOpen, (open += 1));
    told.push(JSON.parse(((await json(request)) as { metadata: string }).metadata));
    await sleep(20); // Others that are on their way arrive.
    open -= 1;
    response.setHeader('content-type', 'application/json').end('{}');
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const slow = createLivekitSfu({ url: `http://127.0.0.1:${port}`, ...keys });
  try {
    await Promise.all([
      slow.setRoomMetadata('room', { waiting: { count: 1, changed_ms: 1 } }),
      slow.setRoomMetadata('room', { recording: { phase: 'failed' } }),
      slow.setRoomMetadata('room', { waiting: { count: 0, changed_ms: 2 } }),
    ]);
    expect(mostOpen).toBe(1);
    expect(told.at(-1)).toMatchObject({ waiting: { count: 0 }, recording: { phase: 'failed' } });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
