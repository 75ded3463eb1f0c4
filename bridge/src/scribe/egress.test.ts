import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { CALL_SLOT, livekitRoomName, type ConsentLevel } from '@palabre/protocol';
import { createFakeLivekitEgress, type FakeLivekitEgress } from '../egress/fake-livekit-egress.ts';
import { createEgressFiles, createEgressHints, createLivekitEgress } from '../egress/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import type { ChildConfig } from './contract.ts';
import { egressName } from './files.ts';
import { ALICE, createFakeWorld, ROOM, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(90_000);

const FFMPEG = `#!/bin/sh
for last; do :; done
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
  *matroska*) cp "$(echo "$*" | grep -o 'whole-.[.]mp4')" "$last";;
  *concat*) for file in $(grep -o 'picture-.[.]mkv' list.txt); do cat "$file"; done > recording.mp4;;
esac
echo out_time_us=4000000
`;

let livekit: FakeLivekitEgress;
let world: FakeWorld;
let out: string;
let database: string;
let level: ConsentLevel;
let partners: ChildConfig['partners'];
let changed: () => void;
/** Egress is the driver, and its place is configured. */
let setUp: { driver: boolean; place: boolean };
/** How much later it is for the bridge than it is. */
let laterMs: number;
let maxBytes: number | undefined;
/** The store of consent answers once this has resolved. */
let answers: Promise<undefined>;
let kept: 'everybody' | readonly string[];
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  level = 'announce';
  partners = [];
  kept = 'everybody';
  setUp = { driver: true, place: true };
  maxBytes = undefined;
  answers = Promise.resolve(undefined);
  changed = () => undefined;
  livekit = await createFakeLivekitEgress();
  out = mkdtempSync(join(tmpdir(), 'palabre-egress-'));
  // What it recorded is named in it.
  livekit.onEnd = ({ id, request }) => {
    const [{ filepath }] = request.fileOutputs;
    mkdirSync(dirname(filepath), { recursive: true });
    writeFileSync(filepath, `film of ${id} `);
  };
  const startedMs = Date.now();
  laterMs = 0;
  const now = () => Date.now() + laterMs;
  const egress = createLivekitEgress({
    url: livekit.url,
    apiKey: livekit.apiKey,
    apiSecret: livekit.apiSecret,
    place: { dir: out },
    hints: createEgressHints(),
    now,
    waits: { requestS: 5, lookMs: 10, beginMs: 1_000, endMs: 200, leaveMs: 60_000 },
  });
  world = await createFakeWorld(database, {
    get egress() {
      return setUp.driver ? egress : undefined;
    },
    get egressFiles() {
      return setUp.place ? createEgressFiles({ dir: out }) : undefined;
    },
    now,
    meetings: {
      current: () => ({ id: 'meeting', livekitRoom: livekitRoomName(ROOM, CALL_SLOT), startedMs }),
      people: () => Promise.resolve([{ userId: ALICE, name: 'Alice' }]),
    },
    consent: {
      standing: async () => {
        await answers;
        return { level, forExterns: false, agreed: {}, kept: { recording: kept, transcription: 'everybody' } };
      },
      mayHold: () => Promise.resolve(undefined),
      mayName: () => Promise.resolve(undefined),
      agreement: () => Promise.resolve(undefined),
      nobodyAgreed: () => Promise.resolve(false),
      onChange: (_, listener) => {
        changed = listener;
        return () => undefined;
      },
    },
    partners: () => partners,
    recording: {
      height: 720,
      maxMinutes: undefined,
      get maxBytes() {
        return maxBytes;
      },
      atOnce: undefined,
    },
  });
  writeFileSync(join(world.dir, 'ffmpeg'), FFMPEG, { mode: 0o755 });
});
afterEach(async () => {
  await world.close();
  await livekit.close();
  rmSync(out, { recursive: true });
});

/** From now on people are asked, and nobody has said anything. */
const ask = (): void => {
  level = 'ask';
  kept = [];
};
const phase = () => world.phases()?.recording.phase;
/** What was recorded by now is known to count. */
const counts = (segments = 1) =>
  world.until(async () => {
    const { rows } = await sql`select id from scribe_segment where until_ms > started_ms + 20`.execute(world.database);
    return rows.length === segments;
  }, 'it counts');
const statuses = () => livekit.started.map(({ status }) => status);
const result = () => world.until(() => world.blocks().find(({ kind }) => kind === 'recording'), 'a film');
const film = () => world.home.uploads.map(String).find((text) => text.includes('film'));
const gaps = async () => {
  const block = await result();
  return block.kind === 'recording' ? block.gaps.map(({ reason }) => reason) : undefined;
};
const act = (action: 'pause' | 'resume') => world.scribe.command(ROOM, ALICE, { action, what: 'recording' });

