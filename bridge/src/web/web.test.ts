import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createApi, createInternal } from './api.ts';
import { createHomeserverProxy } from './homeserver-proxy.ts';
import type { HomeserverProxy } from './homeserver-proxy.ts';
import { listen } from './listener.ts';
import { messengerHeaders, widgetHeaders } from './policies.ts';
import { createStaticFiles } from './static-files.ts';

const { log } = createFakeOperations();
const origins = { messenger: 'http://localhost:1', widget: 'http://localhost:2', api: 'http://localhost:3' };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(handle: RequestListener): Promise<number> {
  const listener = await listen({ host: '127.0.0.1', port: 0, handle });
  open.push(() => listener.close(0));
  return listener.port;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: options.headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

function directive(headers: Readonly<Record<string, string>>, name: string): string[] {
  const policy = headers['Content-Security-Policy'] ?? '';
  const found = policy.split('; ').find((part) => part.startsWith(`${name} `));
  return found?.split(' ').slice(1) ?? [];
}

describe('content security policies', () => {
  test('the widget reaches the API origin only, and is framed by the messengers only', () => {
    const headers = widgetHeaders(origins, ['https://element.example']);
    expect(directive(headers, 'connect-src')).toEqual(["'self'", 'blob:', 'http://localhost:3', 'ws://localhost:3']);
    expect(directive(headers, 'frame-ancestors')).toEqual(['http://localhost:1', 'https://element.example']);
    expect(directive(headers, 'worker-src')).toEqual(["'self'", 'blob:']);
    expect(directive(headers, 'script-src')).not.toContain("'unsafe-inline'");
    expect(directive(headers, 'default-src')).toEqual(["'none'"]);
  });

  test('the messenger frames the widget only, lets it use the camera, and is framed by nobody', () => {
    const headers = messengerHeaders(origins);
    expect(directive(headers, 'frame-src')).toEqual(['http://localhost:2']);
    expect(directive(headers, 'frame-ancestors')).toEqual(["'none'"]);
    expect(directive(headers, 'script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(headers['Permissions-Policy']).toContain('camera=(self "http://localhost:2")');
    expect(headers['Permissions-Policy']).toContain('display-capture=(self "http://localhost:2")');
    const connected = directive(messengerHeaders(origins, ['https://matrix.north.example/livekit/jwt']), 'connect-src');
    expect(connected).toContain('https://matrix.north.example');
  });
});

describe('static files', () => {
  let dir: string;
  let port: number;
  const script = `console.log(${JSON.stringify('x'.repeat(4_000))})`;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'palabre-pages-'));
    open.push(() => {
      rmSync(dir, { recursive: true });
      return Promise.resolve();
    });
    mkdirSync(join(dir, 'page', 'assets'), { recursive: true });
    writeFileSync(join(dir, 'secret.txt'), 'not a page');
    writeFileSync(join(dir, 'page', 'index.html'), '<!doctype html>');
    writeFileSync(join(dir, 'page', 'assets', 'index-BX3kq_9z.js'), script);
    const files = createStaticFiles({
      dir: join(dir, 'page'),
      headers: messengerHeaders(origins),
      documents: { '/config.json': { apiUrl: 'http://localhost:3' } },
    });
    port = await serve((request, response) => void files.handle(request, response));
  });

  test('the page is asked for again each time, hashed files never; both carry the policy', async () => {
    const page = await ask(port, '/');
    expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const asset = await ask(port, '/assets/index-BX3kq_9z.js?x=1');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(asset.body.toString()).toBe(script);
    expect((await ask(port, '/', { headers: { 'if-none-match': String(page.headers.etag) } })).status).toBe(304);
  });

  test('a new build is served at once', async () => {
    await ask(port, '/');
    writeFileSync(join(dir, 'page', 'index.html'), '<!doctype html><p>');
    utimesSync(join(dir, 'page', 'index.html'), 1, 1);
    expect((await ask(port, '/')).body.toString()).toBe('<!doctype html><p>');
  });

  test('compressed as the browser likes', async () => {
    const path = '/assets/index-BX3kq_9z.js';
    const brotli = await ask(port, path, { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.body).toString()).toBe(script);
    const gzip = await ask(port, path, { headers: { 'accept-encoding': 'gzip' } });
    expect(gunzipSync(gzip.body).toString()).toBe(script);
    expect(gzip.headers.vary).toBe('Accept-Encoding');
  });

  test('configuration is a document of its own; HEAD has no body; other methods are refused', async () => {
    const config = await ask(port, '/config.json');
    expect(JSON.parse(config.body.toString())).toEqual({ apiUrl: 'http://localhost:3' });
    expect((await ask(port, '/', { method: 'HEAD' })).body).toHaveLength(0);
    expect((await ask(port, '/', { method: 'POST' })).status).toBe(405);
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets',
    '/%00',
    '/%',
    '/none.js',
    '//etc/passwd',
  ])('%s is not there', async (path) => {
    const { status, body } = await ask(port, path);
    expect([status, body.toString()]).toEqual([404, 'Not found']);
  });

  test('a page that was not built says so', async () => {
    const files = createStaticFiles({ dir: join(dir, 'nothing'), headers: {} });
    const other = await serve((request, response) => void files.handle(request, response));
    expect((await ask(other, '/')).status).toBe(503);
  });
});

