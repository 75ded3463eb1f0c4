import { expect, test } from '@jest/globals';
import { saidAt, type Utterances } from './said-at.ts';

const line = {
  id: '1',
  user_id: '@a:x',
  name: 'A',
  start_ms: 1_000,
  end_ms: 9_000,
  text: 'Yes, yes. The budget is four.',
};
const word = (text: string, startMs: number) => ({ text, start_ms: startMs, end_ms: startMs + 300 });
const utterances: Utterances = [
  { start_ms: 1_000, end_ms: 2_000, text: 'Yes, yes.', words: [word('Yes,', 1_100), word(' yes.', 1_600)] },
  {
    start_ms: 5_000,
    end_ms: 8_000,
    text: 'The budget is four.',
    words: [word('The', 5_100), word('budget', 5_500), word('is', 6_000), word('four.', 6_500)],
  },
];
const at = (place: string, inside = 0): number => saidAt(line, utterances, line.text.indexOf(place) + inside);

test('the word that stands there, however often it is said, and wherever in it somebody clicked', () => {
  expect(at('Yes')).toBe(1_100);
  expect(at('yes.', 2)).toBe(1_600);
  expect(at('budget')).toBe(5_500);
  expect(at('budget', 6)).toBe(5_500);
  expect(saidAt(line, utterances, line.text.length)).toBe(6_500);
});

test('the utterance, where the engine gives no times of words', () => {
  const plain = utterances.map((utterance) => ({ ...utterance, words: [] }));
  expect(saidAt(line, plain, line.text.indexOf('budget'))).toBe(5_000);
  expect(saidAt(line, plain, 3)).toBe(1_000);
});

test('the line, where nothing nearer is known; what the text does not hold misleads nowhere', () => {
  expect(saidAt(line, [], 12)).toBe(1_000);
  const strange = [{ start_ms: 7_000, end_ms: 8_000, text: 'elsewhere', words: [word('elsewhere', 7_000)] }];
  expect(saidAt(line, [...utterances, ...strange], line.text.indexOf('is'))).toBe(6_000);
});
