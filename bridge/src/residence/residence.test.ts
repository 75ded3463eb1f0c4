import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import { MatrixUnreachable } from '../appservice/index.ts';
import { createDomainPolicy, createSucceeds } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createDirectRooms, keepResidence, residenceMigrations } from './index.ts';

const WATCHER = '@palabre:x';
const SCRIBE = '@palabre-scribe:x';
const CAROL = '@carol:x';
const { log } = createFakeOperations();
const now = () => Date.now();

let database: Database;
beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { residence: residenceMigrations }, log);
});
afterAll(() => database.destroy());
beforeEach(() => sql`truncate direct_rooms`.execute(database));

function setUp() {
  const matrix = createFakeMatrix(WATCHER);
  const inbox = createFakeInbox(now);
  const directRooms = createDirectRooms(database, now);
  const { client } = matrix;
  const bots = { watcherUserId: WATCHER, scribeUserId: SCRIBE };
  const policy = createDomainPolicy('x', {
    classes: {},
    servers: ['partner', 'friend'].map((match) => ({ match, class: 'partner' as const, transports: [] })),
  });
  const membership = {
    watcherJoined: (roomId: string) => Promise.resolve(matrix.rooms.get(roomId)?.members.get(WATCHER) === 'join'),
    succeeds: createSucceeds({ client, ...bots }),
  };
  keepResidence({ inbox, client, ...bots, directRooms, policy, membership, language: 'fr', log });
  const member = (roomId: string, userId: string, content: Record<string, unknown>) =>
    inbox.deliver({ type: 'm.room.member', room_id: roomId, sender: CAROL, state_key: userId, content });
  const invite = (roomId: string, userId: string, direct?: boolean) =>
    member(roomId, userId, { membership: 'invite', is_direct: direct });
  const reasons = () => matrix.requests.flatMap(({ path, body }) => (path.endsWith('/leave') ? [body] : []));
  return { matrix, inbox, directRooms, member, invite, reasons };
}

describe('invitations', () => {
  test('the watcher follows one into a room; the scribe waits until it is needed', async () => {
    const { matrix, invite, directRooms } = setUp();
    const room = matrix.createRoom('!a:x', CAROL);
    await invite('!a:x', WATCHER);
    await invite('!a:x', SCRIBE, false);
    expect(room.members.get(WATCHER)).toBe('join');
    expect(room.members.has(SCRIBE)).toBe(false);
    await expect(directRooms.has('!a:x')).resolves.toBe(false);
  });

  test.each([WATCHER, SCRIBE])('a direct message is declined by %s, with a word why, and remembered', async (bot) => {
    const { matrix, invite, directRooms, reasons } = setUp();
    const room = matrix.createRoom('!a:x', CAROL);
    await invite('!a:x', bot, true);
    expect(room.members.get(bot)).toBe('leave');
    expect(reasons()).toEqual([{ reason: expect.stringContaining('messages directs') as unknown }]);
    await expect(directRooms.has('!a:x')).resolves.toBe(true);
  });

  test('a room that Tchap calls direct is left again, whatever the invitation says', async () => {
    const { matrix, invite, directRooms } = setUp();
    const room = matrix.createRoom('!a:x', CAROL);
    room.state.set('im.vector.room.access_rules\0', { sender: CAROL, content: { rule: 'direct' } });
    await invite('!a:x', WATCHER);
    expect(room.members.get(WATCHER)).toBe('leave');
    await expect(directRooms.has('!a:x')).resolves.toBe(true);
  });

  test('one of somebody whose server policy does not admit is not answered, direct or not', async () => {
    const { matrix, inbox } = setUp();
    matrix.createRoom('!a:x', CAROL);
    const invitation = { type: 'm.room.member', room_id: '!a:x', sender: '@mallory:denied', state_key: WATCHER };
    for (const direct of [false, true]) {
      await inbox.deliver({ ...invitation, content: { membership: 'invite', is_direct: direct } });
    }
    expect(matrix.requests).toEqual([]);
  });

  test('a server that hangs holds up neither our own people nor those of another server', async () => {
    const { matrix, inbox } = setUp();
    const request = matrix.client.request.bind(matrix.client);
    const joins: string[] = [];
    let goOn: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => (goOn = resolve));
    Object.assign(matrix.client, {
      request: async (...args: Parameters<typeof request>) => {
        if (args[1].includes('far')) {
          joins.push(args[1]);
          await hanging;
        }
        return request(...args);
      },
    });
    const far = Array.from({ length: 9 }, (_, index) => `!far${index}:partner`);
    const content = { membership: 'invite' };
    const followed = far.map(async (roomId) => {
      matrix.createRoom(roomId, CAROL);
      const sender = '@bob:partner';
      await inbox.deliver({ type: 'm.room.member', room_id: roomId, sender, state_key: WATCHER, content });
    });
    for (const [roomId, sender] of [
      ['!a:x', CAROL],
      ['!b:x', '@dave:friend'],
    ] as const) {
      const room = matrix.createRoom(roomId, CAROL);
      await inbox.deliver({ type: 'm.room.member', room_id: roomId, sender, state_key: WATCHER, content });
      expect(room.members.get(WATCHER)).toBe('join');
    }
    expect(joins).toHaveLength(2);
    goOn();
    await Promise.all(followed);
    for (const roomId of far) expect(matrix.rooms.get(roomId)?.members.get(WATCHER)).toBe('join');
  });

  test('one to a room that is gone is let go; one that cannot be answered now comes again', async () => {
    const { matrix, invite } = setUp();
    await invite('!gone:x', WATCHER);
    expect(matrix.requests).toHaveLength(1);
    matrix.down = true;
    await expect(invite('!gone:x', WATCHER)).rejects.toThrow('down');
  });
});