describe('the API origin', () => {
  let port: number;
  let asked: { url: string; forwarded: unknown; protocol: unknown; bytes: number }[];
  let homeserver: number;
  let proxy: HomeserverProxy;
  let gated: string[];

  beforeEach(async () => {
    asked = [];
    gated = [];
    homeserver = await serve((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => {
        const { 'x-forwarded-for': forwarded, 'x-forwarded-proto': protocol } = request.headers;
        asked.push({ url: request.url ?? '', forwarded, protocol, bytes });
        response.end('{}');
      });
    });
    proxy = createHomeserverProxy({
      baseUrl: `http://127.0.0.1:${homeserver}`,
      ca: undefined,
      trustProxy: false,
      uploadLimitBytes: 5_000_000,
      log,
    });
    open.push(() => {
      proxy.close();
      return Promise.resolve();
    });
    const meetings = express.Router();
    meetings.get('/api/rooms/x/rights', (_request, response) => void response.json({}));
    const api = createApi({
      homeserver: proxy,
      gate: {
        upgrade: () => undefined,
        handle: (path, _request, response) => {
          gated.push(path);
          response.end();
        },
      },
      tokenService: express.Router(),
      meetings,
      lobby: express.Router(),
      minutes: express.Router(),
      consent: express.Router(),
      downloads: express.Router(),
      earlier: express.Router(),
      pageOrigins: [origins.widget],
      log,
    });
    port = await serve(api.handle);
  });

  test("the homeserver's paths are passed on with the address of who asks, whatever they claim", async () => {
    await ask(port, '/_matrix/client/versions?x=%2F', {
      headers: { 'x-forwarded-for': '1.2.3.4', forwarded: 'for=1.2.3.4' },
    });
    await ask(port, '/.well-known/matrix/client');
    await ask(port, '/_synapse/client/pick_idp');
    expect(asked.map(({ url }) => url)).toEqual([
      '/_matrix/client/versions?x=%2F',
      '/.well-known/matrix/client',
      '/_synapse/client/pick_idp',
    ]);
    expect(asked[0]).toMatchObject({ forwarded: '127.0.0.1', protocol: 'http' });
  });

  test('uploads are streamed, and refused beyond the limit', async () => {
    const body = Buffer.alloc(4_000_000);
    await ask(port, '/_matrix/media/v3/upload', { method: 'POST', body });
    expect(asked[0]?.bytes).toBe(4_000_000);
    const refused = await ask(port, '/_matrix/media/v3/upload', {
      method: 'POST',
      headers: { 'content-length': '6000000' },
    }).catch(() => undefined);
    expect(refused?.status ?? 413).toBe(413);
    expect(asked).toHaveLength(1);
  });

  test.each([
    '/_synapse/admin/v1/register',
    '/_synapse/metrics',
    '/metrics',
    '/ready',
    '/live',
    '/_matrix',
    '/_matrix/../_synapse/admin/v1/register',
    '/_matrix/%2e%2e/_synapse/admin',
    '/livekit/webhook',
    '/',
    '/api',
    '/livekit/jwt/delegate_delayed_leave',
    '/_matrix/client/unstable/io.element.msc4195/rtc/livekit/delegate_delayed_leave',
    '/livekit/sfu',
  ])('%s: 404 M_UNRECOGNIZED', async (path) => {
    for (const method of ['GET', 'POST']) {
      const { status, body } = await ask(port, path, { method });
      expect(status).toBe(404);
      expect(JSON.parse(body.toString())).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
    }
    expect(asked).toEqual([]);
  });

  test.each([
    ['/_matrix/media/v3/upload?filename=recording.mp4', true],
    ['/_matrix/media/v3/upload/x/id', true],
    ['/_matrix/media/v3/uploads', false],
    ['/_matrix/client/v3/upload', false],
    ['/_matrix/client/v3/sync?x=/_matrix/media/v3/upload', false],
  ])('%s may take its time: %j', (path, upload) => {
    expect(proxy.isUpload(path)).toBe(upload);
  });

  test('the application service API is the homeserver’s business here', async () => {
    await ask(port, '/_matrix/app/v1/transactions/1', { method: 'PUT' });
    expect(asked.map(({ url }) => url)).toEqual(['/_matrix/app/v1/transactions/1']);
  });

  test('a homeserver that is down: 502 with a Matrix error that pages may read', async () => {
    await open.shift()?.();
    const { status, headers, body } = await ask(port, '/_matrix/client/versions');
    expect(status).toBe(502);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(JSON.parse(body.toString())).toMatchObject({ errcode: 'M_UNKNOWN' });
  });

  test('/api is for our own pages', async () => {
    const cors = async (origin: string, method = 'GET') =>
      (await ask(port, '/api/rooms/x/rights', { method, headers: { origin } })).headers['access-control-allow-origin'];
    expect(await cors(origins.widget)).toBe(origins.widget);
    expect(await cors(origins.widget, 'OPTIONS')).toBe(origins.widget);
    expect(await cors('http://evil.example')).toBeUndefined();
  });

  test('the gate gets its own paths', async () => {
    await ask(port, '/livekit/sfu/rtc/validate?access_token=x');
    expect(gated).toEqual(['/rtc/validate?access_token=x']);
  });
});

