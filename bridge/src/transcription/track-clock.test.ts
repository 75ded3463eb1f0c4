import { describe, expect, test } from '@jest/globals';
import { createTrackClock } from './track-clock.ts';

const FRAME = 20;

/** Ends of frames as the clock tells them, for frames whose sound ended every 20 ms from 1000 on. */
function ends(delays: readonly number[]): number[] {
  const clock = createTrackClock(FRAME);
  return delays.map((delay, index) => clock.frame(1000 + (index + 1) * FRAME + delay));
}

describe('track clock', () => {
  test('late and bursty arrival does not move time', () => {
    const told = ends([30, 5, 90, 70, 50, 30, 10, 5, 5, 5]);
    expect(told.slice(1)).toEqual(told.slice(1).map((_, index) => 1000 + (index + 2) * FRAME + 5));
  });

  test('a first frame that came late is corrected by the next', () => {
    expect(ends([400, 0, 0]).slice(1)).toEqual([1040, 1060]);
  });

  test('missing frames move time forward after a moment, and not for a short stall', () => {
    const clock = createTrackClock(FRAME);
    let at = 1000;
    for (let i = 0; i < 50; i += 1) clock.frame((at += FRAME));
    at += 5000;
    let told = 0;
    for (let i = 0; i < 60; i += 1) told = clock.frame((at += FRAME));
    expect(told).toBe(at);

    const stalled = ends([
      ...Array<number>(10).fill(0),
      ...Array.from({ length: 10 }, (_, i) => 200 - i * FRAME),
      0,
      0,
    ]);
    expect(stalled.at(-1)).toBe(1000 + 22 * FRAME);
  });
});
