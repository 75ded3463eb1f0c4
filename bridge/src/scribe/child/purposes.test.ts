import { describe, expect, test } from '@jest/globals';
import { NOBODY } from '../contract.ts';
import { purposesFor, type Purpose } from './purposes.ts';

const ALL = new Set<Purpose>(['listening', 'mixing', 'captioning']);
const EVERYBODY = { recording: 'everybody', transcription: 'everybody' } as const;
const ALICE = '@alice:x';

describe('what somebody’s sound is read for', () => {
  test('before the scribe was told of anybody: captions only', () => {
    expect(purposesFor(ALL, NOBODY, ALICE, true)).toEqual(['captioning']);
    expect(purposesFor(new Set<Purpose>(['listening', 'mixing']), NOBODY, ALICE, true)).toEqual([]);
  });

  test('each purpose for itself', () => {
    expect(purposesFor(ALL, { ...NOBODY, recording: [ALICE] }, ALICE, true)).toEqual(['mixing', 'captioning']);
    expect(purposesFor(ALL, { ...NOBODY, transcription: [ALICE] }, ALICE, true)).toEqual(['listening', 'captioning']);
    expect(purposesFor(ALL, { ...NOBODY, transcription: [ALICE] }, '@bob:x', true)).toEqual(['captioning']);
  });

  test('only what the scribe does now', () => {
    expect(purposesFor(new Set<Purpose>(['mixing']), EVERYBODY, ALICE, true)).toEqual(['mixing']);
  });

  test('what a shared screen plays is recorded, and is nobody’s words', () => {
    expect(purposesFor(ALL, EVERYBODY, ALICE, false)).toEqual(['mixing']);
    expect(purposesFor(ALL, NOBODY, ALICE, false)).toEqual([]);
  });
});
