import { expect, test } from '@jest/globals';
import { RESULT_BLOCK, TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import { MatrixEvent } from 'matrix-js-sdk';
import { createResultMessages } from './result-messages.ts';

const SCRIBE = '@palabre-scribe:x';
const publishers = { watcherUserId: '@palabre:x', scribeUserId: SCRIBE };
const eventOf = (sender: string, content: object, type = 'm.room.message'): MatrixEvent =>
  new MatrixEvent({ event_id: '$e', room_id: '!r', sender, origin_server_ts: 1, type, content: content });
const film = {
  msgtype: 'm.video',
  body: 'film',
  url: 'mxc://x/film',
  [RESULT_BLOCK]: { kind: 'recording', meeting_id: 'm', started_ms: 0, duration_ms: 1, gaps: [] },
};
const correction = {
  msgtype: 'm.notice',
  body: 'words',
  [TRANSCRIPT_CORRECTION]: { transcript_event_id: '$t', line_id: '1', what: 'text', text: 'better' },
};

test('results of our bots and corrections are shown; what people say to each other is not', () => {
  const messages = createResultMessages(publishers, () => false);
  expect(messages.show(eventOf(SCRIBE, film))).toMatchObject({ content: film });
  expect(messages.show(eventOf('@bob:x', correction))).toMatchObject({ content: correction });
  expect(messages.show(eventOf('@bob:x', { msgtype: 'm.text', body: 'hello' }))).toBeUndefined();
  expect(messages.show(eventOf('@bob:x', film))).toBeUndefined();
  expect(messages.show(eventOf('@bob:x', { key: '👋' }, 'm.reaction'))).toBeDefined();
});

test('what the homeserver adds of other messages stays out', () => {
  const messages = createResultMessages(publishers, () => false);
  const root = new MatrixEvent({
    ...eventOf(SCRIBE, film).event,
    unsigned: { 'm.relations': { 'm.thread': { latest_event: { content: { body: 'hello' } } } } },
  });
  expect(messages.show(root)?.unsigned).toEqual({});
});

test('in an encrypted room, what did not come encrypted is not shown', () => {
  const messages = createResultMessages(publishers, () => true);
  expect(messages.show(eventOf(SCRIBE, film))).toBeUndefined();
  expect(messages.show(eventOf('@bob:x', correction))).toBeUndefined();
});

test('files that were shown can be had, no others', () => {
  const messages = createResultMessages(publishers, () => false);
  expect(messages.names('mxc://x/film')).toBe(false);
  messages.show(eventOf('@bob:x', film));
  expect(messages.names('mxc://x/film')).toBe(false);
  messages.show(eventOf(SCRIBE, film));
  expect(messages.names('mxc://x/film')).toBe(true);
});
