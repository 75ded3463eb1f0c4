import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { emptyDatabase } from '../storage/test-database.ts';
import type { ScribeChild } from './contract.ts';
import { ALICE, createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(90_000);

/** Left by worlds that have ended. */
const databases: string[] = [];

/** A case mostly waits, so several go on at once: each has a world of its own. */
async function inWorld(work: (world: FakeWorld) => Promise<unknown>): Promise<void> {
  const database = databases.pop() ?? (await emptyDatabase());
  const world = await createFakeWorld(database);
  try {
    await work(world);
  } finally {
    await world.close();
    databases.push(database);
  }
}

const phase = (world: FakeWorld) => world.phases()?.recording.phase;
const recording = (world: FakeWorld) =>
  world.until(() => phase(world) === 'on' && world.child()?.recording() === true, 'it records');

/** Something that breaks, and is mended again. */
interface Fault {
  readonly begin: (world: FakeWorld) => Promise<unknown> | undefined;
  readonly end: (world: FakeWorld) => Promise<unknown> | undefined;
}

const tableAway = (table: string): Fault => ({
  begin: (world) => sql.raw(`alter table ${table} rename to away`).execute(world.database),
  end: (world) => sql.raw(`alter table away rename to ${table}`).execute(world.database),
});
const method = (how: 'failing' | 'hanging', name: keyof ScribeChild): Fault => ({
  begin: (world) => void world.children[how].add(name),
  // What hangs is killed by its supervisor after a while (worker.ts).
  end: (world) => {
    world.children[how].clear();
    if (how === 'hanging') world.child()?.die();
    return undefined;
  },
});
const uploads = (status: number): Fault => ({
  begin: (world) => void (world.home.refuseUploads = status),
  end: (world) => void (world.home.refuseUploads = undefined),
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
      begin: (world) => {
        world.child()?.die();
        return undefined;
      },
      end: () => undefined,
    },
  ],
  ['the bridge dies', { begin: (world) => world.restart(), end: () => undefined }],
  [
    'the browser dies',
    {
      begin: (world) => world.child()?.parent.recorderLost('browser_gone'),
      end: () => undefined,
    },
  ],
  [
    'the homeserver is away',
    { begin: (world) => void (world.home.matrix.down = true), end: (world) => void (world.home.matrix.down = false) },
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
      begin: async (world) => {
        await rename(join(world.dir, 'recordings'), join(world.dir, 'away')).catch(() => undefined);
        await writeFile(join(world.dir, 'recordings'), '');
      },
      end: async (world) => {
        await rename(join(world.dir, 'recordings'), join(world.dir, 'in the way'));
        await rename(join(world.dir, 'away'), join(world.dir, 'recordings')).catch(() => undefined);
      },
    },
  ],
  [
    'ffmpeg is broken',
    {
      begin: (world) => rename(join(world.dir, 'ffmpeg'), join(world.dir, 'no-ffmpeg')),
      end: (world) => rename(join(world.dir, 'no-ffmpeg'), join(world.dir, 'ffmpeg')),
    },
  ],
  [
    'the scribe is put out',
    {
      begin: (world) => {
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

const start = (world: FakeWorld) => world.command('start', 'recording');
const stop = (world: FakeWorld) => world.command('stop', 'recording');

const MOMENTS: readonly (readonly [string, (fault: Fault, world: FakeWorld) => Promise<void>])[] = [
  [
    'while it starts',
    async (fault, world) => {
      await fault.begin(world);
      const starting = start(world).catch(() => undefined);
      await shown();
      await fault.end(world);
      await starting;
    },
  ],
  [
    'while it records',
    async (fault, world) => {
      await start(world);
      await recording(world);
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      await fault.begin(world);
      await shown();
      await fault.end(world);
    },
  ],
  [
    'while it stops and posts',
    async (fault, world) => {
      await start(world);
      await recording(world);
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      await fault.begin(world);
      const stopping = stop(world).catch(() => undefined);
      await shown();
      await fault.end(world);
      await stopping;
    },
  ],
];

/** How long after a fault has been mended a room may take until it can record again. */
const BOUND_MS = 10_000;

describe('no single fault locks a room', () => {
  test.concurrent.each(
    FAULTS.flatMap(([fault, what]) => MOMENTS.map(([moment, when]) => [fault, moment, what, when] as const)),
  )('%s %s: a new recording begins soon after', (_fault, _moment, what, when) =>
    inWorld(async (world) => {
      await when(what, world);
      const mendedMs = Date.now();
      // It may have gone on by itself: then it can be ended.
      await world.until(async () => {
        await stop(world).catch(() => undefined);
        return start(world).then(
          () => true,
          () => false,
        );
      }, 'a start that is obeyed');
      await recording(world);
      expect(Date.now() - mendedMs).toBeLessThan(BOUND_MS);
    }),
  );
});

describe('the room reads what happened', () => {
  test.concurrent('the SFU is gone for good: it says so, and posts what was captured', () =>
    inWorld(async (world) => {
      await start(world);
      await recording(world);
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      world.children.failing.add('join');
      // A child whose media connection ends, ends.
      world.child()?.die();
      await world.until(() => world.notices().includes('recorder_failed'), 'a notice');
      world.children.failing.clear();
      await world.scribeLeft();
      expect(world.home.uploads.map(String)).toContain('a film');
    }),
  );

  test.concurrent(
    'what has not begun after half a minute is not said to be interrupted, and when it begins nothing is',
    () =>
      inWorld(async (world) => {
        world.children.hanging.add('record');
        await start(world);
        await world.until(() => {
          world.aheadMs += 1_000;
          return world.notices().length > 0;
        }, 'a notice');
        expect(world.notices()).toEqual(['capture_delayed']);
        world.children.hanging.clear();
        world.child()?.die();
        await recording(world);
        await world.child()?.parent.chunk('picture', Buffer.from('a film'));
        await stop(world);
        await world.scribeLeft();
        expect(world.notices()).toEqual(['capture_delayed']);
      }),
  );

  test.concurrent(
    'the SFU does not answer and no attempt to come back ends: the room knows within a minute, and once',
    () =>
      inWorld(async (world) => {
        const nowMs = () => Date.now() + world.aheadMs;
        await start(world);
        await recording(world);
        const first = world.child();
        await first?.parent.chunk('picture', Buffer.from('a film'));
        world.children.hanging.add('join').add('record');
        const awayMs = nowMs();
        await first?.parent.beat({ rssBytes: 0, isAway: true });
        await first?.parent.recorderLost('disconnected');
        // Time goes by faster for whoever looks at the clock.
        await world.until(() => {
          world.aheadMs += 100;
          return world.notices().length > 0;
        }, 'a notice');
        expect(nowMs() - awayMs).toBeLessThan(60_000);
        // LiveKit gives up after a minute, and the next scribe hangs as well until it is killed.
        first?.die();
        await world.until(() => world.child() !== undefined && world.child() !== first, 'a successor');
        world.aheadMs += 90_000;
        world.children.hanging.clear();
        world.child()?.die();
        await recording(world);
        await stop(world);
        await world.scribeLeft();
        expect(world.notices()).toEqual(['capture_interrupted']);
        expect(world.home.uploads.map(String)).toContain('a film');
      }),
  );

  test.concurrent('the disk is full from the start: it says that nothing was recorded', () =>
    inWorld(async (world) => {
      await writeFile(join(world.dir, 'recordings'), '');
      await start(world);
      await world.until(() => world.notices().includes('recording_empty'), 'a notice');
      await world.until(() => world.notices().includes('recorder_failed'), 'the other one');
      await world.scribeLeft();
    }),
  );

  test.concurrent('the disk becomes full while it records: what was captured before is posted, and the room told', () =>
    inWorld(async (world) => {
      await start(world);
      await recording(world);
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      await rename(join(world.dir, 'recordings'), join(world.dir, 'full'));
      await writeFile(join(world.dir, 'recordings'), '');
      // A recorder whose chunk is not taken is lost, and no other can begin.
      await world.child()?.parent.recorderLost('chunk_refused');
      await world.until(() => world.notices().includes('recorder_failed'), 'a notice');
      // In one step: at no moment is there nothing, which would mean that nothing was captured.
      await symlink('full', join(world.dir, 'back'));
      await rename(join(world.dir, 'back'), join(world.dir, 'recordings'));
      await world.until(() => world.home.uploads.map(String).includes('a film'), 'what was captured');
    }),
  );

  test.concurrent('the homeserver is away while results are posted: everything is there once when it is back', () =>
    inWorld(async (world) => {
      await start(world);
      await recording(world);
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      world.home.matrix.down = true;
      await stop(world);
      await shown();
      world.home.matrix.down = false;
      await world.scribeLeft();
      expect(world.kinds()).toEqual(['meeting', 'recording']);
    }),
  );
});
