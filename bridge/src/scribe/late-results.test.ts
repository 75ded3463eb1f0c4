import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { emptyDatabase } from '../storage/test-database.ts';
import { createDeletionStore } from './deletion-store.ts';
import { createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';
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

/** However far its results have come by then, they have waited for long. */
const later = (): void => {
  world.aheadMs += 10_000;
};

/** A meeting is recorded and transcribed while every engine is away, and the recording is stopped. */
async function filmWithoutText(): Promise<void> {
  world.speechAway = true;
  await world.command('start', 'recording');
  await world.command('start');
  const one = await world.listening();
  await one.parent.chunk('picture', Buffer.from('film'));
  await world.speak(one);
  await world.until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
  await world.command('stop', 'recording');
}

/** Which results the meeting's message announced, edit by edit. */
const preparing = () => world.meetingEdits().map((block) => (block.preparing ?? []).map(({ what }) => what));

test('engines that stay away: the room is told and free for its next meeting, and the text comes when one is back', async () => {
  world.speechAway = true;
  await world.command('start');
  await world.speak(await world.listening());
  await world.until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
  world.aheadMs = 31_000;
  await world.until(() => world.notices().includes('speech_away'), 'a word about it');
  await world.command('stop');
  await world.until(() => world.phases()?.transcription.phase === 'off', 'off');
  await world.until(
    () => preparing().at(-1)?.join() === 'transcription',
    'the room is told that there will be a transcript',
  );
  await world.until(() => {
    later();
    return world.lines.some((line) => line.includes('posting is tried again'));
  }, 'the results wait');
  world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
  await world.command('start').catch(() => world.command('start'));
  expect(world.blocks().filter(({ kind }) => kind === 'transcript')).toEqual([]);
  world.speechAway = false;
  const [text] = await world.until(() => {
    const found = world.blocks().filter((block) => block.kind === 'transcript');
    return found.length >= 3 ? found : undefined;
  }, 'a transcript after all');
  expect(text?.gaps).toEqual([]);
  expect(text?.provenance).toEqual([{ model: 'base', version: '1.0', place: 'loopback', operator: 'us', lines: 1 }]);
  expect(world.notices()).toEqual(['speech_away']);
  await world.until(() => preparing().at(-1)?.length === 0, 'nothing is awaited any more');
});

test('a recording does not wait for the text of its captions: they come when an engine is back, and name it', async () => {
  await filmWithoutText();
  await world.command('stop');
  const film = await world.until(() => {
    later();
    return world.posted().find(({ block }) => block.kind === 'recording');
  }, 'the film');
  expect(film.block).not.toHaveProperty('captions_event_id');
  await world.until(() => preparing().at(-1)?.join() === 'transcription', 'only the transcript is awaited');
  // Whoever takes over knows that the film is posted.
  world.ffmpeg('exit 1');
  await world.restart();
  expect(world.kinds()).not.toContain('transcript vtt');
  world.speechAway = false;
  await world.scribeLeft();
  const files = world.blocks().filter((block) => block.kind === 'transcript' && block.format === 'vtt');
  expect(files.filter((block) => 'recording_event_id' in block)).toEqual([
    expect.objectContaining({ recording_event_id: film.eventId }),
  ]);
  expect(files).toHaveLength(2);
  expect(world.kinds().filter((kind) => kind === 'recording')).toHaveLength(1);
  expect(world.home.uploads.map(String).filter((text) => text.startsWith('WEBVTT'))).toEqual(
    Array(2).fill(expect.stringContaining('the budget of the building')),
  );
});

test('whoever takes over does not announce a film that is posted', async () => {
  await filmWithoutText();
  await world.until(() => {
    later();
    return world.kinds().includes('recording');
  }, 'the film');
  await world.until(() => preparing().at(-1)?.length === 0, 'nothing is announced');
  const told = preparing().length;
  await world.restart();
  await world.listening();
  await world.command('stop');
  await world.until(() => preparing().length > told, 'the transcript is announced');
  world.speechAway = false;
  await world.scribeLeft();
  expect(preparing().slice(told).flat()).not.toContain('recording');
});

test('engines that never come back: after hours what is missing is named', async () => {
  world.speechAway = true;
  await world.command('start');
  await world.speak(await world.listening());
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
  world.aheadMs = 7 * 3_600_000;
  await world.until(() => {
    later();
    return world.notices().includes('speech_unavailable');
  }, 'a word about it');
  await world.scribeLeft();
  const [text] = world.blocks().filter((block) => block.kind === 'transcript');
  expect(text?.gaps.map(({ reason }) => reason)).toContain('speech_unavailable');
  expect(text?.model).toBe('base');
});

test('uploads that fail for long are told once and hold up nobody; when they work, everything is posted', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  world.home.refuseUploads = 500;
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
  world.aheadMs = 11 * 60_000;
  const delays = () => world.blocks().filter((block) => block.kind === 'notice' && block.code === 'results_delayed');
  await world.until(() => delays().length > 0, 'a word about the delay');
  world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
  await world.command('start').catch(() => world.command('start'));
  await world.speak(await world.listening());
  world.home.refuseUploads = undefined;
  await world.until(() => world.kinds().includes('minutes'), 'late results');
  expect(world.phases()?.transcription.phase).toBe('on');
  expect(world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE)).toBe('join');
  await world.command('stop');
  await world.scribeLeft();
  const meetings = world.blocks().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
  expect(meetings).toEqual(['meeting', 'next']);
  expect(delays()).toHaveLength(1);
});

