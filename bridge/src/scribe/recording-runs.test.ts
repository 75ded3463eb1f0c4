import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { KEPT_BLOCK, keptSchema } from '@palabre/protocol';
import { openKept } from '../downloads/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, PCM, RECORDING, ROOM, SCRIBE, WATCHER, type FakeWorld } from './fake-world.ts';

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

test('a recording is put together from what every recorder captured, with the time between named', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('before '));
  await one.parent.recorderLost('browser_gone');
  const past = () => world.metadata.map(({ recording }) => recording.phase).join();
  await world.until(() => /on,starting,on$/.test(past()), 'a new recorder');
  await (await world.drawing()).parent.chunk('picture', Buffer.from('after'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(world.home.uploads.map(String)).toEqual(['before after']);
  const recording = world.blocks().find((block) => block.kind === 'recording');
  expect(recording?.gaps.map(({ reason }) => reason)).toEqual(['recorder_restarted']);
  await world.until(() => readdirSync(join(world.dir, 'recordings')).length === 0, 'nothing is left');
});

test('a recorder that keeps dying is given up, however long it has been good before', async () => {
  await world.command('start', 'recording');
  await world.drawing();
  world.aheadMs = 10 * 60_000;
  const timesOn = () => world.metadata.filter(({ recording }) => recording.phase === 'on').length;
  for (let losses = 0; losses < 5; losses += 1) {
    await world.until(() => timesOn() > losses, 'on');
    await (await world.drawing()).parent.recorderLost('browser_gone');
  }
  await world.until(() => world.phases()?.recording.phase === 'failed', 'failed');
  await world.scribeLeft();
  expect(world.notices()).toContain('recorder_failed');
});

test('paused: nothing is kept, everybody sees it; resumed by another recorder, and the film lacks the pause', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('before '));
  await world.command('pause', 'recording');
  expect(world.phases()?.recording.phase).toBe('paused');
  expect([world.scribe.keeps(ROOM), world.scribe.pauses(ROOM)]).toEqual([['recording'], ['recording']]);
  await world.until(() => world.phases()?.recording.elapsed_ms !== undefined, 'told how much there is');
  expect(one.recording()).toBe(false);
  await one.parent.chunk('picture', Buffer.from('SECRET '));
  await expect(world.command('pause', 'recording')).rejects.toThrow('The recording is already paused.');
  await sleep(300);
  const { elapsed_ms: elapsedMs } = world.phases()?.recording ?? {};
  await world.command('resume', 'recording');
  expect(
    world.metadata.find(({ recording }) => recording.phase === 'starting' && recording.elapsed_ms !== undefined),
  ).toMatchObject({
    recording: { elapsed_ms: elapsedMs },
  });
  await world.recordingOn();
  expect(world.phases()?.recording.elapsed_ms).toBeUndefined();
  await expect(world.command('resume', 'recording')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await one.parent.chunk('picture', Buffer.from('after'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(world.home.uploads.map(String)).toContain('before after');
  const recording = world.blocks().find((block) => block.kind === 'recording');
  expect(recording?.gaps).toEqual([]);
  expect(recording?.pauses?.[0]?.duration_ms).toBeGreaterThanOrEqual(250);
  const texts = world.home.matrix.sent.map(({ content }) => (content as { body: string }).body);
  expect(texts.some((text) => text.startsWith('* ⏸'))).toBe(true);
  const told = world.meetingEdits();
  expect(told.find((block) => block.recording?.phase === 'paused')?.working).toEqual(['recording']);
  expect(told.at(-1)).toMatchObject({ state: 'ended' });
  expect(told.at(-1)?.working).toBeUndefined();
});

test('paused while something else is still starting: nothing is kept of what comes before the recorder has ended', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('before '));
  const [locked, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const lock = world.database.transaction().execute(async (transaction) => {
    await sql`lock table scribe_segment in exclusive mode`.execute(transaction);
    locked.resolve(undefined);
    await release.promise;
  });
  await locked.promise;
  await world.command('start');
  await world.until(() => one.listening(), 'a transcription is being started');
  await world.command('pause', 'recording');
  world.aheadMs = 2_000;
  await one.parent.chunk('picture', Buffer.from('SECRET '));
  await world.command('resume', 'recording');
  await one.parent.chunk('picture', Buffer.from('SECRET '));
  release.resolve(undefined);
  await lock;
  await world.recordingOn();
  expect(one.recorders()).toBe(2);
  await one.parent.chunk('picture', Buffer.from('after'));
  await world.command('stop', 'recording');
  await world.command('stop');
  await world.scribeLeft();
  expect(world.home.uploads.map(String)).toContain('before after');
});

