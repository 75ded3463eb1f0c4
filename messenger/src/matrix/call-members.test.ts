import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CALL_MEMBERSHIP } from '../testing/call-membership.ts';
import { callMembersOf } from './call-members.ts';
import type { MembershipEvent } from './call-members.ts';

const NOW = 10_000_000;
const alice = '@alice:home.example';
const everybody = () => true;

function membership(change: Partial<MembershipEvent> & { readonly with?: object } = {}): MembershipEvent {
  const { with: extra = {}, ...rest } = change;
  return {
    sender: alice,
    stateKey: `_${rest.sender ?? alice}_DEV_m.call`,
    originServerTsMs: NOW - 1000,
    content: { ...CALL_MEMBERSHIP, ...extra },
    ...rest,
  };
}

describe('callMembersOf', () => {
  test('a joined person with a valid membership is in', () => {
    expect(callMembersOf([membership()], everybody, NOW)).toEqual([
      { userId: alice, deviceId: 'DEV', sinceMs: NOW - 1000 },
    ]);
  });

  test.each([
    ['left', membership({ content: {} })],
    ['expired', membership({ with: { expires: 500 } })],
    ['another call than that of the room', membership({ with: { call_id: 'side' } })],
    ['another application', membership({ with: { application: 'm.whiteboard' } })],
    ['key of somebody else', membership({ stateKey: '_@bob:home.example_DEV_m.call' })],
  ])('does not count: %s', (_why, event) => {
    expect(callMembersOf([event], everybody, NOW)).toEqual([]);
  });

  test('whoever is not joined to the room does not count', () => {
    expect(callMembersOf([membership()], (userId) => userId !== alice, NOW)).toEqual([]);
  });

  test('the first join counts, not the refresh, and nobody joined in the future', () => {
    const [member] = callMembersOf([membership({ with: { created_ts: NOW - 60_000 } })], everybody, NOW);
    expect(member?.sinceMs).toBe(NOW - 60_000);
    const [early] = callMembersOf([membership({ with: { created_ts: NOW + 60_000 } })], everybody, NOW);
    expect(early?.sinceMs).toBe(NOW);
  });

  test('reads sticky memberships, and takes a device once', () => {
    const sticky: MembershipEvent = {
      sender: alice,
      originServerTsMs: NOW - 500,
      content: { slot_id: 'm.call#ROOM', member: { id: 'x', user_id: alice, device_id: 'DEV' } },
    };
    expect(callMembersOf([sticky, membership()], everybody, NOW)).toHaveLength(1);
    expect(callMembersOf([{ ...sticky, content: { slot_id: 'm.call#ROOM' } }], everybody, NOW)).toEqual([]);
    const forged = { ...sticky, sender: '@mallory:home.example' };
    expect(callMembersOf([forged], everybody, NOW)).toEqual([]);
  });

  test('oldest first', () => {
    const bob = membership({ sender: '@bob:home.example', originServerTsMs: NOW - 9000 });
    expect(callMembersOf([membership(), bob], everybody, NOW).map((member) => member.userId)).toEqual([
      '@bob:home.example',
      alice,
    ]);
  });

  test('takes any content without failing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.option(fc.string(), { nil: undefined }), (content, stateKey) => {
        callMembersOf([{ sender: alice, stateKey, originServerTsMs: 0, content }], everybody, NOW);
      }),
    );
  });
});
