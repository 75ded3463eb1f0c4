import { expect, test } from '@jest/globals';
import { watchLostTrack } from './lost-track.ts';

test('a track that gives frames, or none for a moment, is not worth a word', () => {
  const watch = watchLostTrack();
  for (let nowMs = 0; nowMs < 20_000; nowMs += 1_000) {
    expect(watch.look(nowMs, true)).toBeUndefined();
    if (nowMs % 3_000 === 0) expect(watch.frame(nowMs)).toBeUndefined();
  }
});

test('silence of who is muted is none', () => {
  const watch = watchLostTrack();
  watch.frame(0);
  expect(watch.look(10_000, false)).toBeUndefined();
  // The microphone is on again: there is a moment for sound to come.
  expect(watch.look(11_000, true)).toBeUndefined();
  expect(watch.look(14_000, true)).toBeUndefined();
  expect(watch.look(16_000, true)?.span).toMatchObject({ startMs: 11_000, endMs: 16_000 });
});

test('one that stopped is one stretch that grows, is asked for anew every few seconds, and ends with a frame', () => {
  const watch = watchLostTrack();
  watch.frame(1_000);
  const told = [2_000, 5_000, 6_000, 10_000, 11_000].map((nowMs) => watch.look(nowMs, true));
  expect(told.map((each) => each?.again)).toEqual([undefined, true, false, true, false]);
  expect(new Set(told.flatMap((each) => each?.span.id ?? [])).size).toBe(1);
  expect(told.at(-1)?.span).toMatchObject({ startMs: 1_000, endMs: 11_000 });
  expect(watch.frame(12_000)).toEqual({ id: told.at(-1)?.span.id, startMs: 1_000, endMs: 12_000 });
  expect(watch.frame(12_020)).toBeUndefined();
});
