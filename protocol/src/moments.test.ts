import { expect, test } from '@jest/globals';
import { momentIn, wallClockOf } from './results.ts';

const film = {
  started_ms: 1_000,
  duration_ms: 60_000,
  pauses: [
    { at_ms: 10_000, duration_ms: 5_000 },
    { at_ms: 30_000, duration_ms: 100_000 },
  ],
};

test.each([
  [999, undefined],
  [1_000, 0],
  [11_000, 10_000],
  [11_001, undefined],
  [15_999, undefined],
  [16_000, 10_000],
  [36_000, 30_000],
  [100_000, undefined],
  [136_000, 30_000],
  [166_000, 60_000],
  [166_001, undefined],
])('the moment %d of the meeting is at %p of the film', (wallMs, atMs) => {
  expect(momentIn(film, wallMs)).toBe(atMs);
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
