import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { WidgetApiResponseError } from 'matrix-widget-api';
import type { Host, LivekitTransport } from '../host/index.ts';
import { apiBaseOf } from './api.ts';
import { plainSeat } from './seat.ts';
import { createTokens, expiryOf } from './tokens.ts';

const plain = Promise.resolve(plainSeat({ userId: '@a:x', deviceId: 'D' }));
const transport: LivekitTransport = {
  type: 'livekit',
  livekit_service_url: 'https://api.x/livekit/jwt',
  url: 'wss://api.x/livekit/sfu',
};
const jwt = (exp: number): string => `h.${btoa(JSON.stringify({ exp })).replaceAll('=', '')}.s`;
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

function hostWith(door: Host['tokenThroughHomeserver']): Host {
  const host = {
    parameters: { userId: '@a:x', deviceId: 'D', roomId: '!r:x' },
    has: () => true,
    tokenThroughHomeserver: door,
    api: {
      requestOpenIDConnectToken: () =>
        Promise.resolve({ access_token: 't', token_type: 'Bearer', matrix_server_name: 'x', expires_in: 60 }),
    },
  };
  // Only these members are used here.
  return host as unknown as Host;
}
const refusal = (status: number, errcode: string): WidgetApiResponseError =>
  new WidgetApiResponseError('no', {
    matrix_api_error: { http_status: status, http_headers: {}, url: '', response: { errcode, error: 'no' } },
  });

const originalFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = originalFetch;
  jest.useRealTimers();
});

/** A token service that notes what it is asked, and gives tokens except on these paths. */
function serveTokens(refused: Readonly<Record<string, number>> = {}): {
  readonly asked: [url: string, body: unknown][];
} {
  const asked: [url: string, body: unknown][] = [];
  globalThis.fetch = ((url: string, init: RequestInit) => {
    asked.push([url, JSON.parse(init.body as string)]);
    const status = Object.entries(refused).find(([path]) => url.endsWith(path))?.[1] ?? 200;
    return Promise.resolve(new Response(JSON.stringify({ url: 'wss://s', jwt: jwt(inAnHour()) }), { status }));
  }) as typeof fetch;
  return { asked };
}