test('the transcript tells who paused and who resumed the recording', async () => {
  await world.command('start');
  await world.until(() => world.phases()?.transcription.phase === 'on', 'transcribed');
  await world.command('start', 'recording');
  await world.recordingOn();
  await world.command('pause', 'recording');
  await world.until(() => world.phases()?.recording.elapsed_ms !== undefined, 'paused');
  await world.command('resume', 'recording');
  await world.recordingOn();
  await world.command('stop', 'recording');
  await world.command('stop');
  await world.scribeLeft();
  const transcript = world.blocks().find((block) => block.kind === 'transcript' && block.format === 'text');
  const marks = transcript?.kind === 'transcript' ? transcript.marks : undefined;
  expect(marks?.map(({ kind, user_id: userId }) => [kind, userId])).toEqual([
    ['recording_started', undefined],
    ['recording_paused', ALICE],
    ['recording_resumed', ALICE],
    ['recording_stopped', undefined],
  ]);
});

test('a command that comes again neither pauses nor resumes a second time', async () => {
  await world.command('start', 'recording');
  await world.recordingOn();
  const by = (action: 'pause' | 'resume', id: string) =>
    world.scribe.command(ROOM, ALICE, { action, what: 'recording' }, id);
  await by('pause', '$pause');
  await by('pause', '$pause');
  await world.command('resume', 'recording');
  await by('pause', '$pause');
  await world.recordingOn();
  await by('pause', '$later');
  await by('resume', '$resume');
  await world.command('pause', 'recording');
  await by('resume', '$resume');
  expect(world.phases()?.recording.phase).toBe('paused');
});

test('a pause outlives a crash, and a paused recording can be stopped', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('before'));
  await world.command('pause', 'recording');
  await world.until(() => world.phases()?.recording.elapsed_ms !== undefined, 'paused');
  await world.restart();
  await world.until(() => world.phases()?.recording.phase === 'paused', 'still paused');
  expect(world.phases()?.recording.elapsed_ms).toBeDefined();
  expect(world.child()?.recording() ?? false).toBe(false);
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(world.home.uploads.map(String)).toContain('before');
  expect(world.blocks().find((block) => block.kind === 'recording')?.gaps).toEqual([]);
});

