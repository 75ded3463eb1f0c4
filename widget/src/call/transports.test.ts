import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Host, LivekitTransport } from '../host/index.ts';
import type { Deployment } from './deployment.ts';
import { discoverTransports } from './transports.ts';

const at = (name: string): LivekitTransport => ({ type: 'livekit', livekit_service_url: `https://${name}/jwt` });
const HOMESERVER = 'https://matrix.x/_matrix/client/unstable/org.matrix.msc4143/rtc/transports';
const OWN_WELL_KNOWN = 'https://x/.well-known/matrix/client';
const foci = (...transports: unknown[]) => ({ 'org.matrix.msc4143.rtc_foci': transports });

const originalFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = originalFetch;
});

/** A web where these addresses answer with JSON, or never; all others are 404. @returns what was asked for */
function web(pages: Readonly<Record<string, unknown>>): string[] {
  const asked: string[] = [];
  globalThis.fetch = ((url: string) => {
    asked.push(url);
    return Promise.resolve(
      url in pages
        ? new Response(JSON.stringify(pages[url]))
        : new Response('{"errcode":"M_NOT_FOUND"}', { status: 404 }),
    );
  }) as typeof fetch;
  return asked;
}

const hostOffering = (transports: Host['transports']): Host =>
  // Only these members are used here.
  ({ transports, parameters: { baseUrl: 'https://matrix.x', userId: '@a:x' } }) as unknown as Host;
const deployment = (...transports: LivekitTransport[]): Promise<Deployment> =>
  Promise.resolve({
    transports,
    partners: [],
    sfus: [],
    partnersNeedEncryption: false,
    bots: undefined,
    rtcMembership: 'state',
  });

describe('where we may publish', () => {
  test("the widget action's answer is all that is asked for", async () => {
    const asked = web({ [HOMESERVER]: { rtc_transports: [at('other')] } });
    const host = hostOffering(() => Promise.resolve([at('first'), at('second')]));
    expect(await discoverTransports(host, deployment(at('page')))).toEqual([at('first'), at('second')]);
    expect(asked).toEqual([]);
  });

  const silent: readonly (readonly [string, Host['transports']])[] = [
    ['offers none', () => Promise.resolve([])],
    ['refuses', () => Promise.reject(new Error('Unknown action'))],
  ];
  test.each(silent)(
    'a messenger that %s: the homeserver is asked before well-known files',
    async (_name, transports) => {
      web({ [HOMESERVER]: { rtc_transports: [at('homeserver')] }, [OWN_WELL_KNOWN]: foci(at('file')) });
      expect(await discoverTransports(hostOffering(transports), deployment())).toEqual([at('homeserver')]);
    },
  );

  test.each(['https://matrix.x/.well-known/matrix/client', OWN_WELL_KNOWN])('then %s', async (file) => {
    web({ [file]: foci({ type: 'full_mesh' }, at('file')) });
    expect(
      await discoverTransports(
        hostOffering(() => Promise.resolve([])),
        deployment(at('page')),
      ),
    ).toEqual([at('file')]);
  });

  test.each([
    ['nothing there', {}],
    ['other content', { [HOMESERVER]: { rtc_transports: 'none' }, [OWN_WELL_KNOWN]: foci('x', { type: 'livekit' }) }],
  ])("at last what the page's deployment names (%s)", async (_name, pages) => {
    web(pages);
    expect(
      await discoverTransports(
        hostOffering(() => Promise.resolve([])),
        deployment(at('page')),
      ),
    ).toEqual([at('page')]);
    expect(
      await discoverTransports(
        hostOffering(() => Promise.resolve([])),
        deployment(),
      ),
    ).toEqual([]);
  });

  test('a file that does not come holds nothing up for ever', async () => {
    const timeouts = jest.spyOn(AbortSignal, 'timeout');
    web({});
    await discoverTransports(
      hostOffering(() => Promise.resolve([])),
      deployment(),
    );
    expect(timeouts.mock.calls.length).toBeGreaterThanOrEqual(3);
    for (const [ms] of timeouts.mock.calls) expect(ms).toBeLessThanOrEqual(5_000);
    timeouts.mockRestore();
  });
});
