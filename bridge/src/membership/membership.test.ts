import { describe, expect, test } from '@jest/globals';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { PolicyConfig } from '../operations/index.ts';
import { createDomainPolicy, createMembership } from './index.ts';

const ROOM = '!room:x';
const WATCHER = '@palabre:x';
const OPEN: PolicyConfig = { classes: {}, servers: [{ match: '*', class: 'partner', transports: [] }] };

function setUp(version = '11', policy: PolicyConfig = OPEN) {
  const matrix = createFakeMatrix(WATCHER);
  const now = () => Date.now();
  const inbox = createFakeInbox(now);
  const membership = createMembership({
    client: matrix.client,
    inbox,
    serverName: 'x',
    policy: createDomainPolicy('x', policy),
    watcherUserId: WATCHER,
    scribeUserId: '@palabre-scribe:x',
    isDirect: (roomId) => Promise.resolve(roomId === '!direct:x'),
    metrics: createFakeOperations().metrics,
    now,
  });
  const room = matrix.createRoom(ROOM, '@carol:x', version);
  return { matrix, inbox, membership, room };
}

describe('isJoined', () => {
  test('joined means yes; invited, left, banned, knocking, unknown people and unknown rooms mean no', async () => {
    const { membership, room } = setUp();
    for (const state of ['invite', 'leave', 'ban', 'knock']) room.members.set(`@${state}:x`, state);
    await expect(membership.isJoined(ROOM, '@carol:x')).resolves.toBe(true);
    for (const user of ['@invite:x', '@leave:x', '@ban:x', '@knock:x', '@nobody:x']) {
      await expect(membership.isJoined(ROOM, user)).resolves.toBe(false);
    }
    await expect(membership.isJoined('!other:x', '@carol:x')).resolves.toBe(false);
  });

  test('no answer is an error, never a yes', async () => {
    const { membership, matrix } = setUp();
    matrix.down = true;
    await expect(membership.isJoined(ROOM, '@carol:x')).rejects.toMatchObject({ code: 'PALABRE_UPSTREAM_UNAVAILABLE' });
    await expect(membership.rightsOf(ROOM, '@carol:x')).rejects.toMatchObject({ code: 'PALABRE_UPSTREAM_UNAVAILABLE' });
  });

  test('without MSC4502 the watcher answers where it is, and nobody is let in where it is not', async () => {
    const { membership, matrix, room } = setUp();
    matrix.isJoinedServed = false;
    await expect(membership.isJoined(ROOM, '@carol:x')).resolves.toBe(false);
    room.members.set(WATCHER, 'join');
    await expect(membership.isJoined(ROOM, '@carol:x')).resolves.toBe(true);
    await expect(membership.isJoined(ROOM, '@nobody:x')).resolves.toBe(false);
    // A former member reads the room as it was, so a watcher that has left vouches for nobody.
    room.members.set(WATCHER, 'leave');
    await expect(membership.isJoined(ROOM, '@carol:x')).resolves.toBe(false);
  });

  test('a federated join that is on its way is waited for', async () => {
    const { membership, room } = setUp();
    setTimeout(() => room.members.set('@bob:partner', 'join'), 250);
    await expect(membership.isJoined(ROOM, '@bob:partner')).resolves.toBe(false);
    await expect(membership.isJoinedSoon(ROOM, '@bob:partner')).resolves.toBe(true);
  });

  test('a flood of people who are not joined costs few questions, and no more however often each of them asks', async () => {
    const { membership, matrix, room } = setUp();
    const people = Array.from({ length: 100 }, (_, index) => `@stranger${index}:flood`);
    const flood = [...people, ...people, ...people].map((userId) => membership.isJoinedSoon(ROOM, userId));
    // Meanwhile somebody of another server is waited for as ever.
    setTimeout(() => room.members.set('@bob:partner', 'join'), 250);
    await expect(membership.isJoinedSoon(ROOM, '@bob:partner')).resolves.toBe(true);
    await expect(Promise.all(flood)).resolves.not.toContain(true);
    // One each for 300 requests, four more for each of the 32 that are waited for, and bob's.
    expect(matrix.requests.length).toBeLessThan(300 + 32 * 5 + 10);
    await expect(membership.isJoinedSoon(ROOM, '@carol:x')).resolves.toBe(true);
  });
});

