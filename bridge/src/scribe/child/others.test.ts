import { expect, test } from '@jest/globals';
import { peopleFor } from './others.ts';

test('neither the scribe itself nor that of another organisation is somebody to hear, to draw or to ask', () => {
  const isPerson = peopleFor({
    userId: '@palabre-scribe:x',
    deviceId: 'D',
    partners: [{ match: 'y', guarded: false, transports: [], scribes: ['@palabre-scribe:y'] }],
  });
  const people = ['@alice:x', '@palabre-scribe:x', '@palabre-scribe:y', '@palabre-scribe:z', '@bob:y'].filter(
    (userId) => isPerson({ userId, deviceId: 'D' }),
  );
  // Nobody is a scribe by their name alone.
  expect(people).toEqual(['@alice:x', '@palabre-scribe:z', '@bob:y']);
});
