import { expect, test } from '@jest/globals';
import { ownsCallMemberKey } from './call-member.ts';

test.each([
  ['_@a:x_D_m.call', true],
  ['@a:x_D_m.call', true],
  ['_@a:x_D', true],
  ['@a:x', true],
  ['_@b:x_D_m.call', false],
  ['_@a:xy_D_m.call', false],
  ['_@b:x_@a:x_m.call', false],
  ['__@a:x_D_m.call', false],
  ['', false],
])('@a:x and the key %s: %s', (stateKey, owns) => {
  expect(ownsCallMemberKey('@a:x', stateKey)).toBe(owns);
});
