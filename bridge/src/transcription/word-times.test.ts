import { describe, expect, test } from '@jest/globals';
import { onVoice } from './word-times.ts';

const RATE = 16_000;

/** Sound of the given stretches: `[ms, level]`. */
function sound(...parts: readonly (readonly [number, number])[]): Int16Array {
  return Int16Array.from(
    parts.flatMap(([ms, level]) =>
      Array.from({ length: (ms * RATE) / 1000 }, (_, i) => (i % 2 === 0 ? level : -level)),
    ),
  );
}

describe('word times', () => {
  test('a word that runs into a pause ends with its voice, the next one begins with its own', () => {
    const pcm = sound([200, 10], [600, 3000], [500, 10], [400, 2500], [300, 10]);
    const words = onVoice(
      [
        { word: 'first', startMs: 0, endMs: 1250 },
        { word: 'second', startMs: 1250, endMs: 2000 },
      ],
      pcm,
      RATE,
    );
    expect(words).toEqual([
      { word: 'first', startMs: 200, endMs: 800 },
      { word: 'second', startMs: 1300, endMs: 1700 },
    ]);
  });

  test('dips inside a word and words without voice stay as they are', () => {
    const pcm = sound([300, 2000], [100, 20], [300, 2000], [1000, 10]);
    const words = [
      { word: 'attend', startMs: 0, endMs: 700 },
      { word: '(quiet)', startMs: 900, endMs: 1200 },
    ];
    expect(onVoice(words, pcm, RATE)).toEqual(words);
  });

  test('no sound, no change', () => {
    const words = [{ word: 'x', startMs: 0, endMs: 100 }];
    expect(onVoice(words, new Int16Array(0), RATE)).toEqual(words);
  });
});
