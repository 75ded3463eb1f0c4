import { describe, expect, test } from '@jest/globals';
import { filmTimeOf } from './film-time.ts';

describe('the clock of a film', () => {
  const time = filmTimeOf([
    { startedMs: 0, untilMs: 100, paused: true },
    { startedMs: 300, untilMs: 400, paused: false },
    { startedMs: 450, untilMs: 500, paused: true },
    { startedMs: 1_000, untilMs: 1_100, paused: false },
  ]);

  test.each([
    [0, 0],
    [100, 100],
    [200, 100],
    [300, 100],
    [350, 150],
    [450, 250],
    [700, 300],
    [1_000, 300],
    [1_100, 400],
  ])('%d is %d', (wallMs, filmMs) => {
    expect(time.of(wallMs)).toBe(filmMs);
  });

  test('pauses are cut, breaks by a fault are not', () => {
    expect(time.pauses).toEqual([
      { startMs: 100, endMs: 300 },
      { startMs: 500, endMs: 1_000 },
    ]);
    expect(time.within({ startMs: 150, endMs: 250 })).toEqual([]);
    expect(time.within({ startMs: 50, endMs: 350 })).toEqual([{ startMs: 50, endMs: 150 }]);
  });

  test('a pause that nobody ended leaves nothing out', () => {
    expect(filmTimeOf([{ startedMs: 0, untilMs: 100, paused: true }]).pauses).toEqual([]);
  });
});
