import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { CONSENT_PURPOSES, CONSENT_TEXT_VERSION } from '@palabre/protocol';
import { emptyDatabase } from '../storage/test-database.ts';
import type { FakeChild } from './fake-child.ts';
import { ALICE, createFakeWorld, PCM, ROOM, type FakeWorld } from './fake-world.ts';
import { createKeptRuns, type ScribeTables } from './index.ts';

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

const BOB = '@bob:hs';
const CAROL = { userId: '@carol:outside', deviceId: 'C', name: 'Carol' };
const both = [
  { userId: ALICE, deviceId: 'A', name: 'Alice M.' },
  { userId: BOB, deviceId: 'B', name: 'Bob' },
];
const answer = (userId: string, said: 'yes' | 'no') =>
  world.consent.answer({
    roomId: ROOM,
    userId,
    purposes: CONSENT_PURPOSES,
    answer: said,
    how: 'dialog',
    language: 'en',
    textVersion: CONSENT_TEXT_VERSION,
  });
const utter = (by: FakeChild, userId: string, id: string) =>
  by.parent.utterance({ id, userId, startMs: Date.now(), endMs: Date.now() + 1000, pcm: PCM, leadMs: 0 });
const keeps = (by: FakeChild, people: readonly string[]) =>
  world.until(() => JSON.stringify(by.kept().transcription) === JSON.stringify(people), `keeps ${people.length}`);
const saysSomewhere = (text: string): boolean =>
  world.home.matrix.sent.some(({ content }) => String((content as { body?: unknown }).body).includes(text));
beforeEach(() => {
  world.level = 'ask';
});

test('where nobody is asked, everybody is kept', async () => {
  world.level = 'announce';
  await world.command('start');
  const one = await world.listening();
  expect(one.kept()).toEqual({ recording: 'everybody', transcription: 'everybody' });
  await world.until(() => world.phases()?.consent?.level === 'announce', 'everybody is told');
  await world.command('stop');
  await world.scribeLeft();
  expect(world.phases()?.consent).toBeUndefined();
});

test('an extern who comes in mid-meeting has everybody asked, and the room is told why, once', async () => {
  Object.assign(world, { level: 'announce', externLevel: 'ask' });
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  await keeps(one, [ALICE, BOB]);
  await utter(one, ALICE, 'before');
  await one.parent.members([...both, CAROL]);
  await keeps(one, []);
  await utter(one, ALICE, 'unasked');
  await world.until(() => world.notices().includes('consent_externs'), 'the room is told');
  await world.until(
    () =>
      world.home.matrix.sent.some(({ content }) => {
        const text = String((content as { body?: unknown }).body);
        return text.includes('external participant') && text.includes('Only those who');
      }),
    'the message of the meeting asks, and says why',
  );
  expect(world.phases()?.consent).toMatchObject({ level: 'ask', for_externs: true });
  await answer(ALICE, 'yes');
  await keeps(one, [ALICE]);
  await utter(one, ALICE, 'asked');
  // That she has gone takes nobody's answer away.
  await one.parent.members(both);
  await world.command('stop');
  await world.scribeLeft();
  expect(world.notices().filter((code) => code === 'consent_externs')).toHaveLength(1);
  const transcript = world.blocks().find((block) => block.kind === 'transcript');
  const lines = (transcript as { lines: { user_id: string; text: string }[] }).lines;
  // What she said before anybody was asked, and since she agreed.
  expect(lines.map(({ user_id: userId, text }) => [userId, text.split('budget').length - 1])).toEqual([[ALICE, 2]]);
  expect(JSON.stringify(transcript)).not.toContain(CAROL.userId);
  // Bob never agreed either, but was kept before anybody was asked.
  expect(transcript).toMatchObject({ not_kept: 1 });
});

test('only those who agreed are in the transcript, which says how many are not', async () => {
  await answer(ALICE, 'yes');
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  expect(one.kept().transcription).toEqual([ALICE]);
  await world.until(() => world.phases()?.consent?.agreed[ALICE], 'everybody sees who is kept');
  await world.until(() => saysSomewhere('✋ Only those who agree'), 'the room is asked');
  await utter(one, ALICE, 'a');
  // Whatever a child hands over all the same is not kept.
  await utter(one, BOB, 'b');
  await one.parent.unheard({
    id: 'g',
    userId: BOB,
    reason: 'keys_missing',
    startMs: Date.now(),
    endMs: Date.now() + 50,
  });
  await world.command('stop');
  await world.scribeLeft();
  const transcript = world.blocks().find((block) => block.kind === 'transcript');
  expect(transcript).toMatchObject({ not_kept: 1, gaps: [], lines: [{ user_id: ALICE }] });
  expect(JSON.stringify(transcript)).toContain(ALICE);
  expect(JSON.stringify(transcript)).not.toContain(BOB);
  expect(saysSomewhere('1 person did not agree to be transcribed')).toBe(true);
});

