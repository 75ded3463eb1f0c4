import { expect, test } from '@jest/globals';
import { LOOK_EVERY_MS, watchUnreached } from './unreached.ts';

const BOB = { userId: '@bob:there', service: 'https://there' };
const CAROL = { userId: '@carol:elsewhere', service: 'https://elsewhere' };

/** What is told when bob's SFU cannot be reached between `from` and `to`, and bob goes after `until`. */
function told(from: number, to: number, until = Infinity) {
  const watch = watchUnreached();
  const spans = [];
  for (let atMs = LOOK_EVERY_MS; atMs <= 20_000; atMs += LOOK_EVERY_MS) {
    const isOpen = (service: string) => service === CAROL.service || atMs <= from || atMs > to;
    spans.push(...watch.look(atMs > until ? [CAROL] : [BOB, CAROL], isOpen, atMs));
  }
  return spans;
}

test('a connection that takes a moment is not worth a word', () => {
  expect(told(0, 2_000)).toEqual([]);
});

test('an SFU that cannot be reached for longer is one stretch that grows, with its reason and who was not heard', () => {
  const spans = told(2_000, 10_000);
  expect(new Set(spans.map(({ id }) => id)).size).toBe(1);
  expect(spans.at(-1)).toMatchObject({
    startMs: 2_000,
    endMs: 10_000,
    userId: BOB.userId,
    reason: 'sfu_unreachable',
  });
});

test('nobody publishes there any more: the stretch ends', () => {
  expect(told(0, 20_000, 8_000).at(-1)?.endMs).toBe(8_000);
});
