import { expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, RESULT_BLOCK } from '@palabre/protocol';
import { MatrixEvent } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';
import { CALL_MEMBERSHIP } from '../testing/call-membership.ts';
import { callSummaryOf } from './room-summary.ts';

const SCRIBE = '@palabre-scribe:x';
const BEGAN_MS = 1_000_000;
const BOB_CAME_MS = BEGAN_MS + 360_000;

const membership = (sender: string, sentMs: number): MatrixEvent =>
  new MatrixEvent({
    event_id: `$${sender}`,
    type: CALL_MEMBER_EVENT,
    sender,
    room_id: '!r:x',
    state_key: `_${sender}_DEV_m.call`,
    origin_server_ts: sentMs,
    content: { ...CALL_MEMBERSHIP },
  });

function roomWith(members: readonly MatrixEvent[], timeline: readonly MatrixEvent[]): Room {
  return {
    getLiveTimeline: () => ({
      getEvents: () => timeline,
      getState: () => ({ getStateEvents: () => members }),
    }),
    _unstable_getStickyEvents: () => [],
    getMember: (userId: string) => ({ userId, membership: 'join', name: userId, getMxcAvatarUrl: () => null }),
    hasEncryptionStateEvent: () => false,
  } as unknown as Room;
}

test('a call began when its meeting did, though whoever began it has gone', () => {
  const meeting = new MatrixEvent({
    event_id: '$m',
    type: 'm.room.message',
    sender: SCRIBE,
    room_id: '!r:x',
    content: {
      [RESULT_BLOCK]: { kind: 'meeting', meeting_id: 'm', state: 'running', started_ms: BEGAN_MS, participants: [] },
    },
  });
  const bob = membership('@bob:x', BOB_CAME_MS);
  const sinceOf = (members: readonly MatrixEvent[]) =>
    callSummaryOf(
      {
        room: roomWith(members, [meeting]),
        myUserId: '@alice:x',
        publishers: { watcherUserId: '@palabre:x', scribeUserId: SCRIBE },
      },
      'OTHER',
      BOB_CAME_MS + 1_000,
    )?.sinceMs;
  expect(sinceOf([bob, membership(SCRIBE, BEGAN_MS + 120_000)])).toBe(BEGAN_MS);
  // Without the scribe in the call that meeting may be another one.
  expect(sinceOf([bob])).toBe(BOB_CAME_MS);
});
