import { expect, test } from '@jest/globals';
import { stretchIn, wallClockOf } from './results.ts';

const film = {
  started_ms: 1_000,
  duration_ms: 60_000,
  pauses: [
    { at_ms: 10_000, duration_ms: 5_000 },
    { at_ms: 30_000, duration_ms: 100_000 },
  ],
};

test.each([
  // Before it, into it, out of it, after it.
  [0, 1_000, undefined],
  [0, 1_500, [0, 500]],
  [165_500, 170_000, [59_500, 60_000]],
  [166_000, 170_000, undefined],
  // Up to a pause, within it, out of it, and over all of it.
  [10_000, 11_000, [9_000, 10_000]],
  [10_000, 12_000, [9_000, 10_000]],
  [11_000, 16_000, undefined],
  [15_999, 17_000, [10_000, 11_000]],
  [10_500, 17_000, [9_500, 11_000]],
  [100_000, 140_000, [30_000, 34_000]],
  [0, 200_000, [0, 60_000]],
])('from %d to %d of the meeting is %p of the film', (startMs, endMs, shown) => {
  const stretch = stretchIn(film, { startMs, endMs });
  expect(stretch === undefined ? undefined : [stretch.startMs, stretch.endMs]).toEqual(shown);
});

test.each([
  [0, 1_000],
  [9_999, 10_999],
  [10_000, 16_000],
  [30_000, 136_000],
  [60_000, 166_000],
])('what the film shows at %d was at %d', (atMs, wallMs) => {
  expect(wallClockOf(film, atMs)).toBe(wallMs);
});
