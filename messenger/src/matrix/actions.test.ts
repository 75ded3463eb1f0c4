import { expect, jest, test } from '@jest/globals';
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
