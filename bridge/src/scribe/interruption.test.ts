import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { watchInterruption, type Interruption } from './interruption.ts';

const START_MS = 1_700_000_000_000;

describe('an interruption', () => {
  let closing: AbortController;
  let now: Interruption | undefined;
  let told: number[];
  /** It is over before anybody could say it. */
  let over: boolean;
  beforeEach(() => {
    jest.useFakeTimers({ now: START_MS });
    closing = new AbortController();
    now = undefined;
    told = [];
    over = false;
    watchInterruption({
      interruption: () => now,
      onLate: (_kind, sinceMs) => {
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
  const pass = (seconds: number, interruption: Interruption | undefined): void => {
    now = interruption;
    jest.advanceTimersByTime(seconds * 1_000);
  };

  test('is told within half a minute, once, and not when it is short', () => {
    pass(20, 'interrupted');
    pass(10, undefined);
    pass(20, 'interrupted');
    expect(told).toEqual([]);
    pass(10, 'interrupted');
    expect(told).toEqual([31_000]);
    pass(600, 'interrupted');
    expect(told).toHaveLength(1);
  });

  test('that comes and goes is one; after a good minute the next is news', () => {
    pass(30, 'interrupted');
    pass(30, undefined);
    pass(30, 'interrupted');
    expect(told).toHaveLength(1);
    pass(62, undefined);
    pass(30, 'interrupted');
    expect(told).toHaveLength(2);
  });

  test('is news after a start that was late', () => {
    pass(30, 'delayed');
    pass(30, undefined);
    pass(30, 'interrupted');
    expect(told).toEqual([1_000, 61_000]);
  });

  test('of one thing does not begin another one’s delay anew, nor do many short ones make a long one', () => {
    for (let round = 0; round < 4; round += 1) {
      pass(9, 'delayed');
      pass(1, 'interrupted');
    }
    expect(told).toEqual([1_000]);
  });

  test('that nobody was told of makes the next one no less news', async () => {
    over = true;
    pass(26, 'interrupted');
    await jest.advanceTimersByTimeAsync(0);
    over = false;
    pass(5, undefined);
    pass(30, 'interrupted');
    expect(told).toHaveLength(1);
  });

  test('is nobody’s business when the run is over', () => {
    closing.abort();
    pass(60, 'interrupted');
    expect(told).toEqual([]);
  });
});
