import { expect, test } from '@jest/globals';
import { formatClock } from './clock.ts';

test.each([
  [-5, '0:00'],
  [0, '0:00'],
  [7_900, '0:07'],
  [59_999, '0:59'],
  [166_700, '2:46'],
  [166_999.7, '2:47'],
  [247_000, '4:07'],
  [3_599_999, '59:59'],
  [3_729_000, '1:02:09'],
])('%d ms are %p', (ms, told) => {
  expect(formatClock(ms)).toBe(told);
});
