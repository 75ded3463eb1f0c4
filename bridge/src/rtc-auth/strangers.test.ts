import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createFakeInternet } from './fake-internet.ts';
import type { FakeInternet } from './fake-internet.ts';
import { createOpenId } from './openid.ts';
import { resolveServerName } from './server-address.ts';

// What servers of strangers can do to the bridge that asks them whose an OpenID token is: over real sockets, because it is the
// connections that matter. 127.0.1.* plays the public internet; an unlisted server at a private address is the prize.

const HOME = '127.0.1.2';
const OTHER = '127.0.1.3';
const PRIVATE = '127.0.0.8';

let net: FakeInternet;
let openId: ReturnType<typeof createOpenId>;
/** Visits at the private address. */
let inside: readonly string[];

const json = (body: unknown) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};
const userinfoOf = (sub: string) => json({ sub });

beforeEach(async () => {
  net = await createFakeInternet();
  inside = await net.serve(PRIVATE, (_request, response) => {
    userinfoOf('@mallory:hs.example')(response);
  });
  openId = open();
});
const open = (timeoutMs?: number) =>
  createOpenId({
    serverName: 'x',
    homeserver: { baseUrl: 'http://127.0.0.1:1' },
    homeservers: {},
    admits: () => true,
    log: createFakeOperations().log,
    internet: net.internet,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
afterEach(async () => {
  await openId.close();
  await net.close();
});

const name = (host: string) => `${host}:${net.internet.httpsPort}`;
/** Asks `server` whose token this is. @returns the user, or the code of the refusal */
async function ask(server: string, by = openId): Promise<string> {
  return by.verify({ accessToken: 'token', serverName: server }).catch((error: unknown) => {
    return (error as { code: string }).code;
  });
}
/** A server that answers `/.well-known` and userinfo. */
const homeserver =
  (userinfo: (response: ServerResponse) => void, wellKnown?: (response: ServerResponse) => void): RequestListener =>
  (request, response) => {
    if (request.url?.startsWith('/.well-known/') !== true) userinfo(response);
    else if (wellKnown === undefined) response.writeHead(404).end();
    else wellKnown(response);
  };

describe('whom it asks', () => {
  test('the server that the name leads to, under that name', async () => {
    net.name({ 'hs.example': [[HOME]] });
    const visits = await net.serve(HOME, homeserver(userinfoOf(`@bob:${name('hs.example')}`)));
    await expect(ask(name('hs.example'))).resolves.toBe(`@bob:${name('hs.example')}`);
    expect(visits).toEqual([
      'CONNECT',
      `GET ${name('hs.example')}/_matrix/federation/v1/openid/userinfo?access_token=token`,
    ]);
  });

  test('the address that was looked at, whatever the name leads to a moment later', async () => {
    net.name({ 'hs.example': [[HOME], [PRIVATE]] });
    const visits = await net.serve(HOME, homeserver(userinfoOf(`@bob:${name('hs.example')}`)));
    await expect(ask(name('hs.example'))).resolves.toBe(`@bob:${name('hs.example')}`);
    expect(visits).toContain('CONNECT');
    expect(inside).toEqual([]);
  });

  test.each([
    ['first', [[PRIVATE]]],
    ['among public ones', [[HOME, PRIVATE]]],
  ])('never a private address: %s', async (_, answers) => {
    net.name({ 'hs.example': answers });
    const visits = await net.serve(HOME, homeserver(userinfoOf(`@bob:${name('hs.example')}`)));
    await expect(ask(name('hs.example'))).resolves.toBe('M_UNAUTHORIZED');
    expect([...visits, ...inside]).toEqual([]);
  });

  test('by its well-known, which may name another server', async () => {
    net.name({ 'hs.example': [[HOME]], 'matrix.hs.example': [[OTHER]] });
    await net.serve(
      HOME,
      homeserver(() => undefined, json({ 'm.server': name('matrix.hs.example') })),
    );
    const visits = await net.serve(OTHER, homeserver(userinfoOf('@bob:hs.example')));
    await expect(ask('hs.example')).resolves.toBe('@bob:hs.example');
    expect(visits).toHaveLength(2);
  });

  test.each([
    ['a name that leads inside', () => name('inside.example')],
    ['a private address', () => `${PRIVATE}:${net.internet.httpsPort}`],
    ['this machine', () => `localhost:${net.internet.httpsPort}`],
    ['nonsense', () => 'a/b?c'],
  ])('by its well-known, never to %s', async (_, server) => {
    net.name({ 'hs.example': [[HOME]], 'inside.example': [[PRIVATE]] });
    await net.serve(
      HOME,
      homeserver(() => undefined, json({ 'm.server': server() })),
    );
    await expect(ask('hs.example')).resolves.toBe('M_UNAUTHORIZED');
    expect(inside).toEqual([]);
  });

  test('no name that changes between the two questions', async () => {
    // Public for the well-known, private for the homeserver itself.
    net.name({ 'hs.example': [[HOME], [PRIVATE]] });
    const visits = await net.serve(
      HOME,
      homeserver(() => undefined),
    );
    await expect(ask('hs.example')).resolves.toBe('M_UNAUTHORIZED');
    expect(visits).toHaveLength(2);
    expect(inside).toEqual([]);
  });
});

describe('what it takes for an answer', () => {
  const redirect = (response: ServerResponse) =>
    void response
      .writeHead(302, { location: `https://${name('inside.example')}/_matrix/federation/v1/openid/userinfo` })
      .end();

  test.each([
    ['another domain', userinfoOf('@bob:other.example')],
    ['the same domain with another port', userinfoOf('@bob:hs.example')],
    ['no user id', json({ sub: 'bob' })],
    ['no object', json([])],
    ['no JSON', (response: ServerResponse) => void response.end('<html>')],
    ['a refusal', (response: ServerResponse) => void response.writeHead(401).end('{}')],
    ['a redirect into the network', redirect],
  ])('%s is nobody', async (_, answer) => {
    net.name({ 'hs.example': [[HOME]], 'inside.example': [[PRIVATE]] });
    await net.serve(HOME, homeserver(answer));
    await expect(ask(name('hs.example'))).resolves.toBe('M_UNAUTHORIZED');
    expect(inside).toEqual([]);
  });

  test('a redirect of the well-known is none', async () => {
    net.name({ 'hs.example': [[HOME]], 'inside.example': [[PRIVATE]] });
    await net.serve(
      HOME,
      homeserver(() => undefined, redirect),
    );
    await expect(resolveServerName('hs.example', net.internet)).resolves.toMatchObject({ address: HOME, port: 8448 });
    expect(inside).toEqual([]);
  });

  /** Writes for ever, 64 kB at a time, and counts what was taken. */
  function endless(): { answer: (response: ServerResponse) => void; bytes: () => number; over: Promise<void> } {
    let bytes = 0;
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const piece = Buffer.alloc(65_536, 32);
    return {
      bytes: () => bytes,
      over,
      answer: (response) => {
        response.once('close', () => {
          resolve(undefined);
        });
        const write = () => {
          while (!response.destroyed && bytes < 100_000_000) {
            bytes += piece.length;
            if (!response.write(piece)) {
              response.once('drain', write);
              return;
            }
          }
          response.end();
        };
        write();
      },
    };
  }

  test.each(['userinfo', 'well-known'])('100 MB of %s are not read', async (what) => {
    net.name({ 'hs.example': [[HOME]] });
    const { answer, bytes, over } = endless();
    const nothing = (response: ServerResponse) => void response.writeHead(404).end();
    await net.serve(HOME, what === 'userinfo' ? homeserver(answer) : homeserver(nothing, answer));
    if (what === 'userinfo') await expect(ask(name('hs.example'))).resolves.toBe('PALABRE_UPSTREAM_UNAVAILABLE');
    else await expect(resolveServerName('hs.example', net.internet)).resolves.toMatchObject({ port: 8448 });
    await over;
    // What fits into the sockets on the way was sent; the rest was not.
    expect(bytes()).toBeLessThan(20_000_000);
  });

  test('one that never answers is waited for as long as is said, and holds up nobody else', async () => {
    net.name({ 'slow.hs.example': [[HOME]], 'hs.example': [[OTHER]] });
    await net.serve(
      HOME,
      homeserver(() => undefined),
    );
    await net.serve(OTHER, homeserver(userinfoOf(`@bob:${name('hs.example')}`)));
    const impatient = open(2_000);
    const sinceMs = Date.now();
    let isWaiting = true;
    const slow = ask(name('slow.hs.example'), impatient).finally(() => (isWaiting = false));
    await expect(ask(name('hs.example'))).resolves.toBe(`@bob:${name('hs.example')}`);
    expect(isWaiting).toBe(true);
    await expect(slow).resolves.toBe('PALABRE_UPSTREAM_UNAVAILABLE');
    expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(2_000 - 5);
    expect(Date.now() - sinceMs).toBeLessThan(7_000);
    await impatient.close();
  }, 15_000);

  test('one with a certificate for another name is not believed', async () => {
    net.name({ 'other.example': [[HOME]] });
    await net.serve(HOME, homeserver(userinfoOf(`@bob:${name('other.example')}`)));
    await expect(ask(name('other.example'))).resolves.toBe('PALABRE_UPSTREAM_UNAVAILABLE');
  });
});
