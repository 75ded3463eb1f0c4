import { expect, test } from '@jest/globals';
import { KEPT_BLOCK, RESULT_BLOCK, TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import { keptIn, meetingsIn, parseMessage, readResult } from './meetings.ts';

const SCRIBE = '@palabre-scribe:x';
const publishers = { watcherUserId: '@palabre:x', scribeUserId: SCRIBE };
const raw = (id: string, atMs: number, content: object, sender = SCRIBE): unknown => ({
  type: 'm.room.message',
  event_id: id,
  room_id: '!r',
  sender,
  origin_server_ts: atMs,
  content,
});
const message = (id: string, atMs: number, content: object, sender = SCRIBE) => {
  const event = parseMessage(raw(id, atMs, content, sender));
  if (event === undefined) throw new Error('a message');
  return event;
};
const meeting = (startedMs: number, state = 'running') => ({
  body: 'Meeting',
  [RESULT_BLOCK]: { kind: 'meeting', meeting_id: `m${startedMs}`, state, started_ms: startedMs, participants: [] },
});

test('meetings, the newest first, as they were told of last; nobody else’s words', () => {
  const edit = {
    body: '* Meeting',
    'm.new_content': meeting(10, 'ended'),
    'm.relates_to': { rel_type: 'm.replace', event_id: '$a' },
  };
  const reply = { ...meeting(5), 'm.relates_to': { rel_type: 'm.thread', event_id: '$a' } };
  const events = [
    message('$e', 40, edit),
    message('$b', 30, meeting(30)),
    message('$a', 10, meeting(10)),
    message('$forged', 50, meeting(50), '@eve:x'),
    message('$reply', 60, reply),
  ];
  expect(meetingsIn(events, publishers).map(({ rootId, block }) => [rootId, block?.state])).toEqual([
    ['$b', 'running'],
    ['$a', 'ended'],
  ]);
});

test('results of our bots and corrections of anybody are read, with their files; other messages are not', () => {
  const recording = {
    body: 'film.mp4',
    msgtype: 'm.video',
    url: 'mxc://x/film',
    [RESULT_BLOCK]: { kind: 'recording', meeting_id: 'm', started_ms: 0, duration_ms: 1, gaps: [] },
  };
  expect(readResult(message('$1', 1, recording), '!r', publishers)).toMatchObject({
    block: { kind: 'recording' },
    attachment: { source: { kind: 'plain', mxc: 'mxc://x/film' } },
  });
  const kept = {
    id: '7d9c1a52-1f53-4a0e-9d3c-1d5f0f8f7a11',
    mimetype: 'video/mp4',
    bytes: 5,
    block_bytes: 5,
    key: 'k'.repeat(43),
  };
  const link = { body: 'link', [KEPT_BLOCK]: kept, [RESULT_BLOCK]: recording[RESULT_BLOCK] };
  expect(readResult(message('$2', 1, link), '!r', publishers)?.attachment?.source).toMatchObject({
    kind: 'kept',
    roomId: '!r',
    server: 'x',
  });
  const correction = { transcript_event_id: '$t', line_id: '1', what: 'text', text: 'better' };
  const said = { body: 'words', url: 'mxc://x/other', [TRANSCRIPT_CORRECTION]: correction };
  expect(readResult(message('$3', 1, said, '@bob:x'), '!r', publishers)).toMatchObject({
    correction,
    attachment: undefined,
    block: undefined,
  });
  expect(readResult(message('$4', 1, recording, '@bob:x'), '!r', publishers)).toBeUndefined();
  expect(parseMessage({ type: 'm.room.message' })).toBeUndefined();
});

test('parts of a long transcript are one', () => {
  const part = (id: string, startedMs: number) => {
    const block = {
      kind: 'transcript',
      meeting_id: 'm',
      format: 'text',
      started_ms: startedMs,
      duration_ms: 1,
      model: 'b',
      gaps: [],
    };
    const read = readResult(message(id, 1, { body: id, [RESULT_BLOCK]: block }), '!r', publishers);
    if (read === undefined) throw new Error('a result');
    return read;
  };
  const kept = keptIn([part('$1', 0), part('$2', 0), part('$3', 9_000)]);
  expect(kept.transcripts.map(({ id }) => id)).toEqual(['$1', '$3']);
  expect(kept).toMatchObject({ recordings: 0, minutes: false });
});