describe('upgrades', () => {
  const upgrade = async (predecessor: string | undefined, closed = false) => {
    const { matrix, inbox } = setUp();
    matrix.createRoom('!old:x', CAROL).members.set(WATCHER, 'join');
    const successor = matrix.createRoom('!new', CAROL);
    successor.closed = closed;
    const content = predecessor === undefined ? {} : { predecessor: { room_id: predecessor } };
    successor.state.set('m.room.create\0', { sender: CAROL, content: { room_version: '12', ...content } });
    const tombstone = { type: 'm.room.tombstone', room_id: '!old:x', sender: CAROL, state_key: '' };
    await inbox.deliver({ ...tombstone, content: { replacement_room: '!new' } });
    return successor.members.get(WATCHER);
  };

  test('the watcher goes with the room', async () => {
    await expect(upgrade('!old:x')).resolves.toBe('join');
  });

  test('a closed successor is entered when it invites', async () => {
    await expect(upgrade('!old:x', true)).resolves.toBeUndefined();
  });

  test.each([undefined, '!other:x'])('a room that does not name the old one (%s) is left', async (predecessor) => {
    await expect(upgrade(predecessor)).resolves.toBe('leave');
  });

  test('where the watcher is already, it stays, whatever a tombstone says', async () => {
    const { matrix, inbox } = setUp();
    matrix.createRoom('!old:x', CAROL).members.set(WATCHER, 'join');
    const victim = matrix.createRoom('!victim:x', CAROL);
    victim.members.set(WATCHER, 'join');
    const tombstone = { type: 'm.room.tombstone', room_id: '!old:x', sender: CAROL, state_key: '' };
    await inbox.deliver({ ...tombstone, content: { replacement_room: '!victim:x' } });
    expect(victim.members.get(WATCHER)).toBe('join');
    expect(matrix.requests.filter(({ path }) => /join|leave/.test(path))).toEqual([]);
  });

  test.each(['join', 'create'])(
    'a first try that breaks off (%s) leaves nothing undone: the next one goes on',
    async (what) => {
      const { matrix, inbox } = setUp();
      matrix.createRoom('!old:x', CAROL).members.set(WATCHER, 'join');
      const victim = matrix.createRoom('!victim:x', CAROL);
      const request = matrix.client.request.bind(matrix.client);
      let broken = false;
      Object.assign(matrix.client, {
        request: async (...args: Parameters<typeof request>) => {
          const answer = await request(...args);
          if (broken || !args[1].includes('victim') || !args[1].includes(what)) return answer;
          // It has taken effect all the same.
          broken = true;
          throw new MatrixUnreachable('no answer in time');
        },
      });
      const tombstone = { type: 'm.room.tombstone', room_id: '!old:x', sender: CAROL, state_key: '' };
      const follow = () => inbox.deliver({ ...tombstone, content: { replacement_room: '!victim:x' } });
      await expect(follow()).rejects.toThrow(MatrixUnreachable);
      expect(victim.members.get(WATCHER)).toBe('join');
      await follow();
      expect(victim.members.get(WATCHER)).toBe('leave');
    },
  );

  test('a second tombstone does not take the watcher out of a room to which the right one has led', async () => {
    const { matrix, inbox } = setUp();
    for (const roomId of ['!old:x', '!other:x']) matrix.createRoom(roomId, CAROL).members.set(WATCHER, 'join');
    const successor = matrix.createRoom('!new', CAROL);
    const content = { room_version: '12', predecessor: { room_id: '!old:x' } };
    successor.state.set('m.room.create\0', { sender: CAROL, content });
    for (const room_id of ['!old:x', '!other:x']) {
      const tombstone = { type: 'm.room.tombstone', room_id, sender: CAROL, state_key: '' };
      await inbox.deliver({ ...tombstone, content: { replacement_room: '!new' } });
    }
    expect(successor.members.get(WATCHER)).toBe('join');
  });

  test('a tombstone by somebody whose server policy does not admit is not followed', async () => {
    const { matrix, inbox } = setUp();
    matrix.createRoom('!old:x', CAROL).members.set(WATCHER, 'join');
    matrix.createRoom('!new', CAROL);
    const tombstone = { type: 'm.room.tombstone', room_id: '!old:x', sender: '@mallory:denied', state_key: '' };
    await inbox.deliver({ ...tombstone, content: { replacement_room: '!new' } });
    expect(matrix.requests).toEqual([]);
  });

  test('a tombstone of a room in which only the scribe is, or that names none, is not followed', async () => {
    const { matrix, inbox } = setUp();
    const room = matrix.createRoom('!old:x', CAROL);
    const tombstone = { type: 'm.room.tombstone', room_id: '!old:x', sender: CAROL, state_key: '' };
    await inbox.deliver({ ...tombstone, content: { replacement_room: '!new' } });
    room.members.set(WATCHER, 'join');
    await inbox.deliver({ ...tombstone, content: { replacement_room: 7 } });
    expect(matrix.requests.filter(({ path }) => path.includes('/join'))).toEqual([]);
  });
});