test('Egress records, the scribe is there to be seen and has no browser, and the film comes back', async () => {
  world.scribe.expect(ROOM, 60_000);
  expect(world.child()?.hasBrowser()).toBe(false);
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const scribes = world.children.all.map((one) => [one.inCall(), one.recorders(), one.hasBrowser()]);
  expect(scribes).toEqual([[true, 0, false]]);
  expect(livekit.started[0]?.request).toMatchObject({
    roomName: livekitRoomName(ROOM, CALL_SLOT),
    layout: 'speaker',
    advanced: { width: 1280, height: 720 },
  });
  await world.until(() => statuses()[0] === 'EGRESS_ACTIVE', 'it captures');
  await world.command('stop', 'recording');
  expect(await gaps()).toEqual([]);
  await world.scribeLeft();
  expect(film()).toBe('film of EG_1 ');
  expect(readdirSync(join(out, 'egress'))).toEqual([]);
  await world.until(() => readdirSync(join(world.dir, 'recordings')).length === 0, 'nothing is left');
});

test('what Egress recorded lies sealed once it is taken', async () => {
  world.home.refuseUploads = 500;
  await world.command('start', 'recording');
  await world.recordingOn();
  await world.command('stop', 'recording');
  const sealed = (): string[] => {
    const dir = join(world.dir, 'recordings');
    return readdirSync(dir).flatMap((run) => readdirSync(join(dir, run)).map((name) => join(dir, run, name)));
  };
  await world.until(
    () => existsSync(join(out, 'egress')) && readdirSync(join(out, 'egress')).length === 0 && sealed().length === 1,
    'it is taken',
  );
  expect(sealed()[0]).toMatch(/[.]whole$/);
  expect(sealed().map((path) => readFileSync(path, 'latin1').includes('film'))).toEqual([false]);
  world.home.refuseUploads = undefined;
  await result();
});

const NEVER: readonly (readonly [string, () => void, boolean])[] = [
  ['the room is encrypted', () => (world.encrypted = true), false],
  ['people are asked', () => ask(), false],
  ['whoever comes next may be asked', () => (kept = [ALICE]), false],
  [
    'others may send by SFUs of their own',
    () => (partners = [{ match: 'p', guarded: false, transports: [{ service: 'http://p', sfu: 'ws://p' }] }]),
    false,
  ],
  ['what is said is to stand in the picture', () => undefined, true],
];
test.each(NEVER)('where %s the page records', async (_, make, captions) => {
  make();
  const recording = { layout: 'grid', captions } as const;
  await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
  await world.until(() => phase() === 'on' && world.child()?.recording() === true, 'the page records');
  expect(livekit.started).toEqual([]);
});

test.each([
  [
    'people are asked from now on',
    () => {
      ask();
      changed();
    },
  ],
  ['the room is encrypted in mid-call', () => void (world.encrypted = true)],
])('when %s Egress stops, and the page goes on', async (_, change) => {
  await world.command('start', 'recording');
  await world.recordingOn();
  change();
  await world.until(() => world.child()?.recording() === true && phase() === 'on', 'the page records');
  expect(statuses()).toEqual(['EGRESS_COMPLETE']);
});

test('a pause ends the recording, and another begins after it; the film ends where it was asked to', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  await act('pause');
  await world.until(() => phase() === 'paused' && statuses()[0] === 'EGRESS_COMPLETE', 'nothing is recorded');
  await act('resume');
  await world.until(() => phase() === 'on' && statuses().length === 2, 'on again');
  await counts(2);
  await world.command('stop', 'recording');
  expect(await gaps()).toEqual([]);
  expect(film()).toBe('film of EG_1 film of EG_2 ');
  const cuts = readFileSync(join(world.dir, 'calls'), 'utf8').match(/-t \d/g);
  expect(cuts).toHaveLength(4);
});

test('a pause counts from the press, whatever the run is busy with', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  answers = promise;
  await world.command('start', 'transcription');
  const pressedMs = Date.now();
  await act('pause');
  const keptUntilMs = Date.now() + 1_500;
  laterMs = 5_000;
  const untilMs = await world.until(async () => {
    const { rows } = await sql<{ until_ms: number }>`select until_ms from scribe_segment`.execute(world.database);
    return rows.map((row) => row.until_ms).find((ms) => ms > pressedMs + 1_000);
  }, 'Egress is seen to go on');
  expect(untilMs).toBeLessThanOrEqual(keptUntilMs);
  resolve(undefined);
  await world.until(() => statuses()[0] === 'EGRESS_COMPLETE', 'it ends');
});

