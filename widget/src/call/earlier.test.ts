import { afterEach, expect, jest, test } from '@jest/globals';
import type { Host } from '../host/index.ts';
import { createApi } from './api.ts';
import { createEarlierPages } from './earlier.ts';

const PAGE = { meetings: [{ event_id: '$root', started_ms: 5 }], next_before_ms: 5 };
const SERVICE = 'https://api.x/livekit/jwt';
const originalFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = originalFetch;
});

function setUp(status = 200) {
  const asked: { readonly url: string; readonly init: RequestInit }[] = [];
  globalThis.fetch = ((url: string, init: RequestInit) => {
    asked.push({ url, init });
    return Promise.resolve(new Response(JSON.stringify(PAGE), { status }));
  }) as typeof fetch;
  const openid = jest.fn(() =>
    Promise.resolve({ access_token: 't', token_type: 'Bearer', matrix_server_name: 'x', expires_in: 60 }),
  );
  // Only these members are used here.
  const host = {
    parameters: { roomId: '!r:x' },
    api: { requestOpenIDConnectToken: openid },
  } as unknown as Host;
  const api = createApi('!r:x', () => Promise.resolve());
  return { asked, openid, api, pages: createEarlierPages(host, api, () => Promise.resolve(SERVICE)) };
}

test('with the session of the call; nobody is asked for another proof', async () => {
  const { asked, openid, api, pages } = setUp();
  api.useSession({ token: 'session', expires_in_ms: 1 }, SERVICE);
  expect(await pages(undefined)).toEqual(PAGE);
  expect(await pages(5)).toEqual(PAGE);
  expect(asked.map(({ url }) => url)).toEqual([
    'https://api.x/api/rooms/!r%3Ax/meetings',
    'https://api.x/api/rooms/!r%3Ax/meetings?before_ms=5',
  ]);
  expect(asked[0]?.init).toMatchObject({ method: 'GET', headers: { Authorization: 'Bearer session' } });
  expect(openid).not.toHaveBeenCalled();
});

test('without a session: by OpenID, which stands in no address', async () => {
  const { asked, pages } = setUp();
  expect(await pages(5)).toEqual(PAGE);
  const [{ url, init } = { url: '', init: {} }] = asked;
  expect([url, init.method]).toEqual(['https://api.x/api/rooms/!r%3Ax/meetings', 'POST']);
  expect(JSON.parse(init.body as string)).toEqual({
    openid_token: { access_token: 't', matrix_server_name: 'x' },
    before_ms: 5,
  });
});

test('a refusal is one', async () => {
  await expect(setUp(403).pages(undefined)).rejects.toThrow('403');
});
