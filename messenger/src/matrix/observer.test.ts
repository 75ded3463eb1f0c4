import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ClientEvent, RoomEvent, SyncState, type MatrixClient, type Room } from 'matrix-js-sdk';
import { call } from '../store/slices.ts';
import { createStore } from '../store/store.ts';
import { createObserver } from './observer.ts';

const PUBLISHERS = { watcherUserId: '@palabre:x', scribeUserId: '@palabre-scribe:x' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a call does not go on ringing for somebody who is no longer in its room', () => {
  const known = new Set(['!left', '!other']);
  const client = Object.assign(new EventEmitter(), {
    getSafeUserId: () => '@me:x',
    getDeviceId: () => 'D',
    getRooms: () => [],
    getRoom: (id: string) => (known.has(id) ? ({ roomId: id } as unknown as Room) : null),
  });
  const store = createStore({ theme: 'light', language: 'en' });
  const observer = createObserver({ client: client as unknown as MatrixClient, store, publishers: PUBLISHERS });
  client.emit(ClientEvent.Sync, SyncState.Prepared);
  const caller = { userId: '@a:x', name: 'Alice', avatarMxc: undefined };
  for (const roomId of known) {
    store.dispatch(call.actions.rang({ roomId, eventId: `$${roomId}`, caller, untilMs: Date.now() + 60_000 }));
  }
  known.delete('!left');
  client.emit(RoomEvent.MyMembership, { roomId: '!left' }, 'leave', 'join');
  jest.advanceTimersByTime(100);
  expect(store.getState().call.rings.map(({ roomId }) => roomId)).toEqual(['!other']);
  observer.close();
});
