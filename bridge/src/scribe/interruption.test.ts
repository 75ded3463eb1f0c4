import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { watchInterruption } from './interruption.ts';

const START_MS = 1_700_000_000_000;

describe('an interruption', () => {
  let closing: AbortController;
  let interrupted: boolean;
  let told: number[];
  /** It is over before anybody could say it. */
  let over: boolean;
  beforeEach(() => {
    jest.useFakeTimers({ now: START_MS });
    closing = new AbortController();
    interrupted = false;
    told = [];
    over = false;
    watchInterruption({
      isInterrupted: () => interrupted,
      onLate: (sinceMs) => {
        if (!over) told.push(sinceMs - START_MS);
        return Promise.resolve(!over);
      },
      now: () => Date.now(),
      signal: closing.signal,
    });
  });
  afterEach(() => {
    closing.abort();
    jest.useRealTimers();
  });
  const pass = (seconds: number, isInterrupted: boolean): void => {
    interrupted = isInterrupted;
    jest.advanceTimersByTime(seconds * 1_000);
  };

  test('is told within half a minute, once, and not when it is short', () => {
    pass(20, true);
    pass(10, false);
    pass(20, true);
    expect(told).toEqual([]);
    pass(10, true);
    expect(told).toEqual([31_000]);
    pass(600, true);
    expect(told).toHaveLength(1);
  });

  test('that comes and goes is one; after a good minute the next is news', () => {
    pass(30, true);
    pass(30, false);
    pass(30, true);
    expect(told).toHaveLength(1);
    pass(62, false);
    pass(30, true);
    expect(told).toHaveLength(2);
  });

  test('that nobody was told of makes the next one no less news', async () => {
    over = true;
    pass(26, true);
    await jest.advanceTimersByTimeAsync(0);
    over = false;
    pass(5, false);
    pass(30, true);
    expect(told).toHaveLength(1);
  });

  test('is nobody’s business when the run is over', () => {
    closing.abort();
    pass(60, true);
    expect(told).toEqual([]);
  });
});
