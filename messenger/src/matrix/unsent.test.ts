import { beforeEach, expect, jest, test } from '@jest/globals';
import {
  ClientEvent,
  createClient,
  EventStatus,
  MatrixEvent,
  MemoryStore,
  Room,
  RoomEvent,
  SyncState,
} from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import { createActions, NotEncryptedError } from './actions.ts';
import { createUnsent, forgetUnsent } from './unsent.ts';

const ROOM = '!room:home.example';
const alice = '@alice:home.example';
const KEY = `palabre.unsent.${alice}`;

/** Web Storage, which Node does not have. */
const stored = new Map<string, string>();
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
};
beforeEach(() => {
  stored.clear();
  // The SDK talks about each step.
  for (const level of ['debug', 'info', 'error'] as const)
    jest.spyOn(console, level).mockImplementation(() => undefined);
});

/** A page: a real client in one room, before a server that is there or not. */
function openPage(server: { reachable: boolean }, encrypted = false) {
  const requests: string[] = [];
  const client: MatrixClient = createClient({
    baseUrl: 'https://home.example',
    userId: alice,
    accessToken: 'token',
    timelineSupport: true,
    store: new MemoryStore(),
    fetchFn: (address) => {
      requests.push(address instanceof Request ? address.url : String(address));
      return server.reachable
        ? Promise.resolve(new Response('{"event_id":"$sent"}', { headers: { 'content-type': 'application/json' } }))
        : Promise.reject(new TypeError('offline'));
    },
  });
  const room = new Room(ROOM, client, alice, { timelineSupport: true });
  if (encrypted) room.hasEncryptionStateEvent = () => true;
  client.store.storeRoom(room);
  room.on(RoomEvent.LocalEchoUpdated, (...values) => client.emit(RoomEvent.LocalEchoUpdated, ...values));
  room.on(RoomEvent.TimelineReset, (...values) => client.emit(RoomEvent.TimelineReset, ...values));
  const unsent = createUnsent({ client, storage });
  const actions = createActions({ client, watcherUserId: '@palabre:home.example', touch: () => undefined });
  const shown = () => room.getLiveTimeline().getEvents();
  return { client, room, unsent, actions, shown, requests };
}