describe('tokens', () => {
  test('are asked for once, kept, and renewed when they were refused', async () => {
    const door = jest.fn(() => Promise.resolve({ jwt: jwt(inAnHour()), url: undefined, session: undefined }));
    const tokens = createTokens(hostWith(door), plain);
    const [first, second] = await Promise.all([tokens.get(transport), tokens.get(transport)]);
    expect(second).toBe(first);
    expect(await tokens.get(transport)).toBe(first);
    expect(first).toMatchObject({ url: 'wss://api.x/livekit/sfu' });
    await tokens.get(transport, { fresh: true });
    expect(door).toHaveBeenCalledTimes(2);
  });

  describe('where somebody must let one in', () => {
    const original = globalThis.fetch;
    afterEach(() => {
      globalThis.fetch = original;
    });
    const openWith = (answer: (url: string, signal: AbortSignal) => Promise<Response>) => {
      const urls: string[] = [];
      globalThis.fetch = ((url: string, { signal }: { signal: AbortSignal }) => {
        urls.push(url);
        return answer(url, signal);
      }) as typeof fetch;
      return {
        urls,
        tokens: createTokens(
          hostWith(() => Promise.reject(refusal(404, 'M_UNRECOGNIZED'))),
          plain,
        ),
      };
    };
    const no = (errcode: string) => Promise.resolve(Response.json({ errcode, error: 'no' }, { status: 403 }));

    test('who only looked ahead then asks, though both questions are under way', async () => {
      const { urls, tokens } = openWith((url) =>
        url.endsWith('?ahead')
          ? no('PALABRE_WAITING')
          : Promise.resolve(Response.json({ url: 'wss://s', jwt: jwt(inAnHour()) })),
      );
      const ahead = tokens.get(transport, { ahead: true });
      const asked = tokens.get(transport);
      await expect(ahead).rejects.toMatchObject({ code: 'waiting' });
      await expect(asked).resolves.toMatchObject({ url: 'wss://s' });
      expect(urls.map((url) => url.split('/sfu/')[1])).toEqual(['get?ahead', 'get']);
    });

    test.each([
      ['PALABRE_WAITING_ALONE', 'waiting_alone'],
      ['PALABRE_NOT_ADMITTED', 'turned_away'],
      ['PALABRE_TIME_OVER', 'time_over'],
      ['PALABRE_WATCHER_ABSENT', 'nobody_admits'],
      ['M_FORBIDDEN', 'not_allowed'],
    ])('%s is %s', async (errcode, code) => {
      await expect(openWith(() => no(errcode)).tokens.get(transport)).rejects.toMatchObject({ code, transient: false });
    });

    test('the same through the homeserver', async () => {
      const tokens = createTokens(
        hostWith(() => Promise.reject(refusal(403, 'PALABRE_WAITING'))),
        plain,
      );
      await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'waiting' });
    });

    test('whoever gives up hangs up', async () => {
      const leaving = new AbortController();
      const { tokens } = openWith(
        (_url, signal) =>
          new Promise((_resolve, reject) => {
            const abort = () => reject(new Error('aborted'));
            if (signal.aborted) abort();
            else signal.addEventListener('abort', abort);
          }),
      );
      const asked = tokens.get(transport, { signal: leaving.signal });
      leaving.abort();
      await expect(asked).rejects.toMatchObject({ code: 'service_unreachable' });
    });

    test('a token is forgotten when no other is given', async () => {
      let refuse = false;
      const { urls, tokens } = openWith(() =>
        refuse ? no('PALABRE_WAITING') : Promise.resolve(Response.json({ url: 'wss://s', jwt: jwt(inAnHour()) })),
      );
      await tokens.get(transport);
      refuse = true;
      await expect(tokens.get(transport, { fresh: true })).rejects.toMatchObject({ code: 'waiting' });
      await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'waiting' });
      expect(urls).toHaveLength(3);
    });
  });

  test('that end soon are not used', async () => {
    const door = jest.fn(() =>
      Promise.resolve({ jwt: jwt(Math.floor(Date.now() / 1000) + 10), url: undefined, session: undefined }),
    );
    const tokens = createTokens(hostWith(door), plain);
    await tokens.get(transport);
    await tokens.get(transport);
    expect(door).toHaveBeenCalledTimes(2);
  });

  test('a session comes with them from the homeserver only', async () => {
    const sessions: unknown[] = [];
    const session = { token: 's', expires_in_ms: 1 };
    const tokens = createTokens(
      hostWith(() => Promise.resolve({ jwt: jwt(inAnHour()), url: undefined, session })),
      plain,
    );
    tokens.onSession((given) => sessions.push(given));
    await tokens.get(transport);
    tokens.onSession((given) => sessions.push(given));
    expect(sessions).toEqual([session, session]);
  });

  test('a refusal by the homeserver is final, and OpenID is not tried', async () => {
    const tokens = createTokens(
      hostWith(() => Promise.reject(refusal(403, 'M_FORBIDDEN'))),
      plain,
    );
    await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'not_allowed', transient: false });
  });

  test('a room that was replaced is told from one that is closed', async () => {
    const tokens = createTokens(
      hostWith(() => Promise.reject(refusal(403, 'PALABRE_ROOM_REPLACED'))),
      plain,
    );
    await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'room_replaced', transient: false });
  });

  test('a room that would have to be encrypted is told from one that is not ours', async () => {
    const tokens = createTokens(
      hostWith(() => Promise.reject(refusal(403, 'PALABRE_ENCRYPTION_REQUIRED'))),
      plain,
    );
    await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'needs_encryption', transient: false });
  });

  test('an overloaded homeserver is asked again later', async () => {
    const tokens = createTokens(
      hostWith(() => Promise.reject(refusal(500, 'M_UNKNOWN'))),
      plain,
    );
    await expect(tokens.get(transport)).rejects.toMatchObject({ code: 'service_unreachable', transient: true });
  });

  test.each([
    ['a messenger that does not know the action', () => new WidgetApiResponseError('Unknown action', {})],
    ['a homeserver that does not know the endpoint', () => refusal(404, 'M_UNRECOGNIZED')],
    ['a homeserver that does not serve this SFU', () => refusal(400, 'M_INVALID_PARAM')],
  ])('%s leads to the token service with OpenID', async (_name, error) => {
    const service = serveTokens();
    const tokens = createTokens(
      hostWith(() => Promise.reject(error())),
      plain,
    );
    expect(await tokens.get(transport)).toMatchObject({ url: 'wss://s', session: undefined });
    expect(service.asked).toEqual([
      [
        'https://api.x/livekit/jwt/sfu/get',
        {
          room: '!r:x',
          openid_token: { access_token: 't', token_type: 'Bearer', matrix_server_name: 'x', expires_in: 60 },
          device_id: 'D',
        },
      ],
    ]);
  });

  test('the end is read from the token; broken ones get a short life', () => {
    expect(expiryOf(jwt(1000), 7)).toBe(1_000_000);
    expect([expiryOf('x', 7), expiryOf('a.b.c', 7), expiryOf(`h.${btoa('{}')}.s`, 7)]).toEqual([7, 7, 7]);
  });

  test('the API stands beside the token service', () => {
    expect(apiBaseOf('https://api.x/livekit/jwt/')).toBe('https://api.x');
    expect(apiBaseOf('https://api.x/palabre/livekit/jwt')).toBe('https://api.x/palabre');
  });
});

