import { beforeEach, expect, test } from '@jest/globals';
import { RESULT_BLOCK } from '@palabre/protocol';
import { MatrixEvent } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';
import { DecryptionError } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { DecryptionFailureCode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { ReadingContext } from './result-blocks.ts';
import { noteThread } from './thread-of.ts';
import { readItem, readRoot, readTimeline } from './timeline-items.ts';

const SCRIBE = '@palabre-scribe:x';
const WATCHER = '@palabre:x';
let timeline: readonly MatrixEvent[] = [];
let mayRedact = false;
let isEncryptedRoom = false;
let reactions: unknown;
const room = {
  roomId: '!r:x',
  getLiveTimeline: () => ({
    getEvents: () => timeline,
    getState: () => ({ maySendRedactionForEvent: (event: MatrixEvent) => mayRedact || event.getSender() === '@a:x' }),
  }),
  getMember: () => null,
  hasEncryptionStateEvent: () => isEncryptedRoom,
  relations: { getChildEventsForEvent: () => reactions },
} as unknown as Room;
const context: ReadingContext = {
  room,
  myUserId: '@a:x',
  publishers: { watcherUserId: WATCHER, scribeUserId: SCRIBE },
};
beforeEach(() => {
  mayRedact = false;
  isEncryptedRoom = false;
  reactions = undefined;
});
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

test('a meeting knows what the watcher says was deleted of it, and by whom', () => {
  const by = { user_id: '@a:x', name: 'Alice' };
  const notice = { kind: 'notice', meeting_id: 'm', level: 'info', code: 'deleted', deleted: 'recording', by };
  const events = (sender: string) => [posted('$root', meeting), posted('$gone', notice, {}, sender)];
  expect(rootOf(events(WATCHER))?.deleted).toEqual([{ what: 'recording', by }]);
  expect(rootOf(events('@eve:x'))?.deleted).toBeUndefined();
});

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

const redacted = (event: MatrixEvent): MatrixEvent => {
  const redaction = new MatrixEvent({
    event_id: '$redaction',
    type: 'm.room.redaction',
    sender: '@mod:x',
    content: {},
  });
  event.makeRedacted(redaction, room);
  return event;
};
const shown = (events: readonly MatrixEvent[]) =>
  readTimeline(events, context, false).map(({ id, kind }) => [id, kind]);

test('what was removed from a thread stands not in the room and is not counted', () => {
  const events = ['$one', '$two', '$three'].map((id) => posted(id, undefined, inThread, '@a:x'));
  for (const event of events) noteThread(event);
  events.slice(0, 2).forEach(redacted);
  const [root] = readTimeline([posted('$root', meeting), ...events], context, false);
  expect(root).toMatchObject({ id: '$root', replies: 1 });
  expect(shown([posted('$root', meeting), ...events])).toEqual([['$root', 'message']]);
});

test('of deleted results nothing is left in the room, also where their thread is not known any more; the meeting is', () => {
  const results = [redacted(posted('$film', undefined, inThread)), redacted(posted('$text', undefined, inThread))];
  const removed = redacted(posted('$said', undefined, {}, '@b:x'));
  const root = redacted(posted('$root', meeting));
  const answer = posted('$answer', undefined, inThread, '@b:x');
  expect(shown([root, ...results, answer, removed])).toEqual([
    ['$root', 'removed'],
    ['$said', 'removed'],
  ]);
});

test('my own messages can be removed, and everybody’s by whoever has the power', () => {
  const removable = () =>
    readTimeline([posted('$mine', undefined, {}, '@a:x'), posted('$root', meeting)], context, false).map(
      (item) => item.kind === 'message' && item.removable,
    );
  expect(removable()).toEqual([true, false]);
  mayRedact = true;
  expect(removable()).toEqual([true, true]);
});

/** An event of the scribe in an encrypted room. @param content what it decrypts to; undefined: no keys here */
async function sealed(id: string, relation: object, content: object | undefined): Promise<MatrixEvent> {
  const event = new MatrixEvent({
    event_id: id,
    type: 'm.room.encrypted',
    sender: SCRIBE,
    room_id: '!r:x',
    origin_server_ts: 5_000,
    content: { algorithm: 'm.megolm.v1.aes-sha2', ...relation },
  });
  const noKey = new DecryptionError(DecryptionFailureCode.HISTORICAL_MESSAGE_NO_KEY_BACKUP, 'no key');
  const decryptEvent = () =>
    content === undefined
      ? Promise.reject(noKey)
      : Promise.resolve({ clearEvent: { type: 'm.room.message', content: { ...content, ...relation } } });
  await event.attemptDecryption({ decryptEvent } as unknown as CryptoBackend);
  return event;
}

test('a meeting whose message cannot be decrypted is shown by an edit of it that can', async () => {
  isEncryptedRoom = true;
  const root = await sealed('$root', {}, undefined);
  expect(rootOf([root])).toBeUndefined();
  const replaces = { 'm.relates_to': { rel_type: 'm.replace', event_id: '$root' } };
  const content = { msgtype: 'm.notice', body: 'now', [RESULT_BLOCK]: meeting };
  root.makeReplaced(await sealed('$edit', replaces, { ...content, 'm.new_content': content }));
  expect(rootOf([root])).toMatchObject({ body: 'now', block: { kind: 'meeting', meeting_id: 'm' } });
  root.makeReplaced(await sealed('$later', replaces, undefined));
  expect(rootOf([root])).toBeUndefined();
});

test('without such an edit it leads to the results that can be read', async () => {
  isEncryptedRoom = true;
  const root = await sealed('$root', {}, undefined);
  const content = { msgtype: 'm.notice', body: 'transcript', [RESULT_BLOCK]: transcript('text') };
  const [unread] = readTimeline([root, await sealed('$text', inThread, undefined)], context, false);
  expect(unread).toMatchObject({ kind: 'unreadable', reason: 'history' });
  expect(unread).not.toHaveProperty('meeting');
  const [item] = readTimeline([root, await sealed('$text', inThread, content)], context, false);
  expect(item).toMatchObject({ kind: 'unreadable', meeting: { replies: 1, results: [{ id: '$text' }] } });
});

test('of a reaction it tells who set it, and when I did', () => {
  const by = (sender: string, sentMs: number): MatrixEvent =>
    new MatrixEvent({ event_id: `$${sentMs}`, type: 'm.reaction', sender, origin_server_ts: sentMs });
  const sorted = [['✅', new Set([by('@b:x', 1), by('@a:x', 2)])]];
  reactions = { getSortedAnnotationsByKey: () => sorted };
  expect(readItem(posted('$root', meeting), context)).toMatchObject({
    reactions: [{ symbol: '✅', names: ['b', 'a'], mineId: '$2', mineMs: 2 }],
  });
});
