import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { MinutesFacts } from '@palabre/protocol';
import { sql } from 'kysely';
import { PublishRefused } from '../publishing/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { PUBLISHER_DEVICE } from './devices.ts';
import { createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(60_000);

const FACTS: MinutesFacts = {
  meeting_id: 'meeting',
  duration_ms: 1,
  participants: [],
  method: 'extractive',
  decisions: [],
  actions: [],
  questions: [],
  left_out: 0,
  edited: false,
  extract: [],
};
const MINUTES = { id: 'job', roomId: ROOM, runId: 'run', meetingId: 'meeting', meetingStartedMs: 1, facts: FACTS };
const { signal } = new AbortController();

let world: FakeWorld;
beforeEach(async () => {
  world = await createFakeWorld(await emptyDatabase());
});
afterEach(() => world.close());
const isInside = (): boolean => world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE) === 'join';

test('the scribe comes back for minutes, posts them once in the thread, and goes when it is told', async () => {
  expect(await world.scribe.publishMinutes(MINUTES, signal)).toBe(true);
  expect(await world.scribe.publishMinutes(MINUTES, signal)).toBe(true);
  expect(world.kinds()).toEqual(['meeting', 'minutes']);
  expect(isInside()).toBe(true);
  await world.scribe.leaveIfIdle(ROOM);
  expect(isInside()).toBe(false);
  await world.scribe.forgetMinutes('job');
  const { rows } = await sql`select key from publication where key like 'job:%'`.execute(world.database);
  expect(rows).toEqual([]);
});

test('a run that ends meanwhile does not forget them: they are posted once', async () => {
  await world.scribe.publishMinutes(MINUTES, signal);
  await sql`delete from publication where run_id = 'run'`.execute(world.database);
  await world.scribe.publishMinutes(MINUTES, signal);
  expect(world.kinds()).toEqual(['meeting', 'minutes']);
});

test('in an encrypted room a child encrypts them, outside the call, and ends', async () => {
  world.encrypted = true;
  await world.scribe.publishMinutes(MINUTES, signal);
  expect(world.home.matrix.sent.filter(({ type }) => type === 'm.room.encrypted')).toHaveLength(2);
  expect(world.home.matrix.sent.some(({ type }) => type === 'm.room.message')).toBe(false);
  expect(world.child()).toBeUndefined();
});

test.each(['boot', 'encrypt'] as const)(
  'a child that crashes in %s leaves no device that is sent keys',
  async (step) => {
    world.encrypted = true;
    world.children.hanging.add(step);
    const published = world.scribe.publishMinutes(MINUTES, signal);
    await world.until(() => world.home.devices.has('DEV1'), 'a child has a device');
    if (step === 'encrypt') await world.until(() => world.child()?.trusted(), 'it is signed');
    world.children.hanging.clear();
    world.child()?.die();
    expect(await published).toBe(true);
    expect([...world.home.devices]).toEqual([PUBLISHER_DEVICE]);
  },
);

test('a room that lets nobody in refuses them for good', async () => {
  const room = world.home.matrix.rooms.get(ROOM);
  if (room === undefined) throw new Error('no room');
  room.closed = true;
  await expect(world.scribe.publishMinutes(MINUTES, signal)).rejects.toThrow(PublishRefused);
});

test('so does a room that is gone', async () => {
  world.home.matrix.rooms.delete(ROOM);
  await expect(world.scribe.publishMinutes(MINUTES, signal)).rejects.toThrow(PublishRefused);
});