test('the room is told within half a minute that results are late, though the next attempt is far off', async () => {
  await world.restart({ pausesMs: [600_000] });
  await world.command('start');
  await world.speak(await world.listening());
  world.home.refuseUploads = 500;
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
  // Ten seconds have gone by, then thirty.
  world.aheadMs = 10_000;
  await sleep(1_500);
  expect(world.notices()).toEqual([]);
  world.aheadMs = 30_000;
  await world.until(() => world.notices().includes('results_delayed'), 'a word about the delay');
});

test('late results and the meeting that runs: a restart with both posts both before the scribe leaves', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  world.home.refuseUploads = 500;
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
  world.aheadMs = 11 * 60_000;
  await world.until(() => world.notices().includes('results_delayed'), 'a word about the delay');
  world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
  await world.command('start').catch(() => world.command('start'));
  await world.speak(await world.listening());
  await world.scribe.close();
  world.home.refuseUploads = undefined;
  await world.restart();
  await world.speak(await world.listening());
  await world.command('stop');
  await world.scribeLeft();
  const meetings = world.blocks().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
  expect(meetings.toSorted()).toEqual(['meeting', 'next']);
  expect(world.notices()).toEqual(['results_delayed']);
  const sent = JSON.stringify(world.home.matrix.sent);
  for (const id of meetings) expect(sent).toContain(`"kind":"meeting","meeting_id":"${id}","state":"ended"`);
});

describe('what could not be posted', () => {
  const kept = () => createKeptRuns(world.database.$extendTables<ScribeTables>());
  beforeEach(async () => {
    world.ffmpeg('exit 1');
    await world.restart({ retriesEveryMs: 50 });
    await world.command('start', 'recording');
    const one = await world.drawing();
    await world.recordingOn();
    await one.parent.chunk('picture', Buffer.from('film'));
    await world.command('stop', 'recording');
    await world.scribeLeft();
    const closed = async () => (await kept().list(ROOM)).length > 0;
    await world.until(closed, 'it is kept');
    world.meeting = undefined;
  });

  test('is listed, and posted by the bridge that runs once an administrator says so', async () => {
    expect(await kept().list(undefined)).toEqual([expect.objectContaining({ roomId: ROOM, what: 'recording' })]);
    expect([await kept().retry('!other:hs'), await kept().retry(ROOM)]).toEqual([0, 1]);
    await world.until(async () => (await kept().list(ROOM)).length === 0, 'it is taken up');
    // As broken as before: kept again, and nothing said twice.
    await world.until(async () => (await kept().list(ROOM)).length > 0, 'it is kept again');
    world.ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
    await kept().retry(ROOM);
    await world.until(() => world.kinds().includes('recording'), 'the recording');
    await world.scribeLeft();
    expect(world.home.uploads.map(String)).toEqual(['film']);
    expect(world.notices()).toEqual(['recording_failed']);
    await world.until(() => readdirSync(join(world.dir, 'recordings')).length === 0, 'nothing is left');
    expect([await kept().list(undefined), await kept().retry(ROOM)]).toEqual([[], 0]);
  });

  test('waits while something of its meeting is being deleted, which looks at files only once', async () => {
    const deletions = createDeletionStore(world.database.$extendTables<ScribeTables>());
    const minutes = {
      eventId: '$minutes',
      meetingId: 'meeting',
      kind: 'minutes',
      jobId: undefined,
      userId: undefined,
    } as const;
    await deletions.add({ ...minutes, id: '$redaction', roomId: ROOM, createdMs: Date.now() });
    await kept().retry(ROOM);
    const { rows } = await sql<{ id: string }>`select id from scribe_run`.execute(world.database);
    expect([await kept().retried(), await kept().reopen(rows[0]?.id ?? '')]).toEqual([[], false]);
    expect(await kept().list(ROOM)).toEqual([expect.objectContaining({ retried: true })]);
    world.ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
    await deletions.remove('$redaction');
    await world.until(() => world.kinds().includes('recording'), 'the recording');
  });

  test('has the scribe in the room while it is taken up, and for no longer where it is gone meanwhile', async () => {
    const { client } = world.home;
    const request = client.request.bind(client);
    const [entered, gone] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    Object.assign(client, {
      request: async (...asked: Parameters<typeof request>) => {
        const answer = await request(...asked);
        if (!asked[1].endsWith('/join')) return answer;
        entered.resolve(undefined);
        await gone.promise;
        return answer;
      },
    });
    await kept().retry(ROOM);
    await entered.promise;
    await world.scribe.leaveIfIdle(ROOM);
    const meanwhile = world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE);
    await sql`delete from scribe_run`.execute(world.database);
    gone.resolve(undefined);
    await world.scribeLeft();
    expect(meanwhile).toBe('join');
  });

  test('is posted by the next bridge when none ran', async () => {
    await world.scribe.close();
    await kept().retry(ROOM);
    expect(await kept().list(ROOM)).toEqual([expect.objectContaining({ retried: true })]);
    world.ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
    await world.restart();
    await world.until(() => world.kinds().includes('recording'), 'the recording');
  });
});

test('the bridge ends in order while a transcript waits for a speech engine that is away', async () => {
  world.speechAway = true;
  await world.command('start');
  await world.speak(await world.listening());
  await world.command('stop');
  await world.until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
  const closed = world.scribe.close().then(() => 'closed');
  await expect(Promise.race([closed, sleep(5_000, 'late', { ref: false })])).resolves.toBe('closed');
});
