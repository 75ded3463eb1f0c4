import { describe, expect, test } from '@jest/globals';
import { enginesOf, sharedMicrophones } from './attribution.ts';
import type { Line } from './lines.ts';

const line = (userId: string, change: Partial<Line> = {}): Line => ({
  userId,
  startMs: 0,
  endMs: 1,
  text: 'a',
  words: [],
  ...change,
});
const BASE = { model: 'base', version: '1', place: 'loopback' };
const LARGE = { model: 'large', place: 'speech.example.org', operator: 'Example' };

describe('attribution', () => {
  test('a microphone is shared when two voices were heard on it, not when one was', () => {
    const lines = [
      line('@room12:hs', { voice: '1' }),
      line('@room12:hs', { voice: '2' }),
      line('@alice:hs', { voice: '1' }),
      line('@alice:hs', { voice: '1' }),
      line('@bob:hs'),
    ];
    expect(sharedMicrophones(lines)).toEqual(new Set(['@room12:hs']));
  });

  test('every engine is named with its lines, the one with most first; another version is another engine', () => {
    const lines = [BASE, LARGE, BASE, { ...BASE, version: '2' }].map((by) => line('@alice:hs', { by }));
    expect(enginesOf([...lines, line('@alice:hs')], 'fallback')).toEqual({
      model: 'base',
      provenance: [
        { ...BASE, lines: 2 },
        { ...LARGE, lines: 1 },
        { ...BASE, version: '2', lines: 1 },
      ],
    });
  });

  test('where nothing was said there is no engine to name', () => {
    expect(enginesOf([], 'base')).toEqual({ model: 'base' });
  });
});
