import { expect, test } from '@jest/globals';
import { namesInside } from './inside.ts';

const people = (...names: string[]) => names.map((name) => ({ userId: `@${name}:x`, name }));

test('names the first, counts the rest', () => {
  expect(namesInside([], 2)).toEqual({ names: [], more: 0 });
  expect(namesInside(people('A', 'B', 'C'), 2)).toEqual({ names: ['A', 'B', 'C'], more: 0 });
  expect(namesInside(people('A', 'B', 'C', 'D'), 2)).toEqual({ names: ['A', 'B'], more: 2 });
  expect(namesInside([...people('A'), ...people('A')], 2)).toEqual({ names: ['A'], more: 0 });
});