describe('rights', () => {
  test('nothing is known and nothing allowed without the watcher', async () => {
    const { membership } = setUp();
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({
      watcher_joined: false,
      moderator: false,
      may_record: false,
    });
  });

  test.each([
    ['11', 100],
    ['12', null],
  ])('version %s: the creator moderates, with power %j; a member does not', async (version, power) => {
    const { membership, room } = setUp(version);
    room.members.set(WATCHER, 'join').set('@dave:x', 'join');
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({
      power,
      moderator: true,
      may_record: true,
    });
    await expect(membership.rightsOf(ROOM, '@dave:x')).resolves.toMatchObject({
      power: 0,
      moderator: false,
      may_record: false,
    });
  });

  test('who may take back what others sent is a level of its own', async () => {
    const { membership, room } = setUp();
    room.members.set(WATCHER, 'join');
    room.state.set('m.room.power_levels\0', {
      sender: '@carol:x',
      content: { users: { '@dave:x': 30, '@erin:x': 29 }, redact: 30 },
    });
    await expect(membership.rightsOf(ROOM, '@dave:x')).resolves.toMatchObject({ moderator: false, may_redact: true });
    await expect(membership.rightsOf(ROOM, '@erin:x')).resolves.toMatchObject({ may_redact: false });
  });

  test('a new power level event counts at once', async () => {
    const { membership, room, inbox } = setUp();
    room.members.set(WATCHER, 'join');
    await expect(membership.rightsOf(ROOM, '@dave:x')).resolves.toMatchObject({ moderator: false });
    room.state.set('m.room.power_levels\0', { sender: '@carol:x', content: { users: { '@dave:x': 50 } } });
    await expect(membership.rightsOf(ROOM, '@dave:x')).resolves.toMatchObject({ moderator: false });
    await inbox.deliver({ type: 'm.room.power_levels', room_id: ROOM, sender: '@carol:x', state_key: '' });
    await expect(membership.rightsOf(ROOM, '@dave:x')).resolves.toMatchObject({ moderator: true, power: 50 });
  });

  test('the watcher coming and going counts at once, though a homeserver still shows it old state', async () => {
    const { membership, room, inbox } = setUp();
    const event = { type: 'm.room.member', room_id: ROOM, sender: WATCHER, state_key: WATCHER };
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({ watcher_joined: false });
    room.members.set(WATCHER, 'join');
    await inbox.deliver(event);
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({
      watcher_joined: true,
      moderator: true,
    });
    room.members.set(WATCHER, 'leave');
    await inbox.deliver(event);
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({
      watcher_joined: false,
      moderator: false,
    });
  });

  test('rules are read once, and those of the rooms asked about longest ago are forgotten', async () => {
    const { membership, matrix, room } = setUp();
    room.members.set(WATCHER, 'join');
    const reads = () => matrix.requests.filter(({ path }) => path.includes('m.room.create')).length;
    await membership.rules(ROOM);
    await membership.rules(ROOM);
    expect(reads()).toBe(1);
    for (let count = 0; count < 2_000; count += 1) await membership.rules(`!hostile${count}:partner`);
    await membership.rules(ROOM);
    expect(reads()).toBe(2);
  });

  test('an upgraded room is known as replaced', async () => {
    const { membership, room } = setUp();
    room.members.set(WATCHER, 'join');
    room.state.set('m.room.tombstone\0', { sender: '@carol:x', content: { replacement_room: '!new:x' } });
    await expect(membership.tombstoneOf(ROOM)).resolves.toEqual({ successor: '!new:x' });
  });

  test.each([{}, { replacement_room: 5 }, { replacement_room: '!a\nb' }])(
    'a tombstone that names no room (%j) ends the room all the same',
    async (content) => {
      const { membership, room } = setUp();
      room.members.set(WATCHER, 'join');
      room.state.set('m.room.tombstone\0', { sender: '@carol:x', content });
      await expect(membership.tombstoneOf(ROOM)).resolves.toEqual({ successor: undefined });
    },
  );

  test('a direct message is known as one where the watcher is not', async () => {
    const { membership, room } = setUp();
    await expect(membership.rightsOf('!direct:x', '@carol:x')).resolves.toMatchObject({ direct: true });
    room.members.set(WATCHER, 'join');
    await expect(membership.rightsOf(ROOM, '@carol:x')).resolves.toMatchObject({ direct: false });
  });
});

describe('encryption across SFUs', () => {
  const transports = [{ service: 'https://sfu.partner/jwt', sfu: 'wss://sfu.partner' }];
  const demanding: PolicyConfig = {
    classes: {},
    servers: [
      { match: 'partner', class: 'partner', transports },
      { match: 'town', class: 'partner', transports: [] },
    ],
    encryptionAcrossSfus: 'required',
  };

  test('people with an SFU of their own are in encrypted rooms only, and not where that cannot be known', async () => {
    const { membership, room, inbox } = setUp('11', demanding);
    room.members.set('@bob:partner', 'join').set('@dave:town', 'join').set('@mallory:partner', 'leave');
    await expect(membership.mayBeIn(ROOM, '@bob:partner')).resolves.toBe(false);
    await expect(membership.isEncrypted(ROOM)).resolves.toBeUndefined();

    room.members.set(WATCHER, 'join');
    await inbox.deliver({ type: 'm.room.member', room_id: ROOM, sender: WATCHER, state_key: WATCHER });
    await expect(membership.mayBeIn(ROOM, '@bob:partner')).resolves.toBe(false);
    await expect(membership.mayBeIn(ROOM, '@dave:town')).resolves.toBe(true);
    await expect(membership.mayBeIn(ROOM, '@carol:x')).resolves.toBe(true);

    room.state.set('m.room.encryption\0', { sender: '@carol:x', content: { algorithm: 'm.megolm.v1.aes-sha2' } });
    await inbox.deliver({ type: 'm.room.encryption', room_id: ROOM, sender: '@carol:x', state_key: '' });
    await expect(membership.mayBeIn(ROOM, '@bob:partner')).resolves.toBe(true);
    await expect(membership.mayBeIn(ROOM, '@mallory:partner')).resolves.toBe(false);
  });

  test('no answer about the room is an error, never a yes', async () => {
    const { membership, matrix, room } = setUp('11', demanding);
    room.members.set('@bob:partner', 'join').set(WATCHER, 'join');
    matrix.down = true;
    await expect(membership.mayBeIn(ROOM, '@bob:partner')).rejects.toMatchObject({
      code: 'PALABRE_UPSTREAM_UNAVAILABLE',
    });
  });
});