describe("tokens of a partner's SFU", () => {
  const place = { type: 'livekit', livekit_service_url: 'https://api.y/jwt', listening: true } as const;
  const sfu = { service: 'https://api.y/jwt', url: 'wss://api.y/sfu', homeserver: 'y' };
  const known = () => Promise.resolve(sfu);
  const given = { jwt: jwt(inAnHour()), url: 'wss://elsewhere', session: { token: 's', expires_in_ms: 1 } };

  test('come through both homeservers, lead where our deployment says, and are no session', async () => {
    const { asked } = serveTokens();
    const door = jest.fn<Host['tokenThroughHomeserver']>(() => Promise.resolve(given));
    const tokens = createTokens(hostWith(door), plain, known);
    const sessions: unknown[] = [];
    tokens.onSession((session) => sessions.push(session));
    expect(await tokens.get(place)).toMatchObject({ url: 'wss://api.y/sfu', jwt: given.jwt, session: undefined });
    expect(door.mock.calls).toEqual([['wss://api.y/sfu', 'm.call#ROOM', '@a:x:D', false, 'y']]);
    // Nobody there was given a token of ours.
    expect([asked, sessions]).toEqual([[], []]);
  });

  test.each([
    ['whose homeserver is not named', { ...sfu, homeserver: undefined }],
    ['of which nothing is known', undefined],
  ])('%s are asked for with OpenID at once', async (_name, found) => {
    const { asked } = serveTokens();
    const door = jest.fn<Host['tokenThroughHomeserver']>();
    expect(await createTokens(hostWith(door), plain, () => Promise.resolve(found)).get(place)).toMatchObject({
      url: 'wss://s',
    });
    expect(door).not.toHaveBeenCalled();
    expect(asked.map(([url]) => url)).toEqual(['https://api.y/jwt/get_token']);
    expect(asked[0]?.[1]).toMatchObject({
      room_id: '!r:x',
      slot_id: 'm.call#ROOM',
      member: { id: '@a:x:D', claimed_user_id: '@a:x', claimed_device_id: 'D' },
    });
  });

  test('an older service is asked in its own way; no more than once in each', async () => {
    const { asked } = serveTokens({ get_token: 404 });
    await createTokens(hostWith(jest.fn<Host['tokenThroughHomeserver']>()), plain).get(place);
    expect(asked.map(([url]) => url)).toEqual(['https://api.y/jwt/get_token', 'https://api.y/jwt/sfu/get']);
  });

  test.each([
    ['cannot reach the partner', () => Promise.reject(refusal(502, 'M_CONNECTION_FAILED'))],
    ['serves no such SFU', () => Promise.reject(refusal(400, 'M_INVALID_PARAM'))],
    ['gives something else', () => Promise.reject(new Error('not a token'))],
  ])('a homeserver that %s is asked once, then OpenID is the way', async (_name, answer) => {
    const { asked } = serveTokens();
    const door = jest.fn<Host['tokenThroughHomeserver']>(answer);
    const tokens = createTokens(hostWith(door), plain, known);
    await tokens.get(place);
    await tokens.get(place, { fresh: true });
    expect([door.mock.calls.length, asked.length]).toEqual([1, 2]);
  });

  test('a homeserver that does not answer is not waited for', async () => {
    serveTokens();
    jest.useFakeTimers();
    const tokens = createTokens(
      hostWith(() => new Promise(() => undefined)),
      plain,
      known,
    );
    const token = tokens.get(place);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await token).toMatchObject({ url: 'wss://s' });
  });

  test.each([
    ['no', refusal(403, 'M_FORBIDDEN'), { code: 'not_allowed', transient: false }],
    ['not now', refusal(429, 'M_LIMIT_EXCEEDED'), { code: 'service_unreachable', transient: true }],
  ])('"%s" is the answer: nobody else is asked, and the door is not given up', async (_what, error, problem) => {
    const { asked } = serveTokens();
    const door = jest.fn<Host['tokenThroughHomeserver']>(() => Promise.resolve(given)).mockRejectedValueOnce(error);
    const tokens = createTokens(hostWith(door), plain, known);
    await expect(tokens.get(place)).rejects.toMatchObject(problem);
    await expect(tokens.get(place)).resolves.toMatchObject({ jwt: given.jwt });
    expect(asked).toEqual([]);
  });
});
