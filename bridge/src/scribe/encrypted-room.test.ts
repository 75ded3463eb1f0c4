import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, ROOM, type FakeWorld } from './fake-world.ts';

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

test('in an encrypted room nothing of the meeting is sent, uploaded or stored in the clear', async () => {
  world.encrypted = true;
  world.home.refuseUploads = 500;
  await world.command('start');
  await world.speak(await world.listening());
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
  // Everything is worked out and stored now, and nothing forgotten yet.
  for (const table of ['scribe_run', 'scribe_job', 'transcription_utterance', 'publication']) {
    const { rows } = await sql.raw<{ row: string }>(`select t::text as row from ${table} t`).execute(world.database);
    const stored = rows.map(({ row }) => row).join();
    expect(stored).not.toBe('');
    for (const form of ['utf8', 'hex'] as const) {
      expect(stored).not.toContain(Buffer.from('budget').toString(form));
    }
  }
  world.home.refuseUploads = undefined;
  await world.scribeLeft();
  expect(JSON.stringify(world.home.matrix.sent)).not.toContain('budget');
  expect(world.home.matrix.sent.length).toBeGreaterThan(4);
  for (const { type } of world.home.matrix.sent) expect(type).toBe('m.room.encrypted');
  expect(world.home.uploads.map((bytes) => bytes.toString('latin1')).join()).not.toContain('budget');
});

test.each([
  ['from the beginning', true],
  ['since then', false],
])('a film that memory could not hold is stopped and posted where the room is encrypted %s', async (_when, before) => {
  world.ffmpeg('cat sound-*.aac > recording.mp4; echo out_time_us=2000000');
  await world.restart({ workMemoryBytes: 25_000_000 });
  world.uploadLimitBytes = 25_000_000;
  world.encrypted = before;
  const recording = { layout: 'audio', captions: false } as const;
  await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
  const one = await world.drawing();
  await world.recordingOn();
  // A chunk below what fits, 9.78 MB; in a room that is not encrypted more than that.
  for (let sent = 0; sent < (before ? 9 : 11); sent += 1) await one.parent.chunk('sound', Buffer.alloc(1_000_000));
  await sleep(100);
  expect(world.phases()?.recording.phase).toBe('on');
  world.encrypted = true;
  await one.parent.chunk('sound', Buffer.alloc(1_000_000));
  await world.until(() => world.phases()?.recording.phase === 'off', 'stopped');
  await world.scribeLeft();
  expect(world.home.uploads.map(({ length }) => length)).toEqual([before ? 10_000_000 : 12_000_000]);
});

test('where memory holds next to nothing, an encrypted room is told that there is no capacity', async () => {
  await world.restart({ workMemoryBytes: 64_000_000 });
  world.encrypted = true;
  await expect(world.command('start', 'recording')).rejects.toMatchObject({ code: 'PALABRE_NO_CAPACITY' });
  world.encrypted = false;
  await world.command('start', 'recording');
  await world.drawing();
});

test('a room that is encrypted in mid-meeting gets everything encrypted from then on', async () => {
  await world.command('start');
  const one = await world.listening();
  await world.speak(one);
  await world.until(() => world.home.matrix.sent.length > 0, 'the thread');
  world.encrypted = true;
  await world.command('stop');
  await world.scribeLeft();
  const types = world.home.matrix.sent.map(({ type }) => type);
  expect(types[0]).toBe('m.room.message');
  expect(types.length).toBeGreaterThan(4);
  expect(new Set(types.slice(1))).toEqual(new Set(['m.room.encrypted']));
  expect(one.trusted()).toBe(true);
  expect(world.home.uploads.map((bytes) => bytes.toString('latin1')).join()).not.toContain('budget');
});

test('a room of which the watcher cannot tell is encrypted when the scribe sees that it is', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  await world.until(() => world.home.matrix.sent.length > 0, 'the thread');
  world.encrypted = undefined;
  world.home.matrix.rooms.get(ROOM)?.state.set('m.room.encryption\0', { sender: ALICE, content: {} });
  await world.command('stop');
  await world.scribeLeft();
  expect(new Set(world.home.matrix.sent.slice(1).map(({ type }) => type))).toEqual(new Set(['m.room.encrypted']));
});
