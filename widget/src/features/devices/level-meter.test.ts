import { expect, test } from '@jest/globals';
import { barsOf } from './level-meter.tsx';

const tone = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin(index / 3));

test('silence lights nothing, speech some, a shout everything', () => {
  expect(barsOf(new Float32Array(1024))).toBe(0);
  expect(barsOf(tone(0.05))).toBeGreaterThan(3);
  expect(barsOf(tone(0.05))).toBeLessThan(10);
  expect(barsOf(tone(0.9))).toBe(12);
});
