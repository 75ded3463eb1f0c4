import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { piecesOf } from './PlainText.tsx';

describe('piecesOf', () => {
  test('finds addresses and leaves the sentence’s own punctuation', () => {
    expect(piecesOf('See https://a.example/x?y=1, or (http://b.example).')).toEqual([
      { text: 'See ', href: undefined },
      { text: 'https://a.example/x?y=1', href: 'https://a.example/x?y=1' },
      { text: ', or (', href: undefined },
      { text: 'http://b.example', href: 'http://b.example' },
      { text: ').', href: undefined },
    ]);
  });

  test('only web addresses become links', () => {
    expect(piecesOf('javascript:alert(1) data:text/html,x ftp://a.example')).toEqual([
      { text: 'javascript:alert(1) data:text/html,x ftp://a.example', href: undefined },
    ]);
  });

  test('never changes a word', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          piecesOf(`${text} https://a.example ${text}`)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(`${text} https://a.example ${text}`);
      }),
    );
  });
});
