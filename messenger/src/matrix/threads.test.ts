import { expect, test } from '@jest/globals';
import { MatrixEvent } from 'matrix-js-sdk';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { createStore } from '../store/store.ts';
import { createThreads } from './threads.ts';
import type { ReadingContext } from './result-blocks.ts';

const PAGES = 12;

/** A server with twelve pages of one answer each, the newest first. */
function open() {
  const asked: (string | undefined)[] = [];
  const server = { down: false };
  const answer = (page: number) =>
    new MatrixEvent({
      event_id: `$${page}`,
      type: 'm.room.message',
      sender: '@a:x',
      room_id: '!r:x',
      origin_server_ts: 1,
      content: { msgtype: 'm.text', body: '', 'm.relates_to': { rel_type: 'm.thread', event_id: '$root' } },
    });
  const room = {
    roomId: '!r:x',
    findEventById: () => ({}),
    getLiveTimeline: () => ({ getEvents: () => [], getState: () => undefined }),
    getMember: () => null,
    hasEncryptionStateEvent: () => false,
    relations: { aggregateParentEvent: () => undefined, getChildEventsForEvent: () => undefined },
  } as unknown as Room;
  const client = {
    getRoom: () => room,
    relations: (_room: string, _root: string, _relation: string, _type: null, { from }: { from?: string }) => {
      asked.push(from);
      if (server.down) return Promise.reject(new Error('down'));
      const page = Number(from ?? PAGES);
      return Promise.resolve({ events: [answer(page)], nextBatch: page === 1 ? null : String(page - 1) });
    },
  } as unknown as MatrixClient;
  const store = createStore({ theme: 'light', language: 'en' });
  const contextOf = () => ({ room, myUserId: '@a:x', publishers: {} }) as unknown as ReadingContext;
  const threads = createThreads({ client, contextOf, store });
  threads.watch('!r:x', '$root');
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  const shown = () => store.getState().rooms.threads['$root'];
  return { threads, server, asked, settle, shown, ids: () => shown()?.items.map(({ id }) => id) };
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `$${from + index}`);

test('a long thread is loaded from its newest answers, and goes on where it stopped', async () => {
  const { threads, settle, shown, ids } = open();
  await settle();
  expect(shown()).toMatchObject({ loading: false, failed: false, older: true });
  expect(ids()).toEqual(range(3, 12));
  threads.load('$root');
  await settle();
  expect(shown()).toMatchObject({ loading: false, failed: false, older: false });
  expect(ids()).toEqual(range(1, 12));
});

test('after a failure the newest are asked for again, and the order stays the server’s', async () => {
  const { threads, server, asked, settle, shown, ids } = open();
  await settle();
  server.down = true;
  threads.load('$root');
  await settle();
  expect(shown()).toMatchObject({ failed: true, older: false });
  expect(ids()).toEqual(range(3, 12));
  server.down = false;
  threads.load('$root');
  await settle();
  expect(asked[11]).toBeUndefined();
  expect(shown()).toMatchObject({ failed: false, older: true });
  expect(ids()).toEqual(range(3, 12));
});
