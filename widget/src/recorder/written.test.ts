import { expect, test } from '@jest/globals';
import { createWritten } from './written.ts';

test('what somebody was saying goes with them, the words of others stay', () => {
  const written = createWritten();
  written.set({ segmentId: 'a', name: 'Alice', text: 'I would rather not' }, 0);
  written.set({ segmentId: 'b', name: 'Bob', text: 'I agree' }, 0);
  written.keep(new Set(['Bob']));
  expect(written.shown(1_000).map(({ name }) => name)).toEqual(['Bob']);
});
