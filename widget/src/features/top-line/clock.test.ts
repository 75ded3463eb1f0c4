import { expect, test } from '@jest/globals';
import { isoDuration } from './clock.ts';

test('durations', () => {
  expect(isoDuration(3_765_000)).toBe('PT1H2M45S');
});
