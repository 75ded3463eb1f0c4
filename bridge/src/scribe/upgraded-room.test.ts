import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { KEPT_BLOCK, keptSchema } from '@palabre/protocol';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, ROOM, SCRIBE, WATCHER, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(60_000);

let world: FakeWorld;
let database: string;
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  world = await createFakeWorld(database);
});
afterEach(() => world.close());

const talk = async () => {
  await world.command('start');
  await world.speak(await world.listening());
};
const upgraded = async (predecessor: string | undefined = ROOM, work: () => Promise<void> = talk) => {
  const { matrix } = world.home;
  await work();
  await world.until(() => world.kinds().includes('meeting'), 'the thread is opened');
  const successor = matrix.createRoom('!new', ALICE);
  successor.members.set(WATCHER, 'join');
  const create = { room_version: '12', predecessor: { room_id: predecessor } };
  successor.state.set('m.room.create\0', { sender: ALICE, content: create });
  const old = matrix.rooms.get(ROOM);
  if (old !== undefined) old.frozen = true;
  world.tombstone = { successor: '!new' };
  return successor;
};
const inSuccessor = () =>
  world.home.matrix.sent.filter(({ roomId }) => roomId === '!new').map(({ content }) => content as object);

test('posts everything there, in a thread of that room, and leaves both', async () => {
  const successor = await upgraded();
  await world.scribe.meetingEnded(ROOM, 'meeting');
  world.meeting = undefined;
  await world.until(() => successor.members.get(SCRIBE) === 'join', 'the scribe enters the new room');
  await world.until(() => world.kinds().includes('transcript text'), 'a transcript in the new room');
  await world.until(() => world.kinds().includes('minutes'), 'minutes in the new room');
  await world.until(() => successor.members.get(SCRIBE) === 'leave', 'the scribe leaves the new room');
  await world.scribeLeft();
  expect(inSuccessor().some((content) => 'm.relates_to' in content)).toBe(true);
  const root = '$' + (world.home.matrix.sent.find(({ roomId }) => roomId === '!new')?.txnId ?? '');
  const threads = inSuccessor().flatMap((content) => ('m.relates_to' in content ? [content['m.relates_to']] : []));
  for (const thread of threads) expect(thread).toMatchObject({ event_id: root });
  expect(world.notices()).toEqual([]);
  const keys = async () => (await sql`select 1 from scribe_run where key is not null`.execute(world.database)).rows;
  while ((await keys()).length > 0) await sleep(10);
});

test('a film that was sealed for the old room, whose key nobody has, does not stay in storage', async () => {
  await upgraded(ROOM, async () => {
    await world.command('start', 'recording');
    const one = await world.drawing();
    await world.recordingOn();
    await one.parent.chunk('picture', Buffer.alloc(1_000_001, 'film'));
  });
  await world.scribe.meetingEnded(ROOM, 'meeting');
  world.meeting = undefined;
  const message = await world.until(
    () => inSuccessor().find((content) => KEPT_BLOCK in content),
    'told in the new room',
  );
  await world.scribeLeft();
  const { id } = keptSchema.parse(message[KEPT_BLOCK]);
  const { rows } = await sql`select id, room_id from scribe_kept`.execute(world.database);
  expect(rows).toEqual([{ id, room_id: '!new' }]);
  expect(readdirSync(join(world.dir, 'kept'))).toHaveLength(1);
  await sql`delete from scribe_kept`.execute(world.database);
});

test('keeps what it has, and says so there, when nobody lets it in', async () => {
  const successor = await upgraded();
  world.home.mayInvite = false;
  await world.scribe.meetingEnded(ROOM, 'meeting');
  world.meeting = undefined;
  await world.until(() => world.notices().includes('results_refused'), 'a notice in the new room');
  expect(successor.members.has(SCRIBE)).toBe(false);
  expect(inSuccessor()).toHaveLength(1);
});

test.each(['no predecessor', 'another predecessor', 'nothing that a bot can read'])(
  'keeps what it has, and neither goes nor speaks into a room that names %s',
  async (which) => {
    const successor = await upgraded(which === 'nothing that a bot can read' ? ROOM : '!other:hs');
    if (which === 'no predecessor') successor.state.set('m.room.create\0', { sender: ALICE, content: {} });
    if (which === 'nothing that a bot can read') successor.members.delete(WATCHER);
    await world.scribe.meetingEnded(ROOM, 'meeting');
    world.meeting = undefined;
    await world.scribeLeft();
    expect(successor.members.has(SCRIBE)).toBe(false);
    expect(inSuccessor()).toEqual([]);
  },
);
