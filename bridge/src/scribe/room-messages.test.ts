import { expect, test } from '@jest/globals';
import type { MatrixClient, MatrixRequest } from '../appservice/index.ts';
import { messagesIn } from './room-messages.ts';

const WINDOW = { startMs: 1000, endMs: 2000 };
const event = (id: string, atMs: number, content: object = { msgtype: 'm.text', body: 'secret' }) => ({
  event_id: id,
  sender: '@a:x',
  origin_server_ts: atMs,
  content,
});

function homeserver(pages: readonly object[]): MatrixClient & { readonly asked: MatrixRequest[] } {
  const asked: MatrixRequest[] = [];
  return {
    asked,
    request: (_method, _path, options = {}) => {
      asked.push(options);
      return Promise.resolve(pages[asked.length - 1]);
    },
    close: () => Promise.resolve(),
  };
}

test('references to what was written in the time, oldest first, and no words', async () => {
  const edit = { msgtype: 'm.text', 'm.relates_to': { rel_type: 'm.replace', event_id: '$1' } };
  const client = homeserver([
    {
      chunk: [event('$late', 2500), event('$edit', 1900, edit), event('$gone', 1800, {}), event('$2', 1700)],
      end: 'next',
    },
    { chunk: [event('$bot', 1600, { msgtype: 'm.notice' }), event('$1', 1500), event('$before', 900)], end: 'more' },
  ]);
  expect(await messagesIn(client, { roomId: '!r:x', asUser: '@scribe:x' }, WINDOW)).toEqual([
    { eventId: '$1', userId: '@a:x', atMs: 1500 },
    { eventId: '$2', userId: '@a:x', atMs: 1700 },
  ]);
  expect(client.asked.map(({ query }) => query?.['from'])).toEqual([undefined, 'next']);
});
