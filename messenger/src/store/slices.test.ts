import { describe, expect, test } from '@jest/globals';
import type { RoomSummary } from './model.ts';
import { call, rooms, session, uploads } from './slices.ts';

const room = (id: string): RoomSummary => ({
  id,
  membership: 'join',
  name: id,
  avatarMxc: undefined,
  encrypted: false,
  memberCount: 1,
  unread: false,
  notifications: 0,
  highlights: 0,
  lastMs: 0,
  preview: undefined,
  inviter: undefined,
  call: undefined,
  successor: undefined,
});

describe('rooms', () => {
  const start = rooms.reducer(undefined, rooms.actions.roomChanged({ id: '!a', summary: room('!a') }));

  test('an unchanged summary keeps the state, so that nothing is drawn again', () => {
    expect(rooms.reducer(start, rooms.actions.roomChanged({ id: '!a', summary: room('!a') }))).toBe(start);
  });

  test('a room that is left disappears', () => {
    const state = rooms.reducer(start, rooms.actions.roomChanged({ id: '!a', summary: undefined }));
    expect(state.byId).toEqual({});
  });

  test('signing out forgets everything', () => {
    expect(rooms.reducer(start, rooms.actions.forgotten()).byId).toEqual({});
  });
});

describe('call', () => {
  const ring = {
    roomId: '!a',
    eventId: '$1',
    caller: { userId: '@b:x', name: 'b', avatarMxc: undefined },
    untilMs: 100,
  };
  const ringing = call.reducer(undefined, call.actions.rang(ring));
  const wish = { roomId: '!a', intent: 'join_existing' } as const;

  test('joining a call silences its ring', () => {
    const state = call.reducer(ringing, call.actions.asked(wish));
    expect(state).toMatchObject({ open: { roomId: '!a', joined: false }, rings: [] });
  });

  test('one call at a time: another is only wished for, and follows when the first is closed', () => {
    const first = call.reducer(undefined, call.actions.asked({ ...wish, roomId: '!b' }));
    const both = call.reducer(first, call.actions.asked(wish));
    expect(both).toMatchObject({ open: { roomId: '!b' }, wish: { roomId: '!a' } });
    expect(call.reducer(both, call.actions.closed('!b'))).toMatchObject({ open: { roomId: '!a' }, wish: undefined });
    const dropped = call.reducer(both, call.actions.wishDropped());
    expect(call.reducer(dropped, call.actions.closed('!b')).open).toBeUndefined();
  });

  test('a call that is over twice does not close the one that followed', () => {
    const first = call.reducer(undefined, call.actions.asked({ ...wish, roomId: '!b' }));
    const next = call.reducer(call.reducer(first, call.actions.asked(wish)), call.actions.closed('!b'));
    expect(call.reducer(next, call.actions.closed('!b'))).toBe(next);
  });

  test('a room rings once, and not for ever', () => {
    const twice = call.reducer(ringing, call.actions.rang({ ...ring, eventId: '$2' }));
    expect(twice.rings.map((each) => each.eventId)).toEqual(['$2']);
    expect(call.reducer(twice, call.actions.expired(99))).toBe(twice);
    expect(call.reducer(twice, call.actions.expired(100)).rings).toEqual([]);
  });
});

test('uploads: changed in place, gone when done', () => {
  const upload = {
    id: '1',
    roomId: '!a',
    threadId: undefined,
    name: 'x',
    loadedBytes: 0,
    totalBytes: 2,
    state: 'uploading',
  } as const;
  const begun = uploads.reducer(undefined, uploads.actions.uploadChanged(upload));
  const half = uploads.reducer(begun, uploads.actions.uploadChanged({ ...upload, loadedBytes: 1 }));
  expect(half).toEqual([{ ...upload, loadedBytes: 1 }]);
  expect(uploads.reducer(half, uploads.actions.uploadDone('1'))).toEqual([]);
});

test('a failed sign-in says why, and a new attempt forgets it', () => {
  const failed = session.reducer(undefined, session.actions.signedOut('wrong-password'));
  expect(failed).toMatchObject({ phase: 'signed-out', problem: 'wrong-password' });
  expect(session.reducer(failed, session.actions.phaseChanged('signing-in')).problem).toBeUndefined();
});
