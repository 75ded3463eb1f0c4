import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BOB, createFakeCall, ROOM } from './fake-call.ts';
import type { FakeCall } from './fake-call.ts';
import { createRecheck } from './recheck.ts';
import type { Recheck } from './recheck.ts';

let call: FakeCall;
let recheck: Recheck;
beforeEach(() => {
  call = createFakeCall();
  recheck = createRecheck(call.identities, call.eviction);
});
afterEach(() => call.eviction.close());

test('a thousand hints at once about people who are there cost two questions for each of them', async () => {
  const hints = Array.from({ length: 1_000 }, (_, index) =>
    recheck({ roomId: ROOM, userId: index % 2 === 0 ? '@bob:x' : '@alice:x' }),
  );
  await Promise.all(hints);
  expect(call.answered.length).toBeLessThanOrEqual(4);
  expect(call.isThere('bob')).toBe(true);
});

test('a hint that is true is followed, though a look is under way that began before', async () => {
  const early = recheck(BOB);
  call.joined.delete(BOB.userId);
  await Promise.all([early, recheck(BOB)]);
  expect(call.isThere('bob')).toBe(false);
});

test('about people who were never let in nobody is asked', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, index) => recheck({ roomId: ROOM, userId: `@n${index}:x` })));
  expect(call.answered).toEqual([]);
});
