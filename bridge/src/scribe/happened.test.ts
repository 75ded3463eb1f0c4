import { expect, test } from '@jest/globals';
import { happenedIn } from './happened.ts';
import type { PresenceChange } from './marks.ts';
import type { Context } from './results.ts';

test('who came or went is named for the time before anybody was asked, later only if they agreed', async () => {
  const ASKED_MS = 30_000;
  const presence: PresenceChange[] = [
    { userId: '@bob:hs', atMs: 10_000, change: 'joined' },
    { userId: '@alice:hs', atMs: 20_000, change: 'joined' },
    { userId: '@carol:outside', atMs: ASKED_MS, change: 'joined' },
    { userId: '@alice:hs', atMs: 40_000, change: 'left' },
    { userId: '@bob:hs', atMs: 50_000, change: 'left' },
  ];
  // Only what it uses.
  const context = {
    deps: {
      store: { jobs: () => Promise.resolve([]), presence: () => Promise.resolve(presence) },
      consent: {
        mayHold: () => Promise.resolve((userId: string, atMs: number) => userId === '@alice:hs' || atMs < ASKED_MS),
      },
      scribeUserId: '@scribe:hs',
    },
    run: { id: 'run', meetingId: 'meeting' },
    voice: { isEncrypted: () => Promise.resolve(true), people: () => Promise.resolve([]) },
    window: { startMs: 0, endMs: 60_000 },
  } as unknown as Context;
  expect((await happenedIn(context)).map((mark) => [mark.kind, mark.kind === 'joined' && mark.user_id])).toEqual([
    ['joined', '@bob:hs'],
    ['joined', '@alice:hs'],
    ['left', false],
  ]);
});