test('sound alone: no picture is drawn, and what comes back is a sound file', async () => {
  world.ffmpeg('cat sound-*.aac > recording.mp4; echo out_time_us=2000000');
  const recording = { layout: 'audio', captions: false } as const;
  await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
  const one = await world.drawing();
  await world.recordingOn();
  expect(one.asked()).toEqual({ picture: undefined, captions: false });
  await one.parent.chunk('sound', Buffer.from('hello'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(world.home.uploads.map(String)).toContain('hello');
  const message = world.home.matrix.sent.find(({ content }) => (content as { msgtype?: string }).msgtype === 'm.audio');
  expect(message?.content).toMatchObject({
    info: { mimetype: 'audio/mp4' },
    filename: expect.stringMatching(/^recording-\d{4}-\d\d-\d\dT\d{4}Z\.m4a$/),
  });
});

test('how it is to look reaches the recorder, as large as policy says', async () => {
  await world.restart({ recording: { ...RECORDING, height: 480 } });
  const recording = { layout: 'grid', captions: true } as const;
  await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
  const one = await world.drawing();
  expect(one.asked()).toMatchObject({ captions: true, picture: { layout: 'grid', width: 854, height: 480 } });
});

test('longer than policy allows: stopped, said, posted', async () => {
  await world.restart({ recording: { ...RECORDING, maxMinutes: 10 } });
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('film'));
  world.aheadMs = 601_000;
  await one.parent.chunk('picture', Buffer.from(' end'));
  await world.scribeLeft();
  expect(world.notices()).toEqual(['recording_limit']);
  expect(world.home.uploads.map(String)).toContain('film end');
});

test('no capacity: said at once, the scribe does not come in, and a place that gets free can be had', async () => {
  await world.restart({ recording: { ...RECORDING, atOnce: 1 } });
  const other = '!other:hs';
  world.home.matrix.createRoom(other, ALICE).members.set(WATCHER, 'join');
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  const inOther = () => world.scribe.command(other, ALICE, { action: 'start', what: 'recording' });
  await expect(inOther()).rejects.toMatchObject({ code: 'PALABRE_NO_CAPACITY' });
  expect(world.home.matrix.rooms.get(other)?.members.has(SCRIBE)).toBe(false);
  await expect(world.command('start', 'recording')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await one.parent.chunk('picture', Buffer.from('film'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  await inOther();
  await world.drawing();
});

test('larger than the homeserver takes: kept sealed, with a link and the key in the message', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.alloc(1_000_001, 'film'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  const message = world.home.matrix.sent.find(({ content }) => KEPT_BLOCK in (content as object));
  const content = message?.content as Record<string, unknown>;
  expect(content['body']).toContain(`http://messenger/#/room/${encodeURIComponent(ROOM)}/thread/`);
  expect(content['m.relates_to']).toMatchObject({ rel_type: 'm.thread' });
  const kept = keptSchema.parse(content[KEPT_BLOCK]);
  const target = join(world.dir, 'opened.mp4');
  await openKept(world.dir, { content }, target);
  expect(readFileSync(target).equals(Buffer.alloc(1_000_001, 'film'))).toBe(true);
  const { rows } = await sql`select restricted, event_id from download where id = ${kept.id}`.execute(world.database);
  expect(rows).toEqual([{ restricted: false, event_id: `$${message?.txnId ?? ''}` }]);
  expect(world.lines.join()).not.toContain(kept.key);
  // Not before its run has come to its end.
  while (readdirSync(join(world.dir, 'kept')).length > 0) {
    await world.scribe.artefacts.deleteBefore(ROOM, Date.now() + 1_000);
  }
});

test('a recording that ffmpeg cannot use is given up at once, said, and kept', async () => {
  world.ffmpeg(`echo x >> ${join(world.dir, 'tries')}; exit 1`);
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('odd'));
  await world.command('stop', 'recording');
  await world.scribeLeft();
  expect(world.notices()).toEqual(['recording_failed']);
  expect(readFileSync(join(world.dir, 'tries'), 'utf8')).toBe('x\nx\n');
  expect(readdirSync(join(world.dir, 'recordings'))).toHaveLength(1);
});

test('a recorder runs once, though the database does not take its beginning at once', async () => {
  await world.command('start');
  await world.listening();
  const { schema } = world.database;
  await schema.alterTable('scribe_segment').renameTo('away').execute();
  await world.command('start', 'recording');
  await world.until(() => world.lines.some((line) => line.includes('tried again')), 'a failure');
  await schema.alterTable('away').renameTo('scribe_segment').execute();
  await world.recordingOn();
  expect(world.child()?.recorders()).toBe(1);
});

test('a recording that was captured waits for an ffmpeg that is not there any more', async () => {
  await world.command('start', 'recording');
  const one = await world.drawing();
  await world.recordingOn();
  await one.parent.chunk('picture', Buffer.from('captured'));
  world.hasFfmpeg = false;
  world.meeting = undefined;
  await world.restart();
  await world.until(() => world.lines.some((line) => line.includes('posting is tried again')), 'a failure');
  world.hasFfmpeg = true;
  await world.restart();
  await world.scribeLeft();
  expect(world.notices()).toEqual([]);
  expect(world.home.uploads.map(String)).toEqual(['captured']);
});

test('what somebody is saying when the recording ends, and goes on saying, is in its captions', async () => {
  await world.command('start', 'recording');
  await world.command('start', 'transcription');
  await world.recordingOn();
  await world.until(() => world.child()?.listening() === true, 'it listens');
  const one = world.child();
  await one?.parent.chunk('picture', Buffer.from('film'));
  world.children.talks = true;
  const startMs = Date.now();
  await sleep(20);
  await world.command('stop', 'recording');
  await sleep(300);
  expect(world.home.uploads).toEqual([]);
  const endMs = Date.now();
  await one?.parent.members([{ userId: ALICE, deviceId: 'A', name: 'Alice M.' }]);
  await one?.parent.utterance({ id: 'cut', userId: ALICE, startMs, endMs, pcm: PCM, leadMs: 0 });
  await one?.parent.beat({ rssBytes: 0, isAway: false, heardUntilMs: endMs });
  const film = await world.until(() => world.blocks().find(({ kind }) => kind === 'recording'), 'the film');
  expect(film).toHaveProperty('captions_event_id');
  await world.command('stop', 'transcription');
  await world.scribeLeft();
});
