import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import express from 'express';
import { AccessToken } from 'livekit-server-sdk';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors } from '../operations/index.ts';
import type { ParticipantHint } from './sfu.ts';
import { createWebhookRoutes } from './webhooks.ts';

const KEY = 'key';
const SECRET = 'a secret that is long enough for hmac';
const { log, metrics } = createFakeOperations();

let hints: ParticipantHint[];
let recorded: string[];
let server: Server;
let url: string;
beforeEach(async () => {
  hints = [];
  recorded = [];
  const app = express();
  app.use(
    createWebhookRoutes({
      apiKey: KEY,
      apiSecret: SECRET,
      metrics,
      onParticipant: (hint) => void hints.push(hint),
      onEgress: (livekitRoom) => void recorded.push(livekitRoom),
    }),
    answerErrors(log),
  );
  server = createServer(app);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/livekit/webhook`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const event = (id: string, name = 'participant_joined') =>
  JSON.stringify({ event: name, id, room: { name: 'room' }, participant: { identity: '@bob:x:D' } });

async function sign(body: string, secret = SECRET): Promise<string> {
  const token = new AccessToken(KEY, secret, { identity: KEY });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

async function post(body: string, authorization: string): Promise<number> {
  const headers = { authorization, 'content-type': 'application/webhook+json' };
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

test('a signed webhook becomes a hint, once, however often it comes', async () => {
  for (const [id, name] of [
    ['1', 'participant_joined'],
    ['1', 'participant_joined'],
    ['2', 'participant_left'],
    ['3', 'participant_connection_aborted'],
    ['4', 'track_published'],
  ] as const) {
    const body = event(id, name);
    expect(await post(body, await sign(body))).toBe(200);
  }
  expect(hints.map((hint) => hint.kind)).toEqual(['joined', 'left', 'left']);
  expect(hints[0]).toEqual({ kind: 'joined', livekitRoom: 'room', identity: '@bob:x:D' });
});

test('unsigned, signed with another key, or changed on the way: refused, and nothing happens', async () => {
  const body = event('1');
  expect(await post(body, '')).toBe(401);
  expect(await post(body, 'junk')).toBe(401);
  expect(await post(body, await sign(body, 'another secret that is long enough'))).toBe(401);
  expect(await post(event('2'), await sign(body))).toBe(401);
  expect(await post('x'.repeat(2_000_000), await sign(body))).toBe(413);
  expect(hints).toEqual([]);
});

test('news of Egress name the room only', async () => {
  const body = JSON.stringify({ event: 'egress_ended', id: 'E', egressInfo: { egressId: 'EG_1', roomName: 'room' } });
  expect(await post(body, await sign(body))).toBe(200);
  expect(recorded).toEqual(['room']);
  expect(hints).toEqual([]);
});
