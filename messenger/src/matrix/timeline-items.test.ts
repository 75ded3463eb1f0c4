import { expect, test } from '@jest/globals';
import { RESULT_BLOCK } from '@palabre/protocol';
import { MatrixEvent } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';
import { readItem, readRoot, readTimeline, type ReadingContext } from './timeline-items.ts';

const SCRIBE = '@palabre-scribe:x';
const WATCHER = '@palabre:x';
let timeline: readonly MatrixEvent[] = [];
const room = {
  roomId: '!r:x',
  getLiveTimeline: () => ({ getEvents: () => timeline }),
  getMember: () => null,
  hasEncryptionStateEvent: () => false,
  relations: { getChildEventsForEvent: () => undefined },
} as unknown as Room;
const context: ReadingContext = {
  room,
  myUserId: '@a:x',
  publishers: { watcherUserId: WATCHER, scribeUserId: SCRIBE },
};
const posted = (id: string, block: object | undefined, more: object = {}, sender = SCRIBE): MatrixEvent =>
  new MatrixEvent({
    event_id: id,
    type: 'm.room.message',
    sender,
    room_id: '!r:x',
    origin_server_ts: 5_000,
    content: { msgtype: 'm.notice', body: id, ...(block === undefined ? {} : { [RESULT_BLOCK]: block }), ...more },
  });
const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: '$root' } };
const preparing = [{ what: 'recording', since_ms: 1_000 }];
const meeting = { kind: 'meeting', meeting_id: 'm', state: 'ended', started_ms: 0, participants: [], preparing };
const transcript = (format: string) => ({
  kind: 'transcript',
  meeting_id: 'm',
  format,
  started_ms: 0,
  duration_ms: 1,
  model: 'base',
  gaps: [],
});
const rootOf = (events: readonly MatrixEvent[]) => {
  const [root] = readTimeline(events, context, false);
  return root?.kind === 'message' ? root : undefined;
};

test('a meeting’s thread counts results and replies, no files, parts or edits', () => {
  const replace = { 'm.relates_to': { rel_type: 'm.replace', event_id: '$root' }, 'm.new_content': {} };
  const root = rootOf([
    posted('$root', meeting),
    posted('$text', transcript('text'), inThread),
    posted('$more', transcript('text'), inThread),
    posted('$txt', transcript('txt'), inThread),
    posted('$vtt', transcript('vtt'), inThread),
    posted('$json', transcript('json'), inThread),
    posted('$reply', undefined, inThread, '@a:x'),
    posted('$edit', meeting, replace),
  ]);
  expect(root?.replies).toBe(2);
});

test('what is announced is awaited no more once the watcher says that it cannot come', () => {
  const refused = { kind: 'notice', meeting_id: 'm', level: 'error', code: 'results_refused' };
  const announced = (events: readonly MatrixEvent[]) => {
    const block = rootOf([posted('$root', meeting), ...events])?.block;
    return block?.kind === 'meeting' ? block.preparing : 'no meeting';
  };
  expect(announced([])).toEqual(preparing);
  expect(announced([posted('$another', { ...refused, meeting_id: 'another' }, {}, WATCHER)])).toEqual(preparing);
  expect(announced([posted('$claimed', refused, {}, '@eve:x')])).toEqual(preparing);
  expect(announced([posted('$refused', refused, {}, WATCHER)])).toBeUndefined();
});

test('in the panel of its thread, a meeting knows its results, and what was refused', () => {
  const said = readItem(posted('$text', transcript('text'), inThread), context);
  const root = () => {
    const item = readRoot(posted('$root', meeting), said === undefined ? [] : [said], context);
    return item?.kind === 'message' && item.block?.kind === 'meeting' ? item : undefined;
  };
  timeline = [];
  expect(root()).toMatchObject({ block: { preparing }, results: [{ id: '$text' }] });
  const refused = { kind: 'notice', meeting_id: 'm', level: 'error', code: 'results_refused' };
  timeline = [posted('$no', refused, {}, WATCHER)];
  expect(root()).toMatchObject({ block: { preparing: undefined } });
});
