import { describe, expect, jest, test } from '@jest/globals';
import type { ConsentPurpose } from '@palabre/protocol';
import type { Standing } from '../consent/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { KeptPeople } from './contract.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { createKeeping } from './keeping.ts';
import { createPatience } from './patience.ts';
import type { Worker } from './worker.ts';

const [ALICE, BOB] = ['@alice:x', '@bob:x'];
const asking = (...people: string[]): Standing => ({
  level: 'ask',
  forExterns: false,
  agreed: Object.fromEntries(people.map((userId): [string, ConsentPurpose[]] => [userId, ['transcription']])),
  kept: { recording: [], transcription: people },
});

/** A run over a store that can be away, with a child that notes what it was told. */
function open(pausesMs: readonly number[] = [5]) {
  const world = { standing: asking(), away: false, asked: [] as (readonly string[])[], slow: Promise.resolve() };
  const told: KeptPeople[] = [];
  const killed = jest.fn();
  let changed: () => void = () => undefined;
  const closing = new AbortController();
  const { log } = createFakeOperations();
  // Only what keeping uses of a run.
  const deps = {
    consent: {
      standing: (_meeting: unknown, present: readonly string[]) => {
        world.asked.push(present);
        const { standing } = world;
        return world.away ? Promise.reject(new Error('away')) : world.slow.then(() => standing);
      },
      mayHold: () => Promise.resolve(undefined),
      nobodyAgreed: () => Promise.resolve(false),
      onChange: (_roomId: string, listener: () => void) => {
        changed = listener;
        return () => undefined;
      },
    },
  } as unknown as RunDeps;
  const worker = {
    inCall: () => true,
    kill: killed,
    remote: { keep: (people: KeptPeople) => Promise.resolve(void told.push(people)) },
  } as unknown as Worker;
  const news = jest.fn();
  const keeping = createKeeping(
    deps,
    { roomId: '!r', meetingId: 'm' } as RunFacts,
    createPatience({ log, pausesMs }, 'run', closing.signal),
    { worker: () => worker, onChange: news },
  );
  const until = async (what: () => boolean): Promise<void> => {
    while (!what()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { world, keeping, told, killed, news, worker, until, closing, change: () => changed() };
}

describe('keeping', () => {
  test('nobody before the store has said so', async () => {
    const { keeping, world, worker, told } = open();
    expect(keeping.allows('transcription', ALICE)).toBe(false);
    await keeping.tell(worker);
    expect(told).toEqual([{ recording: [], transcription: [] }]);
    world.standing = asking(ALICE);
    await keeping.read();
    expect(keeping.allows('transcription', ALICE)).toBe(true);
    expect(keeping.allows('recording', ALICE)).toBe(false);
  });

  test('an answer that cannot be read keeps nobody until it can', async () => {
    const { keeping, world, worker, told, until, change, news } = open();
    world.standing = asking(ALICE);
    await keeping.read();
    await keeping.tell(worker);
    world.away = true;
    world.standing = asking(BOB);
    change();
    await until(() => told.length === 2);
    expect(told[1]?.transcription).toEqual([]);
    expect(keeping.allows('transcription', ALICE)).toBe(false);
    world.away = false;
    await until(() => told.length === 3);
    expect(told[2]?.transcription).toEqual([BOB]);
    await until(() => news.mock.calls.length > 0);
  });

  test('who comes or goes changes nothing for the others while the store is away', async () => {
    const { keeping, world, worker, told, until } = open();
    world.standing = asking(ALICE);
    await keeping.read();
    await keeping.tell(worker);
    world.away = true;
    void keeping.see([ALICE, BOB]);
    await until(() => world.asked.length > 3);
    expect(keeping.allows('transcription', ALICE)).toBe(true);
    expect(told).toHaveLength(1);
    world.away = false;
    keeping.close();
  });

  test('a withdrawal does not wait for the store that somebody who came could not be looked up in', async () => {
    const { keeping, world, worker, told, until, change, closing } = open([60_000]);
    world.standing = asking(ALICE);
    await keeping.read();
    await keeping.tell(worker);
    world.away = true;
    void keeping.see([ALICE, BOB]);
    await until(() => world.asked.length > 1);
    world.away = false;
    world.standing = asking();
    change();
    await until(() => told.length === 2);
    expect(keeping.allows('transcription', ALICE)).toBe(false);
    closing.abort();
  });

  test('an answer that comes while the first ones are being read is read as well', async () => {
    const { keeping, world, until, change } = open();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.slow = promise.then(() => undefined);
    world.standing = asking(ALICE);
    const reading = keeping.read();
    await until(() => world.asked.length === 1);
    world.standing = asking();
    change();
    resolve(undefined);
    await reading;
    await until(() => !keeping.allows('transcription', ALICE));
  });

  test('a child is told the same once', async () => {
    const { keeping, worker, told } = open();
    await keeping.read();
    await keeping.tell(worker);
    await keeping.tell(worker);
    expect(told).toHaveLength(1);
  });
});
