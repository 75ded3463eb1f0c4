/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { KeptSource } from './attachment.ts';
import { createFilms } from './films.ts';
import type { KeptRecordings } from './kept-recordings.ts';

const BASE = new URL('https://call.example/widget/');
const TOTAL = 3 * 1_048_576;
const source: KeptSource = {
  kind: 'kept',
  kept: { id: 'id', mimetype: 'video/mp4', bytes: TOTAL, block_bytes: 262_144, key: 'key' },
  roomId: '!r',
  server: 'x',
};

/** What a browser holds of workers, as far as a page sees it. */
class FakeContainer extends EventTarget {
  controller: object | null = null;
  /** Whether the worker takes the page over. */
  takes = true;
  refuses = false;
  unregistered = 0;
  registered: string[] = [];
  startMessages = (): void => undefined;
  register(url: URL): Promise<object> {
    if (this.refuses) return Promise.reject(new Error('storage is refused'));
    this.registered.push(url.href);
    if (this.takes) {
      this.controller = {};
      this.dispatchEvent(new Event('controllerchange'));
    }
    return Promise.resolve({ unregister: () => Promise.resolve((this.unregistered += 1)) });
  }
  /** The worker asks for a piece. @returns what it is told */
  ask(film: string, start: number): Promise<unknown> {
    return new Promise((resolve) => {
      const event = new MessageEvent('message', { data: { film, start } });
      Object.defineProperty(event, 'ports', { value: [{ postMessage: resolve }] });
      if (!this.dispatchEvent(event)) resolve('nobody listens');
    });
  }
}

let container: FakeContainer;
const read = jest.fn<KeptRecordings['read']>();

beforeEach(() => {
  container = new FakeContainer();
  Object.defineProperty(navigator, 'serviceWorker', { value: container, configurable: true });
  read.mockImplementation((_source, start, end) => Promise.resolve(new Uint8Array(end - start)));
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  read.mockReset();
  Reflect.deleteProperty(navigator, 'serviceWorker');
});

const idOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

test('a player is given a piece from where it asks, beside the page; nothing of it is read before', async () => {
  const film = await createFilms({ read }, BASE).open(source);
  expect(container.registered).toEqual(['https://call.example/widget/films-worker.js']);
  expect(film?.url).toMatch(/^https:\/\/call\.example\/widget\/films\/[\w-]+$/);
  expect(read).not.toHaveBeenCalled();
  const id = idOf(film?.url ?? '');
  expect(await container.ask(id, 2_000_000)).toMatchObject({ start: 2_000_000, total: TOTAL, mimeType: 'video/mp4' });
  expect(read.mock.calls.map(([, start, end]) => [start, end])).toEqual([[2_000_000, 3_048_576]]);
  expect(await container.ask(id, TOTAL)).toBeUndefined();
  expect(await container.ask('another', 0)).toBeUndefined();
  film?.close();
  expect(await container.ask(id, 0)).toBeUndefined();
});

test('what cannot be read is no piece', async () => {
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  const film = await createFilms({ read }, BASE).open(source);
  read.mockRejectedValue(new Error('refused'));
  expect(await container.ask(idOf(film?.url ?? ''), 0)).toBeUndefined();
});

test('afterwards the worker goes, so that the next page does not wait for it; another film brings it back', async () => {
  const films = createFilms({ read }, BASE);
  await films.open(source);
  films.close();
  await Promise.resolve();
  expect(container.unregistered).toBe(1);
  const again = await films.open(source);
  expect(await container.ask(idOf(again?.url ?? ''), 0)).toMatchObject({ start: 0 });
});

test('where a page can have no worker, there is no address', async () => {
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  container.refuses = true;
  expect(await createFilms({ read }, BASE).open(source)).toBeUndefined();
  Object.defineProperty(navigator, 'serviceWorker', {
    configurable: true,
    get: () => {
      throw new DOMException('sandboxed', 'SecurityError');
    },
  });
  expect(await createFilms({ read }, BASE).open(source)).toBeUndefined();
  Reflect.deleteProperty(navigator, 'serviceWorker');
  expect(await createFilms({ read }, BASE).open(source)).toBeUndefined();
});

test('a worker that does not take the page over is not waited for', async () => {
  jest.useFakeTimers();
  container.takes = false;
  const opening = createFilms({ read }, BASE).open(source);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await opening).toBeUndefined();
});