describe('power', () => {
  const setPower = (users: Record<string, unknown>, more: Record<string, unknown> = {}, version = '11') => {
    const { matrix, inbox, reasons } = setUp();
    const room = matrix.createRoom('!a:x', CAROL, version);
    room.members.set(WATCHER, 'join').set(SCRIBE, 'join');
    room.state.set('m.room.power_levels\0', { sender: CAROL, content: { users, ...more } });
    const deliver = () =>
      inbox.deliver({ type: 'm.room.power_levels', room_id: '!a:x', sender: CAROL, state_key: '', content: {} });
    return { room, deliver, reasons, levels: () => room.state.get('m.room.power_levels\0')?.content };
  };

  test.each([WATCHER, SCRIBE])(
    '%s gives back what makes it an administrator, and changes nothing else',
    async (bot) => {
      const more = { state_default: 100, events: { 'm.room.power_levels': 100 }, invite: 50 };
      const { deliver, levels } = setPower({ [CAROL]: 100, [bot]: 100 }, more);
      await deliver();
      expect(levels()).toEqual({ ...more, users: { [CAROL]: 100, [bot]: 0 } });
    },
  );

  test('a default that makes everybody an administrator does not make a bot one', async () => {
    const { deliver, levels } = setPower({}, { users_default: 100 });
    await deliver();
    expect(levels()).toEqual({ users_default: 100, users: { [WATCHER]: 0, [SCRIBE]: 0 } });
  });

  test('power that moderates is kept, and nothing is written', async () => {
    const { deliver, levels } = setPower({ [CAROL]: 100, [WATCHER]: 50 }, { state_default: 100 });
    const before = levels();
    await deliver();
    expect(levels()).toBe(before);
  });

  test('where it may not write it leaves, and says why', async () => {
    const { room, deliver, reasons } = setPower({ [WATCHER]: 100 });
    room.frozen = true;
    await deliver();
    expect(room.members.get(WATCHER)).toBe('leave');
    expect(reasons()).toEqual([{ reason: expect.stringContaining('administrer') as unknown }]);
  });

  test('as one of the creators of a version 12 room it leaves', async () => {
    const { room, deliver } = setPower({}, {}, '12');
    room.state.set('m.room.create\0', {
      sender: CAROL,
      content: { room_version: '12', additional_creators: [WATCHER] },
    });
    await deliver();
    expect(room.members.get(WATCHER)).toBe('leave');
    expect(room.members.get(SCRIBE)).toBe('join');
  });

  test('power that waited for it in the room is given back on coming', async () => {
    const { matrix, member } = setUp();
    const room = matrix.createRoom('!a:x', CAROL);
    room.members.set(WATCHER, 'join');
    room.state.set('m.room.power_levels\0', { sender: CAROL, content: { users: { [WATCHER]: 100 } } });
    await member('!a:x', WATCHER, { membership: 'join' });
    expect(room.state.get('m.room.power_levels\0')?.content).toEqual({ users: { [WATCHER]: 0 } });
  });
});
