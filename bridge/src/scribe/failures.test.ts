import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { emptyDatabase } from '../storage/test-database.ts';
import type { ScribeChild } from './contract.ts';
import { ALICE, createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(90_000);

let world: FakeWorld;
let database: string;
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  world = await createFakeWorld(database);
});
afterEach(() => world.close());

const phase = () => world.metadata.at(-1)?.recording?.phase;
const recording = () => world.until(() => phase() === 'on' && world.child()?.recording() === true, 'it records');
const notices = () => world.posted().flatMap(({ block }) => (block.kind === 'notice' ? [block.code] : []));
const kinds = () => world.posted().map(({ block }) => block.kind);
const scribeLeft = () =>
  world.until(() => world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE) === 'leave', 'the scribe leaves');

/** Something that breaks, and is mended again. */
interface Fault {
  readonly begin: () => Promise<unknown> | undefined;
  readonly end: () => Promise<unknown> | undefined;
}

const tableAway = (table: string): Fault => ({
  begin: () => sql.raw(`alter table ${table} rename to away`).execute(world.database),
  end: () => sql.raw(`alter table away rename to ${table}`).execute(world.database),
});
const method = (how: 'failing' | 'hanging', name: keyof ScribeChild): Fault => ({
  begin: () => void world.children[how].add(name),
  // What hangs is killed by its supervisor after a while (worker.ts).
  end: () => {
    world.children[how].clear();
    if (how === 'hanging') world.child()?.die();
    return undefined;
  },
});
const uploads = (status: number): Fault => ({
  begin: () => void (world.home.refuseUploads = status),
  end: () => void (world.home.refuseUploads = undefined),
});

const METHODS = ['boot', 'join', 'record', 'stopRecording', 'leaveCall'] as const;
const FAULTS: readonly (readonly [string, Fault])[] = [
  ...METHODS.flatMap((name) => [
    [`${name} fails`, method('failing', name)] as const,
    [`${name} hangs`, method('hanging', name)] as const,
  ]),
  [
    'the scribe dies',
    {
      begin: () => {
        world.child()?.die();
        return undefined;
      },
      end: () => undefined,
    },
  ],
  ['the bridge dies', { begin: () => world.restart(), end: () => undefined }],
  [
    'the browser dies',
    {
      begin: () => world.child()?.parent.recorderLost('browser_gone'),
      end: () => undefined,
    },
  ],
  [
    'the homeserver is away',
    { begin: () => void (world.home.matrix.down = true), end: () => void (world.home.matrix.down = false) },
  ],
  ['uploads fail', uploads(500)],
  ['uploads are refused', uploads(403)],
  ['uploads are too large', uploads(413)],
  ['runs cannot be written', tableAway('scribe_run')],
  ['jobs cannot be written', tableAway('scribe_job')],
  ['segments cannot be written', tableAway('scribe_segment')],
  ['messages cannot be written', tableAway('publication')],
  [
    'files cannot be written',
    {
      begin: async () => {
        await rename(join(world.dir, 'recordings'), join(world.dir, 'away')).catch(() => undefined);
        await writeFile(join(world.dir, 'recordings'), '');
      },
      end: async () => {
        await rename(join(world.dir, 'recordings'), join(world.dir, 'in the way'));
        await rename(join(world.dir, 'away'), join(world.dir, 'recordings')).catch(() => undefined);
      },
    },
  ],
  [
    'ffmpeg is broken',
    {
      begin: () => rename(join(world.dir, 'ffmpeg'), join(world.dir, 'no-ffmpeg')),
      end: () => rename(join(world.dir, 'no-ffmpeg'), join(world.dir, 'ffmpeg')),
    },
  ],
  [
    'the scribe is put out',
    {
      begin: () => {
        world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'leave');
        return world.inbox.deliver({
          type: 'm.room.member',
          room_id: ROOM,
          sender: ALICE,
          state_key: SCRIBE,
          content: { membership: 'leave' },
        });
      },
      end: () => undefined,
    },
  ],
];

/** Long enough for a fault to show; what is awaited afterwards is awaited for as long as it takes. */
const shown = () => new Promise((resolve) => setTimeout(resolve, 150));

const start = () => world.command('start', 'recording');
const stop = () => world.command('stop', 'recording');

const MOMENTS: readonly (readonly [string, (fault: Fault) => Promise<void>])[] = [
  [
    'while it starts',
    async (fault) => {
      await fault.begin();
      const starting = start().catch(() => undefined);
      await shown();
      await fault.end();
      await starting;
    },
  ],
  [
    'while it records',
    async (fault) => {
      await start();
      await recording();
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      await fault.begin();
      await shown();
      await fault.end();
    },
  ],
  [
    'while it stops and posts',
    async (fault) => {
      await start();
      await recording();
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      await fault.begin();
      const stopping = stop().catch(() => undefined);
      await shown();
      await fault.end();
      await stopping;
    },
  ],
];

/** How long after a fault has been mended a room may take until it can record again. */
const BOUND_MS = 10_000;

describe('no single fault locks a room', () => {
  test.each(FAULTS.flatMap(([fault, what]) => MOMENTS.map(([moment, when]) => [fault, moment, what, when] as const)))(
    '%s %s: a new recording begins soon after',
    async (_fault, _moment, what, when) => {
      await when(what);
      const mendedMs = Date.now();
      // It may have gone on by itself: then it can be ended.
      await world.until(async () => {
        await stop().catch(() => undefined);
        return start().then(
          () => true,
          () => false,
        );
      }, 'a start that is obeyed');
      await recording();
      expect(Date.now() - mendedMs).toBeLessThan(BOUND_MS);
    },
  );
});

describe('the room reads what happened', () => {
  test('the SFU is gone for good: it says so, and posts what was captured', async () => {
    await start();
    await recording();
    await world.child()?.parent.chunk('picture', Buffer.from('a film'));
    world.children.failing.add('join');
    // A child whose media connection ends, ends.
    world.child()?.die();
    await world.until(() => notices().includes('recorder_failed'), 'a notice');
    world.children.failing.clear();
    await scribeLeft();
    expect(world.home.uploads.map(String)).toContain('a film');
  });

  test('the disk is full from the start: it says that nothing was recorded', async () => {
    await writeFile(join(world.dir, 'recordings'), '');
    await start();
    await world.until(() => notices().includes('recording_empty'), 'a notice');
    expect(notices()).toContain('recorder_failed');
    await scribeLeft();
  });

  test('the disk becomes full while it records: what was captured before is posted, and the room told', async () => {
    await start();
    await recording();
    await world.child()?.parent.chunk('picture', Buffer.from('a film'));
    await rename(join(world.dir, 'recordings'), join(world.dir, 'full'));
    await writeFile(join(world.dir, 'recordings'), '');
    // A recorder whose chunk is not taken is lost, and no other can begin.
    await world.child()?.parent.recorderLost('chunk_refused');
    await world.until(() => notices().includes('recorder_failed'), 'a notice');
    await rename(join(world.dir, 'recordings'), join(world.dir, 'in the way'));
    await rename(join(world.dir, 'full'), join(world.dir, 'recordings'));
    await world.until(() => world.home.uploads.map(String).includes('a film'), 'what was captured');
  });

  test('the homeserver is away while results are posted: everything is there once when it is back', async () => {
    await start();
    await recording();
    await world.child()?.parent.chunk('picture', Buffer.from('a film'));
    world.home.matrix.down = true;
    await stop();
    await shown();
    world.home.matrix.down = false;
    await scribeLeft();
    expect(kinds()).toEqual(['meeting', 'recording']);
  });
});
