import { afterEach, expect, jest, test } from '@jest/globals';
import type { UnheardSpan } from '../contract.ts';
import { createLostTracks, watchLostTrack } from './lost-track.ts';

afterEach(() => {
  jest.useRealTimers();
});

test('a track that gives frames, or none for a moment, is not worth a word', () => {
  const watch = watchLostTrack();
  for (let nowMs = 0; nowMs < 20_000; nowMs += 1_000) {
    expect(watch.look(nowMs)).toBeUndefined();
    if (nowMs % 3_000 === 0) expect(watch.frame(nowMs)).toBeUndefined();
  }
});

test('silence of who is muted, or who is not heard, is none', () => {
  jest.useFakeTimers({ now: 0 });
  const told: UnheardSpan[] = [];
  const tracks = createLostTracks((span) => told.push(span));
  const lookAt = (nowMs: number, purpose: 'listening' | undefined): boolean => {
    jest.setSystemTime(nowMs);
    return tracks.look('TR_a', '@alice:x', purpose);
  };
  lookAt(0, 'listening');
  expect(lookAt(10_000, undefined)).toBe(false);
  // The microphone is on again: there is a moment for sound to come.
  expect(lookAt(11_000, 'listening')).toBe(false);
  expect(lookAt(14_000, 'listening')).toBe(false);
  expect(told).toEqual([]);
  expect(lookAt(16_000, 'listening')).toBe(true);
  expect(told).toMatchObject([{ userId: '@alice:x', startMs: 11_000, endMs: 16_000, reason: 'track_lost' }]);
});

test('a track heard for live captions alone is asked for anew, and nothing is missing in any result', () => {
  jest.useFakeTimers({ now: 0 });
  const told: UnheardSpan[] = [];
  const tracks = createLostTracks((span) => told.push(span));
  tracks.look('TR_a', '@alice:x', 'captioning');
  // Another reading of the same track says nothing of this one.
  jest.setSystemTime(4_500);
  tracks.arrived('TR_a', 'mixing');
  expect(tracks.look('TR_a', '@alice:x', 'captioning')).toBe(true);
  jest.setSystemTime(5_500);
  tracks.arrived('TR_a', 'captioning');
  expect(tracks.look('TR_a', '@alice:x', 'captioning')).toBe(false);
  expect(told).toEqual([]);
});

test('one that stopped is one stretch that grows, is asked for anew every few seconds, and ends with a frame', () => {
  const watch = watchLostTrack();
  watch.frame(1_000);
  const told = [2_000, 5_000, 6_000, 10_000, 11_000].map((nowMs) => watch.look(nowMs));
  expect(told.map((each) => each?.again)).toEqual([undefined, true, false, true, false]);
  expect(new Set(told.flatMap((each) => each?.span.id ?? [])).size).toBe(1);
  expect(told.at(-1)?.span).toMatchObject({ startMs: 1_000, endMs: 11_000 });
  expect(watch.frame(12_000)).toEqual({ id: told.at(-1)?.span.id, startMs: 1_000, endMs: 12_000 });
  expect(watch.frame(12_020)).toBeUndefined();
});
