import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { MatrixClient } from 'matrix-js-sdk';
import { createMedia } from './media.ts';
import type { Progress } from '@palabre/transcript/documents';

const client = {
  mxcUrlToHttp: (mxc: string) => mxc.replace('mxc://', 'https://home.example/'),
  getAccessToken: () => 'secret',
} as unknown as MatrixClient;
const BASE = new URL('https://messenger.example/');
const film = { kind: 'plain', mxc: 'mxc://home.example/film' } as const;
const fetched = jest.spyOn(globalThis, 'fetch');

/** A server that sends what the test pushes. */
function serve() {
  let push: ReadableStreamDefaultController<Uint8Array> | undefined;
  fetched.mockImplementation((_address, init) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        push = controller;
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
      },
    });
    return Promise.resolve(new Response(body, { headers: { 'content-length': '6' } }));
  });
  return {
    send: (text: string) => push?.enqueue(new TextEncoder().encode(text)),
    end: () => push?.close(),
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  fetched.mockReset();
});

test('says how far it has come; the token travels in a header, never in the address', async () => {
  const server = serve();
  const seen: Progress[] = [];
  const loading = createMedia(client, BASE).load(film, 'video/mp4', { onProgress: (progress) => seen.push(progress) });
  await jest.advanceTimersByTimeAsync(20_000);
  server.send('abc');
  await jest.advanceTimersByTimeAsync(20_000);
  server.send('def');
  await jest.advanceTimersByTimeAsync(20_000);
  server.end();
  const blob = await loading;
  expect(await blob.text()).toBe('abcdef');
  expect(blob.type).toBe('video/mp4');
  expect(seen).toEqual([
    { loadedBytes: 3, totalBytes: 6 },
    { loadedBytes: 6, totalBytes: 6 },
  ]);
  const [address, init] = fetched.mock.calls[0] ?? [];
  expect(address).toBe('https://home.example/home.example/film');
  expect(init?.headers).toEqual({ Authorization: 'Bearer secret' });
});

test('a server that falls silent is given up', async () => {
  const server = serve();
  const refused = expect(createMedia(client, BASE).load(film, 'video/mp4')).rejects.toThrow('silence');
  await jest.advanceTimersByTimeAsync(1_000);
  server.send('abc');
  await jest.advanceTimersByTimeAsync(31_000);
  await refused;
});
