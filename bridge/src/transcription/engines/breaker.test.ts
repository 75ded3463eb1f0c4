import { expect, test } from '@jest/globals';
import { createBreaker, type Breaker } from './breaker.ts';

test.each<[string, (breaker: Breaker) => void]>([
  ['is given up', (breaker) => breaker.givenUp('free')],
  ['fails', (breaker) => breaker.failed('free')],
])('a request from before the engine was left out lets no second one through when it %s', (_how, end) => {
  let nowMs = 0;
  const breaker = createBreaker(
    () => nowMs,
    () => undefined,
  );
  expect(breaker.enter(false)).toBe('free');
  breaker.failed('free');
  breaker.failed('free');
  expect(breaker.enter(false)).toBeUndefined();
  nowMs = 60_000;
  expect(breaker.enter(false)).toBe('probe');
  end(breaker);
  nowMs += 60_000;
  expect(breaker.enter(false)).toBeUndefined();
  breaker.givenUp('probe');
  expect(breaker.enter(false)).toBe('probe');
});

test('the longer a probe fails, the longer it is left alone; what was on its way before makes no difference', () => {
  let nowMs = 0;
  const breaker = createBreaker(
    () => nowMs,
    () => undefined,
  );
  breaker.failed('free');
  breaker.failed('free');
  nowMs = 1_000;
  expect(breaker.enter(false)).toBe('probe');
  breaker.failed('free');
  breaker.failed('probe');
  nowMs += 1_999;
  expect(breaker.enter(false)).toBeUndefined();
  nowMs += 1;
  expect(breaker.enter(false)).toBe('probe');
});

test('slow answers to what was asked before it was left out do not leave it alone for longer', () => {
  let nowMs = 0;
  const breaker = createBreaker(
    () => nowMs,
    () => undefined,
  );
  for (let asked = 0; asked < 3; asked += 1) breaker.slow('free', true);
  nowMs = 900;
  for (let asked = 0; asked < 3; asked += 1) breaker.slow('free', true);
  nowMs = 1_000;
  expect(breaker.enter(false)).toBe('probe');
  breaker.slow('probe', true);
  nowMs += 1_999;
  expect(breaker.enter(false)).toBeUndefined();
  nowMs += 1;
  expect(breaker.enter(false)).toBe('probe');
});
