import { describe, expect, test } from '@jest/globals';
import type { TimelineItem } from '../../store/model.ts';
import { messageItem } from '../../testing/message-item.ts';
import { rowsOf } from './rows.ts';

const DAY = 24 * 60 * 60 * 1000;
const noon = new Date(2026, 10, 20, 12).getTime();
const base = (key: string, sentMs: number, userId: string) => ({
  key,
  id: key,
  sentMs,
  sender: { userId, name: userId, avatarMxc: undefined },
  mine: false,
});
const message = (key: string, sentMs = noon, userId = '@a:x', replies = 0): TimelineItem =>
  messageItem(key, { ...base(key, sentMs, userId), body: key, replies });
const lost = (key: string): TimelineItem => ({ ...base(key, noon, '@a:x'), kind: 'unreadable', reason: 'history' });
const change = (key: string): TimelineItem => ({
  ...base(key, noon, '@a:x'),
  kind: 'change',
  change: { code: 'created' },
});

describe('rowsOf', () => {
  test('a line for each day', () => {
    const rows = rowsOf([message('1'), message('2', noon + DAY)], undefined);
    expect(rows.map((row) => row.kind)).toEqual(['day', 'item', 'day', 'item']);
  });

  test('messages of one person in a row belong together, unless time, thread or person come between', () => {
    const rows = rowsOf(
      [
        message('1'),
        message('2'),
        message('3', noon + 600_000),
        message('4', noon + 600_000, '@b:x', 2),
        message('5', noon + 600_000, '@b:x'),
      ],
      undefined,
    );
    expect(rows.flatMap((row) => (row.kind === 'item' ? [row.continued] : []))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  test('the first new message stands below its line and begins afresh', () => {
    const rows = rowsOf([message('1'), message('2')], '2');
    expect(rows.map((row) => row.kind)).toEqual(['day', 'item', 'new', 'item']);
    expect(rows.at(-1)).toMatchObject({ continued: false });
  });

  test('unreadable history is one row with a number; changes are one row', () => {
    const rows = rowsOf([lost('1'), lost('2'), lost('3'), message('4'), change('5'), change('6')], undefined);
    expect(rows.map((row) => row.kind)).toEqual(['day', 'unreadable', 'item', 'changes']);
    expect(rows[1]).toMatchObject({ count: 3 });
    expect(rows[3]).toMatchObject({ items: [{ key: '5' }, { key: '6' }] });
  });
});
