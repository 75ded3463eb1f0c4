import { expect, jest, test } from '@jest/globals';
import { MatrixError } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import { createActions } from './actions.ts';

test('a room is marked as read as a whole, once for each newest event, also when that is my own', async () => {
  const events = [{ status: null, getId: () => '$answer' }];
  const sendReadReceipt = jest.fn(() => Promise.resolve({}));
  const client = {
    getRoom: () => ({ getLiveTimeline: () => ({ getEvents: () => events }), hasUserReadEvent: () => true }),
    getSafeUserId: () => '@me:x',
    sendReadReceipt,
  };
  const actions = createActions({
    client: client as unknown as MatrixClient,
    watcherUserId: '@watcher:x',
    touch: () => undefined,
  });
  const mine = { status: null, getId: () => '$mine' };
  events.push(mine);
  await actions.markRead('!r');
  await actions.markRead('!r');
  expect(sendReadReceipt.mock.calls).toEqual([[mine, 'm.read', true]]);
  events.push({ status: null, getId: () => '$next' });
  await actions.markRead('!r');
  expect(sendReadReceipt).toHaveBeenCalledTimes(2);
});

test('only a refusal means that the new room is closed', async () => {
  const joinRoom = jest.fn<() => Promise<unknown>>();
  const actions = createActions({
    client: { joinRoom } as unknown as MatrixClient,
    watcherUserId: '@watcher:x',
    touch: () => undefined,
  });
  const successor = { roomId: '!new', via: 'x' };
  joinRoom.mockResolvedValueOnce({});
  await expect(actions.enterSuccessor(successor)).resolves.toBe(true);
  joinRoom.mockRejectedValueOnce(new MatrixError({ errcode: 'M_FORBIDDEN' }, 403));
  await expect(actions.enterSuccessor(successor)).resolves.toBe(false);
  for (const failure of [new MatrixError({ errcode: 'M_UNKNOWN' }, 502), new TypeError('offline')]) {
    joinRoom.mockRejectedValueOnce(failure);
    await expect(actions.enterSuccessor(successor)).rejects.toBe(failure);
  }
});
