import { describe, expect, test } from '@jest/globals';
import { shiftCues } from './captions.ts';

const vtt = 'WEBVTT\n\n00:01.500 --> 00:00:04.000 line:0\n<v Alice>At 00:01.500 we --> begin\n';

describe('shiftCues', () => {
  test('moves times and leaves words alone', () => {
    const moved = shiftCues('WEBVTT\n\n00:59.900 --> 01:02:03.004\nat 00:59.900\n', 250);
    expect(moved).toBe('WEBVTT\n\n00:01:00.150 --> 01:02:03.254\nat 00:59.900\n');
  });

  test('nothing begins before zero', () => {
    expect(shiftCues('00:01.000 --> 00:03.000', -2000)).toBe('00:00:00.000 --> 00:00:01.000');
  });

  test('comments stay as they are', () => {
    const note = 'WEBVTT\n\nNOTE\nText by base (1.0), from 00:01.500 on\n\n';
    expect(shiftCues(`${note}1\n00:01.500 --> 00:04.000\nyes\n`, 500)).toBe(
      `${note}1\n00:00:02.000 --> 00:00:04.500\nyes\n`,
    );
  });

  test('no shift, no change', () => {
    expect(shiftCues(vtt, 0)).toBe(vtt);
  });
});
