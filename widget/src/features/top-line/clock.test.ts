import { expect, test } from '@jest/globals';
import { formatDuration, isoDuration } from './clock.ts';

test('durations', () => {
  expect([0, 7_900, 187_000, 3_765_000, -5].map(formatDuration)).toEqual(['0:00', '0:07', '3:07', '1:02:45', '0:00']);
  expect(isoDuration(3_765_000)).toBe('PT1H2M45S');
});
