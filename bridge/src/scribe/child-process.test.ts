import { expect, test } from '@jest/globals';
import { refusalToStart } from './child-process.ts';

test('as root, children are started under another account or not at all', () => {
  expect(refusalToStart(undefined, 0)).toContain('scribe.user');
  expect(refusalToStart({ uid: 0, gid: 0 }, 0)).toContain('scribe.user');
  expect(refusalToStart({ uid: 999, gid: 999 }, 0)).toBeUndefined();
  expect(refusalToStart(undefined, 1000)).toBeUndefined();
});
