import { expect, jest, test } from '@jest/globals';
import { RESULT_BLOCK, TRANSCRIPT_CORRECTION, type EarlierMeetings } from '@palabre/protocol';
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

interface Options {
  readonly files?: boolean;
  readonly portions?: readonly unknown[];
  readonly edits?: readonly (readonly unknown[])[];
  readonly posted?: (beforeMs: number | undefined) => Promise<EarlierMeetings>;
}

function setUp(options: Options = {}) {
  const send = jest.fn<(content: Readonly<Record<string, unknown>>) => Promise<string>>().mockResolvedValue('$new');
  const listeners = new Set<(event: RoomEvent) => void>();
  const { portions = [] } = options;
  const results = createRoomResults({
    media: {
      load: () => Promise.reject(new Error('none')),
      play: () => Promise.reject(new Error('none')),
      close: () => undefined,
    },
    files: options.files ?? true,
    sending: true,
    publishers: { watcherUserId: '@palabre:x', scribeUserId: SCRIBE },
    roomId: '!r',
    loaded: () => Promise.resolve([]),
    edits: (_rootId, from) => {
      const portion = Number(from ?? 0);
      const [chunk = [], next] = (options.edits ?? []).slice(portion);
      return Promise.resolve({ chunk, ...(next === undefined ? {} : { next_batch: `${portion + 1}` }) });
    },
    posted: (beforeMs) => options.posted?.(beforeMs) ?? Promise.reject(new Error('no bridge')),
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

test('meetings that the bridge names: page after page, those without anything for this person passed over', async () => {
  const asked: (number | undefined)[] = [];
  const pages: readonly EarlierMeetings[] = [
    { meetings: [], next_before_ms: 40 },
    { meetings: [], next_before_ms: 30 },
    { meetings: [{ event_id: '$old', started_ms: 25 }], next_before_ms: 20 },
  ];
  const { results } = setUp({
    posted: (beforeMs) => {
      asked.push(beforeMs);
      return Promise.resolve(pages[asked.length - 1] ?? { meetings: [] });
    },
  });
  expect(await results.earlier()).toEqual({
    meetings: [{ rootId: '$old', startedMs: 25, block: undefined, deleted: [] }],
    nextMs: 20,
  });
  expect(asked).toEqual([undefined, 40, 30]);
  expect(await results.earlier(20)).toEqual({ meetings: [], nextMs: undefined });
  expect(asked.at(-1)).toBe(20);
});

test('pages that stay empty are not followed for ever', async () => {
  let asked = 0;
  const { results } = setUp({
    posted: () => Promise.resolve({ meetings: [], next_before_ms: 100 - (asked += 1) }),
  });
  expect(await results.earlier()).toEqual({ meetings: [], nextMs: 95 });
});

test('what a meeting is told of last, in an edit of its message; words of others are nobody’s word', async () => {
  const edit = (sender: string, atMs: number, endedMs: number): RoomEvent => ({
    type: 'm.room.message',
    event_id: `$edit${atMs}`,
    sender,
    origin_server_ts: atMs,
    content: {
      'm.new_content': {
        [RESULT_BLOCK]: {
          kind: 'meeting',
          meeting_id: 'm',
          state: 'ended',
          started_ms: 0,
          ended_ms: endedMs,
          participants: [],
        },
      },
    },
  });
  const blockOf = async (...edits: readonly (readonly unknown[])[]) =>
    (await setUp({ edits }).results.told('$root')).block;
  const told = [edit('@mallory:x', 9, 9), edit(SCRIBE, 5, 5), edit(SCRIBE, 7, 7)];
  expect(await blockOf(told)).toMatchObject({ ended_ms: 7 });
  expect(await blockOf(['nonsense'])).toBeUndefined();
  // However many of a stranger's are newer; a messenger may hand over nothing of a portion.
  const strangers = [1, 2, 3].map((each) => edit('@mallory:x', 9 + each, 9));
  expect(await blockOf(strangers, [], strangers, told, [edit(SCRIBE, 3, 3)])).toMatchObject({ ended_ms: 7 });
  // They are not looked through for ever.
  expect(await blockOf(...Array.from({ length: 10 }, () => strangers), told)).toBeUndefined();
});