test('one that reaches its limit ends, is said to, and comes back', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  maxBytes = 1;
  expect(await gaps()).toEqual([]);
  expect(statuses()).toEqual(['EGRESS_COMPLETE']);
  expect(world.notices()).toContain('recording_limit');
});

test('one that breaks down is replaced, and the time between named', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const [first] = livekit.started;
  if (first !== undefined) {
    first.status = 'EGRESS_FAILED';
    livekit.onEnd(first);
  }
  await world.until(() => statuses()[1] === 'EGRESS_ACTIVE' && phase() === 'on', 'another records');
  await counts(2);
  await world.command('stop', 'recording');
  expect(await gaps()).toEqual(['recorder_restarted']);
  expect(film()).toBe('film of EG_1 film of EG_2 ');
});

test('a stretch of which there is no file is named', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const [first] = livekit.started;
  if (first !== undefined) first.status = 'EGRESS_ABORTED';
  await world.until(() => statuses()[1] === 'EGRESS_ACTIVE' && phase() === 'on', 'another records');
  await counts(2);
  await world.command('stop', 'recording');
  // From its beginning, not only from its end.
  expect(await result()).toMatchObject({ gaps: [{ start_ms: 0, reason: 'recorder_restarted' }] });
  expect(film()).toBe('film of EG_2 ');
});

/** Its worker is gone. */
const gone = { status: 408, code: 'deadline_exceeded', msg: 'twirp error unknown: request timed out' };
const away = { status: 503, code: 'unavailable', msg: 'twirp error unknown: no response from servers' };
test.each<[string, () => unknown]>([
  ['where no recorder of Egress answers', () => livekit.refuse.set('StartRoomCompositeEgress', away)],
  ['where Egress does not begin', () => (livekit.begins.then = 'EGRESS_STARTING')],
])('%s the page records, and Egress is not asked again', async (_, make) => {
  make();
  await world.command('start', 'recording');
  await world.until(() => phase() === 'on' && world.child()?.recording() === true, 'the page records');
  await world.until(() => statuses().every((status) => status === 'EGRESS_ABORTED'), 'what began is stopped');
  livekit.refuse.clear();
  await act('pause');
  await world.until(() => phase() === 'paused' && world.child()?.recording() === false, 'paused');
  await act('resume');
  await world.until(() => phase() === 'on' && world.child()?.recording() === true, 'the page records');
  expect(livekit.started.length).toBeLessThanOrEqual(1);
});

test('an SFU that knows no Egress holds up no film of the page', async () => {
  const unconnected = {
    status: 500,
    code: 'internal',
    msg: 'twirp error unknown: egress not connected (redis required)',
  };
  for (const method of ['StartRoomCompositeEgress', 'ListEgress', 'StopEgress'] as const) {
    livekit.refuse.set(method, unconnected);
  }
  await world.command('start', 'recording');
  await world.until(() => world.child()?.recording() === true && phase() === 'on', 'the page records');
  await world.child()?.parent.chunk('picture', new Uint8Array(10));
  await world.command('stop', 'recording');
  await result();
  await world.scribeLeft();
});

test('a start whose answer is lost is stopped, and its film is of nobody', async () => {
  livekit.begins.then = 'EGRESS_STARTING';
  livekit.refuse.set('StopEgress', gone);
  await world.command('start', 'recording');
  await world.until(() => phase() === 'on' && world.child()?.recording() === true, 'the page records');
  expect(statuses()).toEqual(['EGRESS_STARTING']);
  // It captures all the same.
  const [late] = livekit.started;
  if (late !== undefined) late.status = 'EGRESS_ACTIVE';
  livekit.refuse.clear();
  await world.until(() => statuses()[0] === 'EGRESS_COMPLETE', 'it is stopped');
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(readdirSync(join(out, 'egress'))).toEqual([]);
  expect(film()).toBeUndefined();
});

test('a bridge that dies while Egress begins leaves neither a recorder nor a file', async () => {
  // As far as Egress has heard; the segment was never written down.
  await sql`alter table scribe_segment add constraint dies check (driver <> 'egress')`.execute(world.database);
  await world.command('start', 'recording');
  await world.until(() => statuses()[0] === 'EGRESS_ACTIVE', 'it captures');
  await world.restart();
  await sql`alter table scribe_segment drop constraint dies`.execute(world.database);
  await world.until(() => statuses()[0] === 'EGRESS_COMPLETE' && phase() === 'on', 'another records');
  await counts();
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(film()).toBe('film of EG_2 ');
  expect(readdirSync(join(out, 'egress'))).toEqual([]);
});

