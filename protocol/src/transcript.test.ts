import { expect, test } from '@jest/globals';
import { transcriptMarksSchema } from './transcript.ts';

test('marks of kinds that we do not know are left out, and the others stay', () => {
  const joined = { at_ms: 1_000, kind: 'joined', user_id: '@alice:example.org', name: 'Alice' };
  expect(transcriptMarksSchema.parse([joined, { at_ms: 2_000, kind: 'applause' }, 'noise'])).toEqual([joined]);
});
