import { expect, test } from '@jest/globals';
import type { ResultBlock } from '@palabre/protocol';
import type { MessageItem, TimelineItem } from '../store/model.ts';
import { countAside } from './thread-count.ts';

const said = (id: string, block?: Partial<ResultBlock>, more: object = {}): TimelineItem =>
  ({ kind: 'message', key: id, id, block, ...more }) as MessageItem;
const transcript = (id: string, format: string, startedMs = 1): TimelineItem =>
  said(id, { kind: 'transcript', meeting_id: 'm', started_ms: startedMs, format } as Partial<ResultBlock>);
const countOf = (items: readonly TimelineItem[]): number => items.length - countAside(items);

test('parts and files of a transcript are one with it, captions of a recording one with that', () => {
  const film = said('$film', { kind: 'recording', captions_event_id: '$captions' });
  const thread = [
    transcript('$part1', 'text'),
    transcript('$part2', 'text'),
    ...['txt', 'vtt', 'json'].map((format) => transcript(`$${format}`, format)),
    transcript('$captions', 'vtt', 5),
    film,
    said('$late', { kind: 'transcript', meeting_id: 'm', started_ms: 6, format: 'vtt', recording_event_id: '$film' }),
    said('$minutes', { kind: 'minutes' }),
    said('$words'),
  ];
  expect(countOf(thread)).toBe(4);
});

test('a second transcript counts, and a file whose text did not come', () => {
  expect(countOf([transcript('$a', 'text', 1), transcript('$b', 'text', 2), transcript('$c', 'json', 3)])).toBe(3);
});

test('corrections of lines do not count, what cannot be read does', () => {
  const unread = { kind: 'unreadable', key: '$u', id: '$u' } as unknown as TimelineItem;
  expect(countOf([said('$correction', undefined, { correction: {} }), unread])).toBe(1);
});