test('the internal listener answers 404 to whatever it does not serve, and no framework’s name', async () => {
  const port = await serve(createInternal([], log));
  const { status, headers, body } = await ask(port, '/_matrix/client/v1/rtc/livekit/anything', { method: 'POST' });
  expect(status).toBe(404);
  expect(headers['x-powered-by']).toBeUndefined();
  expect(JSON.parse(body.toString())).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
});

describe('a request that does not come to its end', () => {
  /** Sends the head of a request and half of its body. */
  async function sendHalf(path: string) {
    const arrived = Promise.withResolvers<undefined>();
    const listener = await listen({
      host: '127.0.0.1',
      port: 0,
      requestTimeoutMs: 30,
      isUpload: (target) => target === '/upload',
      handle: (request, response) => {
        request.resume().on('end', () => response.end('whole'));
        request.on('error', () => undefined);
        arrived.resolve(undefined);
      },
    });
    open.push(() => listener.close(0));
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf`);
    await arrived.promise;
    return socket;
  }

  test('is cut after its time', async () => {
    await once(await sendHalf('/ordinary'), 'close');
  });

  test('unless it is an upload', async () => {
    const socket = await sendHalf('/upload');
    await once(await sendHalf('/ordinary'), 'close'); // The same time has passed for both.
    socket.write('secret');
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toContain('whole');
    socket.destroy();
  });
});

test('what is not HTTP gets 400', async () => {
  const port = await serve((_request, response) => void response.end());
  const socket = connect(port, '127.0.0.1');
  socket.write('nonsense\r\n\r\n');
  const [data] = (await once(socket, 'data')) as [Buffer];
  expect(data.toString()).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
});
