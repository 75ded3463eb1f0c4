import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findHits, piecesOf } from './search.ts';

const TEXTS = ['Le budget a été décidé.', 'ÉTÉ comme hiver', 'nothing'];
const found = (query: string) => findHits(TEXTS, query).map(({ line, start, end }) => TEXTS[line]?.slice(start, end));

test('words are found whatever their case and accents, several in a line', () => {
  expect(found('ete')).toEqual(['été', 'ÉTÉ']);
  expect(found('  DÉCIDE ')).toEqual(['décidé']);
  expect(findHits(['aaaa'], 'aa')).toHaveLength(2);
  expect(found('winter')).toEqual([]);
  expect(found('  ')).toEqual([]);
});

test('accents that are letters of their own count as part of the one before', () => {
  const decomposed = 'e\u0301te\u0301 a';
  const [hit] = findHits([decomposed], 'ete');
  expect(hit).toMatchObject({ start: 0 });
  expect(findHits([decomposed], 'a')[0]).toMatchObject({ start: decomposed.length - 1, end: decomposed.length });
});

test('the pieces of a text are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 2 }), (text, query) => {
      const pieces = piecesOf(text, findHits([text], query));
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    }),
  );
});
