import { describe, expect, test } from '@jest/globals';
import { createLinesBehind } from './anchoring.ts';
import type { SourceLine } from './source.ts';

const LINES: SourceLine[] = [
  'Good morning, shall we begin?',
  'The architect sent the final plans on Tuesday.',
  'The offer is now 1300 euros.',
  'Fine for me.',
  'Who prepares the contract?',
  'I will have it ready by Friday.',
  'And the garden?',
  'Somebody should water the garden before the 12th of May.',
].map((text, index) => ({ userId: '@a:hs', name: 'Ann', startMs: index, endMs: index, text }));
const linesBehind = createLinesBehind(LINES, 'en');
const behind = (text: string, ...numbers: number[]) => linesBehind(text, numbers);

describe('a statement rests', () => {
  test('on the lines it names, where they support it', () => {
    expect(behind('The architect sent the plans.', 2)).toEqual([2]);
    expect(behind('The architect sent the plans.', 2, 99)).toEqual([2]);
    expect(behind('The architect sent the plans, the offer is 1300 euros.', 2, 3)).toEqual([2, 3]);
  });

  test.each([
    ['one before', [3], [2]],
    ['three after', [5], [2]],
    ['beyond the end', [4, 99], [2]],
    ['far away', [8], [2]],
  ])('on the one that clearly does: %s', (_, named, found) => {
    expect(behind('The architect sent the final plans on Tuesday.', ...named)).toEqual(found);
  });

  test('on the nearest of those that do', () => {
    const again = createLinesBehind([...LINES, ...LINES], 'en');
    expect([1, 7, 8, 16].map((named) => again('The offer is now 1300 euros.', [named]))).toEqual([
      [3],
      [3],
      [11],
      [11],
    ]);
  });

  test('on two that follow each other', () => {
    expect(behind('The contract will be ready by Friday.', 7)).toEqual([5, 6]);
  });

  test.each([
    ['named nowhere', 'The architect sent the final plans on Tuesday.', []],
    ['outside the transcript', 'The architect sent the final plans on Tuesday.', [99]],
    ['with another number', 'The offer is now 1400 euros.', [2]],
    ['with another name', 'Zoltan prepares the contract.', [6]],
    ['only a little like it', 'The architect builds a school and a large garden.', [3]],
  ])('on nothing that is %s', (_, text, named) => {
    expect(behind(text, ...named)).toEqual([]);
  });
});
