import { beforeEach, describe, expect, test } from '@jest/globals';
import { CALL_SLOT } from '@palabre/protocol';
import { MatrixError, MatrixUnreachable } from '../appservice/index.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createDomainPolicy } from '../membership/index.ts';
import type { DomainPolicy } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createPartnerDoor } from './partner-door.ts';
import type { AskPartner } from './partner-door.ts';

const FED_PROXY = '/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy';
const SFU = 'wss://sfu.north/livekit/sfu';
const request = {
  url: SFU,
  roomId: '!room:x',
  slotId: CALL_SLOT,
  member: { memberId: '@alice:x:D', deviceId: 'D' },
  serverName: 'north',
  ahead: false,
};
const servers = [
  {
    match: 'bad',
    class: 'denied' as const,
    transports: [{ service: 'https://bad/jwt', sfu: 'wss://bad', homeserver: 'bad' }],
  },
  {
    match: 'north',
    class: 'partner' as const,
    transports: [{ service: 'https://sfu.north/jwt', sfu: SFU, homeserver: 'north' }],
  },
  { match: 'quiet', class: 'partner' as const, transports: [{ service: 'https://quiet/jwt', sfu: 'wss://quiet' }] },
  {
    match: 'odd',
    class: 'partner' as const,
    transports: [{ service: 'https://odd/jwt', sfu: 'wss://odd', homeserver: 'stranger' }],
  },
];

let nowMs: number;
let matrix: FakeMatrix;
let policy: DomainPolicy;
let joined: boolean;
let ask: AskPartner;
let asked: unknown[];
let answer: () => unknown;

beforeEach(() => {
  nowMs = 0;
  joined = true;
  asked = [];
  answer = () => ({ status: 200, content: { jwt: 'JWT', url: 'wss://elsewhere' } });
  matrix = createFakeMatrix('@palabre:x');
  matrix.answers.set(FED_PROXY, (body) => {
    asked.push(body);
    return answer();
  });
  policy = createDomainPolicy('x', { classes: {}, servers });
  const isJoinedSoon = () => Promise.resolve(joined);
  ask = createPartnerDoor({
    client: matrix.client,
    policy,
    isJoinedSoon,
    log: createFakeOperations().log,
    now: () => nowMs,
  });
});

test("the partner's homeserver is asked in both forms of the drafts, and leads to the SFU that policy names", async () => {
  await expect(ask('@alice:x', { ...request, url: `${SFU}/` })).resolves.toEqual({ url: SFU, jwt: 'JWT' });
  expect(asked).toEqual([
    {
      destination: 'north',
      method: 'POST',
      path: '/_matrix/federation/unstable/io.element.msc4195/rtc/livekit/get_token',
      body: {
        user_id: '@alice:x',
        url: SFU,
        room_id: '!room:x',
        slot_id: CALL_SLOT,
        member_id: '@alice:x:D',
        member: { id: '@alice:x:D', claimed_device_id: 'D' },
      },
    },
  ]);
});

test('the same request twice at once is asked once', async () => {
  const [one, other] = await Promise.all([ask('@alice:x', request), ask('@alice:x', request)]);
  expect(one).toEqual(other);
  expect(asked).toHaveLength(1);
  await ask('@alice:x', { ...request, serverName: undefined });
  expect(asked).toHaveLength(2);
});

test.each([
  ['an SFU that nobody named', { url: 'wss://evil' }],
  ['an SFU of another server than the one said', { serverName: 'quiet' }],
  ['an SFU whose partner has no such door', { url: 'wss://quiet', serverName: 'quiet' }],
  ['an SFU of a server that is denied', { url: 'wss://bad', serverName: 'bad' }],
  ['a homeserver that policy does not let in', { url: 'wss://odd', serverName: 'stranger' }],
])('%s: M_INVALID_PARAM, and nobody is spoken to', async (_, more) => {
  await expect(ask('@alice:x', { ...request, ...more })).rejects.toMatchObject({ code: 'M_INVALID_PARAM' });
  expect(asked).toEqual([]);
});

test('a new policy counts at once', async () => {
  policy.replace({ classes: {}, servers: [] });
  await expect(ask('@alice:x', request)).rejects.toMatchObject({ code: 'M_INVALID_PARAM' });
});

test.each([
  ['not joined', () => (joined = false)],
  [
    'kept out by policy',
    () => {
      policy.replace({ classes: { own: { enter: false } }, servers });
    },
  ],
])('somebody of ours who is %s is refused here', async (_, arrange) => {
  arrange();
  await expect(ask('@alice:x', request)).rejects.toMatchObject({ code: 'M_FORBIDDEN' });
  expect(asked).toEqual([]);
});

describe('what the partner answers', () => {
  const relayed =
    (status: number, content: unknown = null) =>
    () => ({ status, content });
  const fails = (error: Error) => () => {
    throw error;
  };

  test.each([
    ['that somebody must let them in', relayed(403, { errcode: 'PALABRE_WAITING' }), 'PALABRE_WAITING'],
    [
      'that the call must be encrypted',
      relayed(403, { errcode: 'PALABRE_ENCRYPTION_REQUIRED' }),
      'PALABRE_ENCRYPTION_REQUIRED',
    ],
    ['no', relayed(403, { errcode: 'M_FORBIDDEN', error: 'quoted nowhere' }), 'M_FORBIDDEN'],
    ['a request it does not understand', relayed(400, { errcode: 'M_BAD_JSON' }), 'M_CONNECTION_FAILED'],
    ['something else than a token', relayed(200, { jwt: 7 }), 'M_CONNECTION_FAILED'],
    ['nothing that can be read', () => ({ surprise: true }), 'M_CONNECTION_FAILED'],
  ])('%s: said, and the next request is asked again', async (_, given, code) => {
    answer = given;
    const error = await ask('@alice:x', request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('quoted');
    await ask('@alice:x', request).catch(() => undefined);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['404: it has no such door', relayed(404, { errcode: 'M_UNRECOGNIZED' }), 'M_CONNECTION_FAILED'],
    ['500: it fails', relayed(500), 'M_CONNECTION_FAILED'],
    ['nothing in time', fails(new MatrixUnreachable('timeout')), 'M_CONNECTION_FAILED'],
    [
      'no connection',
      fails(new MatrixError(502, 'IO.ELEMENT.MSC4512.M_FEDPROXY_CONNECTION_FAILED')),
      'M_CONNECTION_FAILED',
    ],
    ['that it has too much to do', relayed(429), 'M_CONNECTION_FAILED'],
  ])('%s: it is left alone for a while, by everybody', async (_, given, code) => {
    answer = given;
    for (const person of ['@alice:x', '@bob:x', '@alice:x']) {
      await expect(ask(person, request)).rejects.toMatchObject({ code });
    }
    expect(asked).toHaveLength(1);
    answer = relayed(200, { jwt: 'JWT' });
    nowMs += 5 * 60_000;
    await expect(ask('@alice:x', request)).resolves.toMatchObject({ jwt: 'JWT' });
  });

  test('429 with a time: until then', async () => {
    answer = relayed(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2_000 });
    await expect(ask('@alice:x', request)).rejects.toMatchObject({ code: 'M_CONNECTION_FAILED' });
    answer = relayed(200, { jwt: 'JWT' });
    nowMs += 2_000;
    await expect(ask('@alice:x', request)).resolves.toMatchObject({ jwt: 'JWT' });
  });
});
