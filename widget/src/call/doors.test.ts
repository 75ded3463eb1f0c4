/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Host } from '../host/index.ts';
import { openDoors } from './doors.ts';

const service = 'https://sfu.x/livekit/jwt';
const config = {
  transports: [{ type: 'livekit', livekit_service_url: service }],
  partners: [{ match: 'y', transports: [{ service: 'https://sfu.y/livekit/jwt', sfu: 'wss://sfu.y' }] }],
  partnersNeedEncryption: false,
};

const { fetch } = globalThis;
let answers: (() => Promise<Partial<Response>>)[] = [];
let asked = 0;
beforeEach(() => {
  asked = 0;
  globalThis.fetch = (address) => {
    if (!(address instanceof URL) || !address.pathname.endsWith('/config.json'))
      return Promise.reject(new Error('down'));
    const answer = answers[Math.min(asked++, answers.length - 1)];
    return (answer?.() ?? Promise.reject(new Error('down'))) as Promise<Response>;
  };
});
afterEach(() => {
  globalThis.fetch = fetch;
  jest.restoreAllMocks();
});
const found = () => Promise.resolve({ ok: true, status: 200, json: () => Promise.resolve(config) });
const none = () => Promise.resolve({ ok: false, status: 404 });
const broken = () => Promise.resolve({ ok: false, status: 502 });

const open = () =>
  openDoors({
    parameters: { userId: '@a:x', deviceId: 'D', roomId: '!r:x', encrypted: true, baseUrl: 'https://x' },
    ready: Promise.resolve(),
    has: () => false,
    transports: () => Promise.resolve([]),
    api: { requestOpenIDConnectToken: () => Promise.reject(new Error('down')) },
  } as unknown as Host);

test.each([
  ['the network', () => Promise.reject(new Error('offline'))],
  ['the server', broken],
])('where %s failed at first, the deployment is read again', async (_what, failing) => {
  answers = [failing, found];
  const doors = open();
  await expect(doors.transports()).rejects.toMatchObject({ code: 'no_transport' });
  doors.again();
  expect(await doors.transports()).toMatchObject([{ livekit_service_url: service }]);
  expect((await doors.policy()).partners).toMatchObject([{ match: 'y' }]);
  expect(asked).toBe(2);
});

test('what is known, or known not to be, is not asked for again', async () => {
  answers = [none, found];
  const doors = open();
  await expect(doors.transports()).rejects.toMatchObject({ code: 'no_transport' });
  doors.again();
  await expect(doors.transports()).rejects.toMatchObject({ code: 'no_transport' });
  expect(asked).toBe(1);
});
