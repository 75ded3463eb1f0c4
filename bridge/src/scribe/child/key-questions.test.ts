import { expect, test } from '@jest/globals';
import { createKeyQuestions } from './key-questions.ts';

test('a lost key is asked for at once, then ever more rarely, and each device for itself', () => {
  let nowMs = 1_000;
  const questions = createKeyQuestions(() => nowMs);
  const asked: number[] = [];
  for (; nowMs <= 301_000; nowMs += 500) if (questions.due('a')) asked.push(nowMs - 1_000);
  expect(asked).toEqual([0, 5_000, 15_000, 35_000, 75_000, 135_000, 195_000, 255_000]);
  expect(questions.due('b')).toBe(true);
  nowMs += 200_000;
  expect([questions.due('a'), questions.due('a')]).toEqual([true, false]);
});
