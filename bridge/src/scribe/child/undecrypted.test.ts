import { expect, test } from '@jest/globals';
import { watchUndecrypted } from './undecrypted.ts';

const FRAME_MS = 20;

/** What is told of a track that has a key only outside `from`..`to`. */
function told(from: number, to: number) {
  const watch = watchUndecrypted(FRAME_MS);
  const spans = [];
  for (let endMs = FRAME_MS; endMs <= 12_000; endMs += FRAME_MS) {
    const span = watch.frame(endMs <= from || endMs > to, endMs);
    if (span !== undefined) spans.push(span);
  }
  return spans;
}

test('keys that take a moment to arrive are not worth a word', () => {
  expect(told(0, 2_900)).toEqual([]);
});

test('a longer wait is one stretch that grows, and is told once more with its end', () => {
  const spans = told(1_000, 8_000);
  expect(new Set(spans.map(({ id }) => id)).size).toBe(1);
  expect(new Set(spans.map(({ startMs }) => startMs))).toEqual(new Set([1_000]));
  expect(spans.at(0)?.endMs).toBeLessThanOrEqual(5_000);
  expect(spans.at(-1)?.endMs).toBe(8_000);
});

test('a key that never comes is told while it is missing', () => {
  expect(told(0, 12_000).at(-1)?.endMs).toBeGreaterThan(9_000);
});
