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

function hostWith(door: () => Promise<unknown>): Host {
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
  ])('%s leads to the token service with OpenID', async (_name, error) => {
    const asked: unknown[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = ((url: string, init: RequestInit) => {
      asked.push([url, JSON.parse(init.body as string)]);
      return Promise.resolve(new Response(JSON.stringify({ url: 'wss://s', jwt: jwt(inAnHour()) })));
    }) as typeof fetch;
    try {
      const tokens = createTokens(
        hostWith(() => Promise.reject(error())),
        plain,
      );
      expect(await tokens.get(transport)).toMatchObject({ url: 'wss://s', session: undefined });
    } finally {
      globalThis.fetch = original;
    }
    expect(asked).toEqual([
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
