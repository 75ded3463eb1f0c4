import { expect, test } from '@jest/globals';
import { createWritten } from './written.ts';

test('what somebody was saying goes with them, the words of others stay, also of others with their name', () => {
  const written = createWritten();
  written.set({ segmentId: 'a', identity: '@alice:x:D', name: 'Alice', text: 'I would rather not' }, 0);
  written.set({ segmentId: 'b', identity: '@alice:y:D', name: 'Alice', text: 'I agree' }, 0);
  written.keep(new Set(['@alice:y:D']));
  expect(written.shown(1_000).map(({ text }) => text)).toEqual(['I agree']);
});