test('a message that failed is there after a reload, and goes out once under the same transaction', async () => {
  const before = openPage({ reachable: false });
  await expect(before.actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  const server = { reachable: false };
  const after = openPage(server);
  await after.unsent.restore();
  const [event] = after.shown();
  expect(event?.getContent().body).toBe('words');
  expect(event?.status).toBe(EventStatus.NOT_SENT);
  server.reachable = true;
  await after.actions.retry(ROOM, event?.getId() ?? '');
  expect(event?.status).toBe(EventStatus.SENT);
  const path = (address: string | undefined): string => new URL(address ?? '').pathname;
  expect(path(after.requests[0])).toBe(path(before.requests[0]));
  expect(stored.size).toBe(0);
});

test('a room that comes later brings its message back as well', async () => {
  const before = openPage({ reachable: false });
  await expect(before.actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  const { client, room, unsent, shown } = openPage({ reachable: false });
  client.store.removeRoom(ROOM);
  await unsent.restore();
  expect(shown()).toEqual([]);
  client.store.storeRoom(room);
  client.emit(ClientEvent.Sync, SyncState.Syncing, null);
  await new Promise(setImmediate);
  expect(shown().map((event): unknown => event.getContent().body)).toEqual(['words']);
});

test('a message that was given up does not come back', async () => {
  const { actions, shown } = openPage({ reachable: false });
  await expect(actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  actions.discard(ROOM, shown()[0]?.getId() ?? '');
  expect(shown()).toEqual([]);
  expect(stored.size).toBe(0);
});

test('a message that did arrive, although the page never heard so, is not shown twice', async () => {
  const before = openPage({ reachable: false });
  await expect(before.actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  const after = openPage({ reachable: false });
  const unsigned = { transaction_id: before.shown()[0]?.getTxnId() ?? '' };
  const event = { type: 'm.room.message', event_id: '$it', room_id: ROOM, sender: alice, content: {}, unsigned };
  await after.room.addLiveEvents([new MatrixEvent({ ...event, origin_server_ts: 1 })], { addToState: false });
  await after.unsent.restore();
  expect(after.shown().map((each) => each.getId())).toEqual(['$it']);
  expect(stored.size).toBe(0);
});

test('a gap in the history does not hide it', async () => {
  const { actions, room, shown } = openPage({ reachable: false });
  await expect(actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  room.resetLiveTimeline('before', 'after');
  expect(shown().map((event): unknown => event.getContent().body)).toEqual(['words']);
});

test('in an encrypted room only ciphertext is kept; words that could not be encrypted go back to who wrote them', async () => {
  const { client, room, actions, shown } = openPage({ reachable: false }, true);
  await expect(actions.sendText(ROOM, undefined, 'secret')).rejects.toThrow(NotEncryptedError);
  expect(shown()).toEqual([]);
  expect(stored.size).toBe(0);
  const event = new MatrixEvent({
    type: 'm.room.message',
    event_id: `~${ROOM}:t`,
    room_id: ROOM,
    content: { msgtype: 'm.text', body: 'secret' },
  });
  event.setTxnId('t');
  event.makeEncrypted('m.room.encrypted', { ciphertext: 'sealed' }, 'key', 'key');
  event.setStatus(EventStatus.NOT_SENT);
  client.emit(RoomEvent.LocalEchoUpdated, event, room);
  expect(stored.get(KEY)).toContain('sealed');
  expect(stored.get(KEY)).not.toContain('secret');

  const after = openPage({ reachable: false }, true);
  // The crypto library refuses local ids.
  after.client.decryptEventIfNeeded = async (copy) => {
    if (!copy.isEncrypted() || copy.getId()?.startsWith('$') !== true) return;
    const clearEvent = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'secret' } };
    const decryptEvent = () => Promise.resolve({ clearEvent });
    await copy.attemptDecryption({ decryptEvent } as unknown as Parameters<MatrixEvent['attemptDecryption']>[0]);
  };
  await after.unsent.restore();
  const [restored] = after.shown();
  expect(restored?.getContent().body).toBe('secret');
  expect(restored?.getWireContent()).toEqual({ ciphertext: 'sealed' });
  expect(restored?.status).toBe(EventStatus.NOT_SENT);
});

test('an encrypted message whose key is not there yet is kept, and comes back when it is', async () => {
  const kept = { type: 'm.room.encrypted', event_id: `~${ROOM}:t`, room_id: ROOM, content: { ciphertext: 'sealed' } };
  stored.set(KEY, JSON.stringify([{ txnId: 't', event: kept }]));
  const page = openPage({ reachable: false }, true);
  let key = false;
  page.client.decryptEventIfNeeded = async (copy) => {
    if (!copy.isEncrypted() || copy.getId()?.startsWith('$') !== true) return;
    const clearEvent = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'secret' } };
    const decryptEvent = () => (key ? Promise.resolve({ clearEvent }) : Promise.reject(new Error('no key yet')));
    await copy.attemptDecryption({ decryptEvent } as unknown as Parameters<MatrixEvent['attemptDecryption']>[0]);
  };
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  await page.unsent.restore();
  expect(page.shown()).toEqual([]);
  expect(stored.get(KEY)).toContain('sealed');
  key = true;
  for (let times = 0; times < 2; times += 1) {
    page.client.emit(ClientEvent.Sync, SyncState.Syncing, null);
    await new Promise(setImmediate);
  }
  expect(page.shown().map((event): unknown => event.getContent().body)).toEqual(['secret']);
  expect(stored.get(KEY)).toContain('sealed');
});

test('signing out forgets it, and what is damaged is dropped', async () => {
  const { actions } = openPage({ reachable: false });
  await expect(actions.sendText(ROOM, undefined, 'words')).rejects.toThrow();
  forgetUnsent(storage, alice);
  expect(stored.size).toBe(0);
  stored.set(KEY, '{"not":"a list"}');
  await openPage({ reachable: false }).unsent.restore();
  expect(stored.size).toBe(0);
});
