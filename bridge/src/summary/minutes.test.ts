import { describe, expect, test } from '@jest/globals';
import { extractOf, type SpokenSentence } from './minutes.ts';

function spoken(name: string, startMs: number, text: string): SpokenSentence {
  return { userId: `@${name}:hs`, name, startMs, text };
}

const MEETING = [
  spoken('alice', 0, 'Good morning. The budget for the new building is the first point today.'),
  spoken('bob', 9_000, 'Yes. We agreed that the building needs a larger budget before winter.'),
  spoken('alice', 18_000, 'Okay. Um. Bob will send the revised budget to the council on Friday.'),
  spoken('bob', 27_000, 'Le conseil décidera du budget du bâtiment en janvier.'),
];

describe('extract', () => {
  test('holds sentences that were said, word for word, under their speakers, in order', () => {
    const extract = extractOf(MEETING);
    expect(extract.length).toBeGreaterThan(1);
    expect(extract.length).toBeLessThanOrEqual(6);
    for (const sentence of extract) {
      expect(MEETING.some(({ name, text }) => name === sentence.name && text.includes(sentence.text))).toBe(true);
    }
    expect(extract.map(({ startMs }) => startMs)).toEqual(
      extract.map(({ startMs }) => startMs).toSorted((a, b) => a - b),
    );
  });

  test('leaves out small talk and repetition', () => {
    const texts = extractOf([...MEETING, ...MEETING]).map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).not.toContain('Okay.');
    expect(texts).not.toContain('Um.');
  });

  test('is empty when nothing of substance was said', () => {
    expect(extractOf([])).toEqual([]);
    expect(extractOf([spoken('alice', 0, 'Hello? Yes. Bye.')])).toEqual([]);
  });
});
