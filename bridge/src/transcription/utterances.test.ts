import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createUtteranceCutter,
  FRAME_MS,
  FRAME_SAMPLES,
  UTTERANCE_SAMPLE_RATE,
  type CutUtterance,
} from './utterances.ts';

/** Frames of steady level; `level` is the RMS of a square wave. */
function frames(ms: number, level: number): Int16Array[] {
  return Array.from({ length: ms / FRAME_MS }, () =>
    Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => (i % 2 === 0 ? level : -level)),
  );
}

function cutAll(sound: readonly Int16Array[]): CutUtterance[] {
  const cutter = createUtteranceCutter();
  const found = sound.flatMap((frame, index) => cutter.push(frame, (index + 1) * FRAME_MS) ?? []);
  const rest = cutter.flush();
  return rest === undefined ? found : [...found, rest];
}

describe('utterances', () => {
  test('two sentences with a pause become two utterances with the times of the voice', () => {
    const [first, second, ...more] = cutAll([
      ...frames(1000, 20),
      ...frames(1500, 3000),
      ...frames(1000, 20),
      ...frames(800, 2500),
      ...frames(1000, 20),
    ]);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ startMs: 1000, endMs: 2500 });
    expect(second).toMatchObject({ startMs: 3500, endMs: 4300 });
    expect(first?.leadMs).toBeGreaterThan(100);
    expect(first?.leadMs).toBeLessThanOrEqual(300);
  });

  test('a short pause does not cut', () => {
    const found = cutAll([...frames(500, 20), ...frames(900, 3000), ...frames(300, 20), ...frames(900, 3000)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ startMs: 500, endMs: 2600 });
  });

  test('clicks, silence and steady noise are no utterances', () => {
    expect(cutAll([...frames(1000, 20), ...frames(60, 8000), ...frames(1500, 20)])).toEqual([]);
    expect(cutAll(frames(20_000, 0))).toEqual([]);
    expect(cutAll([...frames(4000, 20), ...frames(20_000, 500)]).length).toBeLessThanOrEqual(1);
  });

  test('speech without pauses is cut at its quietest place before it grows too long', () => {
    // Syllables: speech always has dips, which is how it differs from noise.
    const syllables = (count: number) => Array.from({ length: count }, () => [...frames(380, 3000), ...frames(20, 90)]);
    const sound = [...frames(500, 20), ...syllables(25).flat(), ...frames(40, 20), ...syllables(10).flat()];
    const [first, second] = cutAll(sound);
    expect(first?.pcm.length).toBeLessThanOrEqual(12 * UTTERANCE_SAMPLE_RATE);
    expect(first).toMatchObject({ startMs: 500, endMs: 10_480 });
    expect(second?.endMs).toBe(14_520);
  });

  test('what is still being said is known, and handed out by flush', () => {
    const cutter = createUtteranceCutter();
    [...frames(500, 20), ...frames(500, 3000)].forEach((frame, index) => cutter.push(frame, (index + 1) * FRAME_MS));
    expect(cutter.openSinceMs()).toBeLessThanOrEqual(500);
    expect(cutter.flush()).toMatchObject({ startMs: 500, endMs: 1000 });
    expect(cutter.openSinceMs()).toBeUndefined();
    expect(cutter.flush()).toBeUndefined();
  });

  test('utterances never overlap, never exceed the bound, and lie within the sound', () => {
    const part = fc.record({
      frames: fc.integer({ min: 1, max: 200 }),
      level: fc.constantFrom(0, 30, 400, 3000, 20_000),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const sound = parts.flatMap(({ frames: count, level }) => frames(count * FRAME_MS, level));
        let before = 0;
        for (const { startMs, endMs, pcm, leadMs } of cutAll(sound)) {
          expect(startMs).toBeGreaterThanOrEqual(before);
          expect(endMs).toBeGreaterThan(startMs);
          expect(endMs).toBeLessThanOrEqual(sound.length * FRAME_MS);
          expect(pcm.length).toBeLessThanOrEqual(12 * UTTERANCE_SAMPLE_RATE);
          expect(leadMs).toBeGreaterThanOrEqual(0);
          before = endMs;
        }
      }),
      { numRuns: 40 },
    );
  });
});