test.each(['no', 'yes, later', undefined])(
  'where nobody agreed while it ran (%s), nothing is posted, and the room reads why',
  async (said) => {
    await world.command('start');
    await world.command('start', 'recording');
    await world.recordingOn();
    const one = await world.listening();
    await one.parent.members(both);
    await world.until(() => saysSomewhere('0 agreed, 2 did not'), 'the room sees so far');
    if (said === 'no') await answer(ALICE, 'no');
    await one.parent.chunk('picture', Buffer.from('empty places'));
    await utter(one, ALICE, 'a');
    await world.command('stop');
    await world.command('stop', 'recording');
    await world.until(() => world.child()?.inCall() !== true, 'it has ended');
    if (said === 'yes, later') await answer(ALICE, 'yes');
    await world.scribeLeft();
    expect(world.kinds().filter((kind) => kind !== 'meeting')).toEqual(['notice', 'notice']);
    expect(world.notices().sort()).toEqual(['recording_not_agreed', 'transcription_not_agreed']);
    expect(world.home.uploads).toEqual([]);
  },
);

test('what somebody agreed to comes back although the room forgets its meetings before it can be posted', async () => {
  world.ffmpeg('exit 1');
  await world.restart({ retriesEveryMs: 50 });
  await answer(ALICE, 'yes');
  await world.command('start', 'recording');
  await world.recordingOn();
  const one = await world.drawing();
  await one.parent.members(both);
  await one.parent.chunk('picture', Buffer.from('film'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  const kept = createKeptRuns(world.database.$extendTables<ScribeTables>());
  await world.until(async () => (await kept.list(ROOM)).length > 0, 'it is kept');
  world.meeting = undefined;
  await world.consent.artefacts.deleteBefore(ROOM, Date.now() + 1);
  world.ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
  await kept.retry(ROOM);
  await world.until(() => world.kinds().includes('recording'), 'the recording');
  await world.scribeLeft();
  expect(world.notices()).not.toContain('recording_not_agreed');
  await world.until(async () => (await kept.meetings(['meeting'])).length === 0, 'nothing of it is left');
  await world.consent.artefacts.deleteBefore(ROOM, Date.now() + 1);
  expect(await world.consent.artefacts.rooms()).toEqual([]);
});

test('what was kept before anybody was asked comes back although nobody agreed', async () => {
  Object.assign(world, { level: 'announce', externLevel: 'ask' });
  await world.command('start', 'recording');
  await world.recordingOn();
  const one = await world.drawing();
  await one.parent.members(both);
  await one.parent.chunk('picture', Buffer.from('film'));
  const atMs = Date.now();
  await one.parent.unheard({ id: 'g', userId: BOB, reason: 'track_lost', startMs: atMs, endMs: atMs + 50 });
  await sleep(60);
  await one.parent.members([...both, CAROL]);
  await keeps(one, []);
  await world.command('stop', 'recording');
  await world.scribeLeft();
  const recording = world.blocks().find((block) => block.kind === 'recording');
  // Of Carol alone nothing is in it.
  expect(recording).toMatchObject({ not_kept: 1, gaps: [{ reason: 'track_lost' }] });
});

test('a recording that ended before anybody was asked says of nobody that they are not in it, however late it comes', async () => {
  Object.assign(world, { level: 'announce', externLevel: 'ask' });
  await world.command('start', 'recording');
  await world.command('start');
  await world.recordingOn();
  const one = await world.listening();
  await one.parent.members(both);
  await one.parent.chunk('picture', Buffer.from('film'));
  await utter(one, ALICE, 'a');
  world.home.refuseUploads = 500;
  await world.command('stop', 'recording');
  await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'it waits');
  await one.parent.members([...both, CAROL]);
  await keeps(one, []);
  world.home.refuseUploads = undefined;
  await world.command('stop');
  await world.scribeLeft();
  expect(world.blocks().find((block) => block.kind === 'recording')).toMatchObject({ not_kept: 0 });
  const transcript = world.blocks().find((block) => block.kind === 'transcript' && block.format === 'text');
  expect(transcript).toMatchObject({ not_kept: 1 });
});

test('captions and gaps of a recording are of those who agreed to be recorded, those of a transcript of others', async () => {
  await answer(ALICE, 'yes');
  const transcription = {
    purposes: ['transcription'] as const,
    answer: 'yes',
    how: 'dialog',
    language: 'en',
    textVersion: CONSENT_TEXT_VERSION,
  } as const;
  await world.consent.answer({ roomId: ROOM, userId: BOB, ...transcription });
  await world.command('start', 'recording');
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  await one.parent.chunk('picture', Buffer.from('film'));
  await utter(one, ALICE, 'a');
  await utter(one, BOB, 'b');
  const atMs = Date.now();
  await one.parent.unheard({ id: 'g', userId: BOB, reason: 'track_lost', startMs: atMs, endMs: atMs + 50 });
  await sleep(60);
  await world.command('stop', 'recording');
  await world.command('stop');
  await world.scribeLeft();
  const captions = world.home.uploads.map(String).filter((text) => text.startsWith('WEBVTT'));
  const ofFilm = captions.filter((text) => !text.includes('Bob'));
  expect(captions).toHaveLength(2);
  expect(ofFilm).toHaveLength(1);
  expect(ofFilm[0]).toContain('Alice');
  expect(world.blocks().find((block) => block.kind === 'recording')?.gaps).toEqual([]);
  // The captions of the film are a file of the same kind.
  const transcript = world.blocks().find((block) => block.kind === 'transcript' && block.format === 'text');
  expect(transcript).toMatchObject({ gaps: [{ reason: 'track_lost' }] });
});

test('captions of a recording hold what people said while they agreed to be in it', async () => {
  const only = {
    purposes: ['transcription'],
    how: 'dialog',
    language: 'en',
    textVersion: CONSENT_TEXT_VERSION,
  } as const;
  await answer(ALICE, 'yes');
  await world.consent.answer({ ...only, roomId: ROOM, userId: BOB, answer: 'yes' });
  await world.command('start', 'recording');
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  await one.parent.chunk('picture', Buffer.from('film'));
  const speakBoth = async (when: string): Promise<void> => {
    await sleep(20);
    for (const userId of [ALICE, BOB]) {
      const startMs = Date.now();
      await one.parent.utterance({
        id: `${when} ${userId}`,
        userId,
        startMs,
        endMs: startMs + 10,
        pcm: PCM,
        leadMs: 0,
      });
    }
    await sleep(20);
  };
  await speakBoth('first');
  await world.consent.answer({ ...only, purposes: ['recording'], roomId: ROOM, userId: ALICE, answer: 'no' });
  await world.consent.answer({ ...only, purposes: ['recording'], roomId: ROOM, userId: BOB, answer: 'yes' });
  await speakBoth('second');
  await world.command('stop', 'recording');
  await world.command('stop');
  await world.scribeLeft();
  const captions = world.home.uploads.map(String).filter((text) => text.startsWith('WEBVTT'));
  const said = (text: string) => ['Alice', 'Bob'].map((name) => text.split(`<v ${name}`).length - 1);
  expect(captions.map(said).toSorted()).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test('a yes and its withdrawal count at once, and the message in the room is brought up to date', async () => {
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  expect(one.kept().transcription).toEqual([]);
  await answer(BOB, 'yes');
  await keeps(one, [BOB]);
  const edits = () =>
    world.home.matrix.sent.flatMap(({ content }) => {
      const { 'm.new_content': edit } = content as Record<string, { body?: unknown } | undefined>;
      return edit === undefined ? [] : [String(edit.body)];
    });
  await world.until(() => edits().some((text) => text.includes('1 agreed, 1 did not')), 'the room is told');
  expect(world.meetingEdits().map(({ consent }) => consent)).toContainEqual({
    agreed: 1,
    others: 1,
    asked_ms: expect.any(Number),
  });
  await answer(BOB, 'no');
  await keeps(one, []);
  await utter(one, BOB, 'late');
  await world.command('stop');
  await world.scribeLeft();
  expect(world.blocks().find((block) => block.kind === 'transcript')).toMatchObject({ not_kept: 1, lines: [] });
});

test('what the room reads of agreements follows them to and fro, over restarts', async () => {
  const told = (): string | undefined =>
    world.home.matrix.sent
      .map(({ content }) => /\d+ agreed, \d+ did not/.exec(String((content as { body?: unknown }).body))?.[0])
      .findLast((found) => found !== undefined);
  const reads = (text: string) => world.until(() => told() === text, text);
  await answer(ALICE, 'yes');
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  await answer(BOB, 'yes');
  await reads('2 agreed, 0 did not');
  await answer(BOB, 'no');
  await reads('1 agreed, 1 did not');
  await answer(BOB, 'yes');
  await reads('2 agreed, 0 did not');
  await world.restart();
  await (await world.listening()).parent.members(both);
  await answer(BOB, 'no');
  await reads('1 agreed, 1 did not');
  await answer(BOB, 'yes');
  await reads('2 agreed, 0 did not');
});

test('another child keeps nobody before it was told whom', async () => {
  await answer(ALICE, 'yes');
  await world.command('start');
  const one = await world.listening();
  one.die();
  const two = await world.until(
    () => (world.child() !== one && world.child()?.listening() === true ? world.child() : undefined),
    'another',
  );
  expect(two.kept().transcription).toEqual([ALICE]);
});

test('another bridge goes by the answers that were written down', async () => {
  await answer(ALICE, 'yes');
  await world.command('start');
  await world.listening();
  await world.restart();
  const two = await world.listening();
  expect(two.kept().transcription).toEqual([ALICE]);
});

test('a child that does not take a withdrawal is replaced', async () => {
  await answer(ALICE, 'yes');
  await world.command('start');
  const one = await world.listening();
  await one.parent.members(both);
  world.children.failing.add('keep');
  await answer(ALICE, 'no');
  await world.until(() => !one.alive(), 'it is ended');
  world.children.failing.clear();
  const two = await world.until(
    () => (world.child() !== one && world.child()?.listening() === true ? world.child() : undefined),
    'another',
  );
  expect(two.kept().transcription).toEqual([]);
});
