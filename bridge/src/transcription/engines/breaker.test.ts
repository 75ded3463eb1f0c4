import { expect, test } from '@jest/globals';
import { createBreaker } from './breaker.ts';

test('a request from before the engine was left out lets no second one through when it is given up', () => {
  let nowMs = 0;
  const breaker = createBreaker(
    () => nowMs,
    () => undefined,
  );
  expect(breaker.enter(false)).toBe('free');
  breaker.failed();
  breaker.failed();
  expect(breaker.enter(false)).toBeUndefined();
  nowMs = 60_000;
  expect(breaker.enter(false)).toBe('probe');
  breaker.givenUp('free');
  expect(breaker.enter(false)).toBeUndefined();
  breaker.givenUp('probe');
  expect(breaker.enter(false)).toBe('probe');
});
