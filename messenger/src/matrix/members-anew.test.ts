import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Direction, MatrixEvent, MemoryStore, Room } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import { readMembersAnew } from './members-anew.ts';

const roomId = '!room:x';
beforeEach(() => {
  // The SDK talks about each step.
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  jest.spyOn(console, 'debug').mockImplementation(() => undefined);
});

const member = (userId: string, membership: string, id?: string) => ({
  type: 'm.room.member',
  room_id: roomId,
  sender: userId,
  state_key: userId,
  content: { membership },
  ...(id === undefined ? {} : { event_id: id, origin_server_ts: 1 }),
});

function roomThatLoads(chunk: () => Promise<readonly object[]>): Room {
  const client = {
    members: async () => ({ chunk: await chunk() }),
    getEventMapper: () => (raw: object) => new MatrixEvent(raw),
    getSafeUserId: () => '@me:x',
    supportsThreads: () => false,
    store: new MemoryStore(),
  };
  // Only what loading of members calls is there.
  return new Room(roomId, client as unknown as MatrixClient, '@me:x', { lazyLoadMembers: true });
}

describe('members read anew', () => {
  test('replace what the invitation told of the inviter, and drop who has left meanwhile', async () => {
    const room = roomThatLoads(() => Promise.resolve([member('@inviter:x', 'join', '$full')]));
    room
      .getLiveTimeline()
      .getState(Direction.Forward)
      ?.setStateEvents(
        [member('@me:x', 'join', '$me'), member('@inviter:x', 'join'), member('@gone:x', 'join', '$old')].map(
          (raw) => new MatrixEvent(raw),
        ),
      );
    await readMembersAnew(room);
    expect(room.getMember('@inviter:x')?.events.member?.getId()).toBe('$full');
    expect(room.getMember('@me:x')?.events.member?.getId()).toBe('$me');
    expect(room.getMember('@gone:x')).toBeNull();
  });

  test('what sync says meanwhile is newer than the answer', async () => {
    const asked = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<readonly object[]>();
    const room = roomThatLoads(() => {
      asked.resolve(undefined);
      return answer.promise;
    });
    const done = readMembersAnew(room);
    await asked.promise;
    room
      .getLiveTimeline()
      .getState(Direction.Forward)
      ?.setStateEvents([new MatrixEvent(member('@b:x', 'leave', '$left'))]);
    answer.resolve([member('@b:x', 'join', '$joined')]);
    await done;
    expect(room.getMember('@b:x')?.membership).toBe('leave');
  });
});
