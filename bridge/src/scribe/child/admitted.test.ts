import { expect, test } from '@jest/globals';
import { admittedMembers } from './admitted.ts';
import type { CallMember } from './call.ts';

const member = (identity: string, guarded: boolean): CallMember => ({
  userId: `@${identity}:x`,
  deviceId: 'D',
  identity,
  name: identity,
  service: 'https://sfu.partner/jwt',
  guarded,
});

test('who must be let in is heard on an SFU of their own only while ours has them', () => {
  const members = [member('free', false), member('waits', true), member('inside', true)];
  const heard = () => admittedMembers(members, present).map(({ identity }) => identity);
  const present = new Set(['inside']);
  expect(heard()).toEqual(['free', 'inside']);
  present.clear();
  expect(heard()).toEqual(['free']);
});
