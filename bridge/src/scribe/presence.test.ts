import { describe, expect, test } from '@jest/globals';
import type { PresenceChange } from './marks.ts';
import { createPresence, type PresenceStore } from './presence.ts';

function fakeStore(): PresenceStore & { readonly rows: PresenceChange[] } {
  const rows: PresenceChange[] = [];
  return {
    rows,
    addPresence: (_run, changes) => {
      rows.push(...changes);
      return Promise.resolve();
    },
    presence: () => Promise.resolve([...rows]),
  };
}
const told = (rows: readonly PresenceChange[]) => rows.map(({ userId, change, atMs }) => `${userId} ${change} ${atMs}`);

describe('presence', () => {
  test('nothing is written before it is opened; then who is there, and changes only', async () => {
    const store = fakeStore();
    const presence = createPresence(store, 'run');
    await presence.seen(['a', 'gone'], 1);
    await presence.seen(['a'], 2);
    expect(store.rows).toEqual([]);
    await presence.open(3);
    await presence.open(4);
    await presence.seen(['a'], 5);
    await presence.seen(['a', 'b'], 6);
    await presence.seen(['b'], 7);
    expect(told(store.rows)).toEqual(['a present 3', 'b joined 6', 'a left 7']);
  });

  test('a successor compares with what was written down', async () => {
    const store = fakeStore();
    const first = createPresence(store, 'run');
    await first.open(1);
    await first.seen(['a', 'b'], 2);
    const second = createPresence(store, 'run');
    await second.seen(['b', 'c'], 9);
    await second.open(10);
    expect(told(store.rows).slice(2)).toEqual(['a left 10', 'c joined 10']);
  });
});
