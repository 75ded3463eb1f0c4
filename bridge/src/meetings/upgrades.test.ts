import { expect, test } from '@jest/globals';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { ROOM } from './fake-room.ts';
import type { Meeting } from './meetings.ts';
import { announceUpgrades } from './upgrades.ts';

test('people in the call of a room that is upgraded are told, until the meeting is over', async () => {
  const inbox = createFakeInbox(() => Date.now());
  const meeting: Meeting = { id: 'm', roomId: ROOM, livekitRoom: 'lk', startedMs: 0 };
  const told: unknown[] = [];
  let end: (meeting: Meeting) => void = () => undefined;
  announceUpgrades({
    inbox,
    meetings: {
      current: (roomId) => (roomId === ROOM ? meeting : undefined),
      onEnded: (handler) => (end = handler),
    },
    setMetadata: (livekitRoom, change) => Promise.resolve(void told.push([livekitRoom, change])),
    complain: () => () => undefined,
  });
  const tombstone = { type: 'm.room.tombstone', sender: '@alice:x', content: { replacement_room: '!new' } };
  await inbox.deliver({ ...tombstone, room_id: '!quiet:x', state_key: '' });
  await inbox.deliver({ ...tombstone, room_id: ROOM, state_key: 'foo' });
  expect(told).toEqual([]);
  await inbox.deliver({ ...tombstone, room_id: ROOM, state_key: '' });
  end(meeting);
  expect(told).toEqual([
    ['lk', { replaced: true }],
    ['lk', { replaced: false }],
  ]);
});