test('one whose machine is gone holds up the film for a while, not for ever', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const [first] = livekit.started;
  if (first !== undefined) first.status = 'EGRESS_FAILED';
  await world.until(() => statuses()[1] === 'EGRESS_ACTIVE' && phase() === 'on', 'another records');
  await counts(2);
  await world.command('stop', 'recording');
  // It is listed as running, and nobody can end it.
  if (first !== undefined) first.status = 'EGRESS_ENDING';
  await world.until(() => phase() === 'off', 'it is over for everybody');
  laterMs = 60_000;
  await world.until(() => world.notices().includes('results_delayed'), 'the room knows');
  laterMs = 11 * 60_000;
  expect(await result()).toMatchObject({ gaps: [{ start_ms: 0, reason: 'recorder_restarted' }] });
  expect(film()).toBe('film of EG_2 ');
  // Its machine comes back, and finishes what it was at.
  await world.scribeLeft();
  if (first !== undefined) livekit.onEnd(first);
  expect(readdirSync(join(out, 'egress'))).toHaveLength(1);
  await world.restart();
  expect(readdirSync(join(out, 'egress'))).toEqual([]);
});

test('a bridge that dies leaves none running; its successor goes on with another', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  await world.restart();
  await world.until(() => statuses()[1] === 'EGRESS_ACTIVE' && phase() === 'on', 'another records');
  await counts(2);
  expect(statuses()[0]).toBe('EGRESS_COMPLETE');
  await world.command('stop', 'recording');
  expect(await gaps()).toEqual(['scribe_restarted']);
  expect(film()).toBe('film of EG_1 film of EG_2 ');
});

test('an SFU that is away when it is stopped delays the film, and takes nothing of it', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  livekit.refuse.set('StopEgress', away).set('ListEgress', away);
  await world.command('stop', 'recording');
  await world.until(() => phase() === 'off', 'it is over for everybody');
  expect(existsSync(join(out, 'egress'))).toBe(false);
  livekit.refuse.clear();
  await result();
  expect(film()).toBe('film of EG_1 ');
});

test('a meeting that is deleted while Egress records leaves no film anywhere', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const opened = await world.until(
    () => world.posted().find(({ block }) => block.kind === 'meeting')?.eventId,
    'the thread is opened',
  );
  await world.until(() => world.scribe.isMeetingMessage(ROOM, opened), 'it is known');
  world.home.matrix.redacted.add(opened);
  await world.inbox.deliver({
    type: 'm.room.redaction',
    room_id: ROOM,
    sender: ALICE,
    event_id: '$redaction',
    content: { redacts: opened },
  });
  await world.scribeLeft();
  expect(statuses()).toEqual(['EGRESS_COMPLETE']);
  expect(readdirSync(join(out, 'egress'))).toEqual([]);
  expect(film()).toBeUndefined();
});

test.each([true, false])(
  'what it left is deleted after it was given up as well (its place is known: %s)',
  async (place) => {
    const unconnected = { status: 500, code: 'internal', msg: 'egress not connected (redis required)' };
    livekit.refuse.set('StartRoomCompositeEgress', unconnected).set('ListEgress', unconnected);
    await world.command('start', 'recording');
    await world.until(() => world.child()?.recording() === true && phase() === 'on', 'the page records');
    await world.child()?.parent.chunk('picture', new Uint8Array(10));
    await world.command('stop', 'recording');
    await world.scribeLeft();
    const asked = async () =>
      (
        await sql<{ id: string; run: string }>`select scribe_egress.id, run_id as run from scribe_egress
        join scribe_job on scribe_job.id = job_id`.execute(world.database)
      ).rows;
    const [{ id, run } = { id: '', run: '' }] = await asked();
    const file = join(out, egressName(run, id));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'film');
    setUp = { driver: false, place };
    await world.restart();
    const runs = async () => (await sql`select id from scribe_run`.execute(world.database)).rows.length;
    await world.scribe.artefacts.deleteBefore(ROOM, Date.now() + 60_000);
    expect([await runs(), await asked(), existsSync(file)]).toEqual([0, [], !place]);
  },
);

test('a recording is deleted that waited for Egress when that was given up', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  await counts();
  const opened = await world.until(
    () => world.posted().find(({ block }) => block.kind === 'meeting')?.eventId,
    'the thread is opened',
  );
  livekit.refuse.set('StopEgress', away).set('ListEgress', away);
  await world.command('stop', 'recording');
  await world.until(() => phase() === 'off', 'it is over for everybody');
  setUp.driver = false;
  await world.restart();
  world.home.matrix.redacted.add(opened);
  const redaction = { room_id: ROOM, sender: ALICE, event_id: '$redaction', content: { redacts: opened } };
  await world.inbox.deliver({ type: 'm.room.redaction', ...redaction });
  await world.scribeLeft();
  expect((await sql`select id from scribe_egress`.execute(world.database)).rows).toEqual([]);
});
