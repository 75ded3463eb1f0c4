import { expect, jest, test } from '@jest/globals';
import { RESULT_BLOCK, TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import type { RoomEvent } from '../../host/index.ts';
import { createRoomResults } from './room-results.ts';

const SCRIBE = '@palabre-scribe:x';
const recording = (id: string): RoomEvent => ({
  type: 'm.room.message',
  event_id: id,
  sender: SCRIBE,
  origin_server_ts: 1,
  content: {
    msgtype: 'm.video',
    body: 'film',
    url: 'mxc://x/film',
    'm.relates_to': { rel_type: 'm.thread', event_id: '$root' },
    [RESULT_BLOCK]: { kind: 'recording', meeting_id: 'm', started_ms: 0, duration_ms: 1, gaps: [] },
  },
});

function setUp(options: { readonly files?: boolean; readonly portions?: readonly unknown[] } = {}) {
  const send = jest.fn<(content: Readonly<Record<string, unknown>>) => Promise<string>>().mockResolvedValue('$new');
  const listeners = new Set<(event: RoomEvent) => void>();
  const { portions = [] } = options;
  const results = createRoomResults({
    media: { load: () => Promise.reject(new Error('none')), play: () => Promise.reject(new Error('none')) },
    files: options.files ?? true,
    sending: true,
    publishers: { watcherUserId: '@palabre:x', scribeUserId: SCRIBE },
    roomId: '!r',
    loaded: () => Promise.resolve([]),
    replies: (_rootId, from) => Promise.resolve(portions[Number(from ?? 0)]),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send,
  });
  return { results, send, say: (event: RoomEvent) => listeners.forEach((listener) => listener(event)) };
}

test('a thread is read portion by portion, and stands in the order of time', async () => {
  const portions = [
    { chunk: [recording('$3'), 'nonsense'], next_batch: '1' },
    { chunk: [recording('$2'), recording('$1')] },
  ];
  const { messages, older } = await setUp({ portions }).results.thread('$root');
  expect(messages.map(({ id }) => id)).toEqual(['$1', '$2', '$3']);
  expect(older).toBe(false);
});

test('a thread that does not end is not read to its end, and that is said', async () => {
  const portions = Array.from({ length: 20 }, (_, index) => ({
    chunk: [recording(`$${index}`)],
    next_batch: `${index + 1}`,
  }));
  const { messages, older } = await setUp({ portions }).results.thread('$root');
  expect(messages).toHaveLength(10);
  expect(older).toBe(true);
});

test('what is added later is told of, of this thread alone', () => {
  const { results, say } = setUp();
  const told: string[] = [];
  const end = results.follow('$root', ({ id }) => told.push(id));
  results.follow('$other', ({ id }) => told.push(`other ${id}`));
  say(recording('$1'));
  end();
  say(recording('$2'));
  expect(told).toEqual(['$1']);
});

test('a recording that the messenger does not hand over is not offered', async () => {
  const { messages } = await setUp({ files: false, portions: [{ chunk: [recording('$1')] }] }).results.thread('$root');
  expect(messages).toEqual([]);
});

test('a correction is a notice in the thread of the meeting', async () => {
  const { results, send } = setUp();
  const correction = { transcript_event_id: '$t', line_id: '1', what: 'text', text: 'better' } as const;
  await results.correct('$root', correction, 'words');
  expect(send.mock.calls[0]?.[0]).toMatchObject({
    msgtype: 'm.notice',
    body: 'words',
    'm.relates_to': { rel_type: 'm.thread', event_id: '$root' },
    [TRANSCRIPT_CORRECTION]: correction,
  });
});
