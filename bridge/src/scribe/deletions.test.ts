import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { TRANSCRIPT_CORRECTION, type MinutesFacts } from '@palabre/protocol';
import { sql } from 'kysely';
import { MatrixError, MatrixUnreachable } from '../appservice/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';
import { createKeptRuns, type ScribeTables } from './index.ts';
import { createThreads } from './threads.ts';

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

const room = () => world.home.matrix.rooms.get(ROOM);
const redacted = () => world.home.matrix.redacted;

/** A meeting with a transcript and a recording of the same time, posted. */
async function meeting(): Promise<void> {
  await world.command('start', 'transcription');
  await world.command('start', 'recording');
  await world.until(() => world.child()?.listening() === true && world.child()?.recording() === true, 'it works');
  await world.recordingOn();
  await world.speak();
  await world.child()?.parent.chunk('picture', Buffer.from('a film'));
  await world.command('stop', 'recording');
  await world.command('stop', 'transcription');
  await world.scribeLeft();
}

/** Somebody redacts it, as the homeserver tells us. */
async function redact(eventId: string, sender = ALICE, id = '$redaction'): Promise<void> {
  redacted().add(eventId);
  await tellRedaction(eventId, sender, id);
}
const tellRedaction = (eventId: string, sender = ALICE, id = '$redaction') =>
  world.inbox.deliver({
    type: 'm.room.redaction',
    room_id: ROOM,
    sender,
    event_id: id,
    content: { redacts: eventId },
  });

const deletions = async () => (await sql`select id from scribe_deletion`.execute(world.database)).rows;
const deleted = () => world.until(async () => (await deletions()).length === 0, 'the deletion is over');
const of = (name: string): string[] =>
  world.posted().flatMap(({ eventId, block }) => {
    const kind = block.kind === 'transcript' ? `transcript ${block.format}` : block.kind;
    return kind === name ? [eventId] : [];
  });
const only = (name: string): string => {
  const [eventId, ...others] = of(name);
  if (eventId === undefined || others.length > 0) throw new Error(`not one ${name}: ${String(others.length)}`);
  return eventId;
};
const told = () =>
  world.home.matrix.sent.flatMap(({ asUser, content }) =>
    asUser === undefined ? [String((content as { body?: unknown }).body)] : [],
  );

test('a meeting of which something was posted is listed where it was posted, until it is taken back', async () => {
  const { list } = createThreads(world.database);
  await meeting();
  const [root = ''] = of('meeting');
  const startedMs = (await list(ROOM, undefined, 20))[0]?.startedMs ?? 0;
  // Once, with all its edits.
  expect(await list(ROOM, undefined, 20)).toEqual([{ rootId: root, startedMs }]);
  expect(await list(ROOM, startedMs + 1, 20)).toHaveLength(1);
  expect(await list(ROOM, startedMs, 20)).toEqual([]);
  expect(await list('!other:x', undefined, 20)).toEqual([]);
  await redact(root);
  // Already while it is being deleted.
  expect(await list(ROOM, undefined, 20)).toEqual([]);
  await deleted();
  expect(await list(ROOM, undefined, 20)).toEqual([]);
});

describe('deletion by redaction', () => {
  test('a transcript: its files and the captions of the recording go with it, the rest stays, and the room is told', async () => {
    await meeting();
    await redact(only('transcript text'));
    await deleted();
    expect([...redacted()].sort()).toEqual(
      [only('transcript text'), only('transcript txt'), only('transcript json'), ...of('transcript vtt')].sort(),
    );
    expect(of('transcript vtt')).toHaveLength(2);
    expect(told()).toEqual([expect.stringContaining('The transcript was deleted')]);
    expect(world.home.deletedMedia).toHaveLength(4);
    expect(room()?.members.get(SCRIBE)).toBe('leave');
    expect(world.audit.rows).toEqual([
      expect.objectContaining({
        action: 'transcript.delete',
        means: 'redaction',
        userId: ALICE,
        roomId: ROOM,
        meetingId: 'meeting',
        key: '$redaction',
      }),
    ]);
    expect(world.deleted).toEqual([expect.objectContaining({ kind: 'transcript', meetingId: 'meeting' })]);
  });

  test('a message that was sent, and of which nobody heard, is found and taken back', async () => {
    const request = world.home.client.request.bind(world.home.client);
    let isOver = false;
    Object.assign(world.home.client, {
      request: async (...args: Parameters<typeof request>) => {
        const answer = await request(...args);
        const text = JSON.stringify(args[2]?.body);
        if (isOver || !args[1].includes('/send/') || !text.includes('"kind":"transcript"')) return answer;
        throw new MatrixUnreachable('the answer is lost');
      },
    });
    await world.command('start', 'transcription');
    await world.until(() => world.child()?.listening() === true, 'it works');
    await world.speak();
    await world.command('stop', 'transcription');
    await world.until(() => of('transcript text').length > 0, 'it is in the room');
    await redact(only('meeting'));
    isOver = true;
    await world.restart();
    await deleted();
    await world.scribeLeft();
    expect(of('transcript text').filter((eventId) => !redacted().has(eventId))).toEqual([]);
  });

  describe('a transcript whose words a film is to have as captions', () => {
    /** The film and its captions go where `onCaptions` leads them. */
    async function filmed(onCaptions: () => void): Promise<string> {
      await world.command('start', 'transcription');
      await world.command('start', 'recording');
      await world.until(() => world.child()?.listening() === true && world.child()?.recording() === true, 'it works');
      await world.recordingOn();
      await world.speak();
      await world.child()?.parent.chunk('picture', Buffer.from('a film'));
      // What is asked for a text has it.
      await world.until(async () => (await texts()) === 1, 'its text');
      onCaptions();
      await world.command('stop', 'recording');
      await world.command('stop', 'transcription');
      return world.until(async () => {
        const rows = await sql<{ event_id: string }>`select event_id from publication_event`.execute(world.database);
        return rows.rows.find(({ event_id: id }) => of('transcript text').includes(id))?.event_id;
      }, 'the transcript');
    }
    const texts = async () =>
      (await sql`select id from transcription_utterance where state = 'done'`.execute(world.database)).rows.length;
    const words = () => world.home.uploads.map(String).filter((text) => text.includes('the budget of the building'));
    /** Has sending of captions, unlike the files of the transcript, end like this. */
    function captionsEnd(how: () => Error): { readonly tried: () => number; readonly over: () => void } {
      const request = world.home.client.request.bind(world.home.client);
      let tried = 0;
      let over = false;
      Object.assign(world.home.client, {
        request: (...args: Parameters<typeof request>) => {
          const text = JSON.stringify(args[2]?.body);
          const isCaptions = args[1].includes('/send/') && text.includes('"filename":"recording-');
          if (over || !isCaptions || !text.includes('"format":"vtt"')) return request(...args);
          tried += 1;
          return Promise.reject(how());
        },
      });
      return { tried: () => tried, over: () => (over = true) };
    }

    test('they are not even uploaded when they are on their way', async () => {
      const text = await filmed(() => (world.home.refuseUploads = 500));
      await world.until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
      await redact(text);
      await deleted();
      world.home.refuseUploads = undefined;
      await world.scribeLeft();
      expect(words()).toEqual([]);
      expect(of('transcript vtt')).toEqual([]);
      expect(world.blocks().find(({ kind }) => kind === 'recording')).not.toHaveProperty('captions_event_id');
    });

    test('those that are being sent are taken back as soon as they are there, also by the next process', async () => {
      let captions = { tried: () => 0, over: (): unknown => undefined };
      const text = await filmed(() => (captions = captionsEnd(() => new MatrixUnreachable('away'))));
      await world.until(() => captions.tried() > 0 && of('minutes').length === 1, 'all but the film is posted');
      await redact(text);
      await world.until(async () => (await texts()) === 0, 'the words are forgotten');
      await world.until(() => redacted().has(only('transcript txt')), 'what is posted already does not wait for them');
      await world.restart();
      expect(await deletions()).toHaveLength(1);
      captions.over();
      await deleted();
      await world.scribeLeft();
      expect(of('transcript vtt').filter((eventId) => !redacted().has(eventId))).toEqual([]);
      expect(of('recording')).toHaveLength(1);
      expect(new Set(world.home.deletedMedia).size).toBe(4);
    });

    test('those that were refused are not posted when an administrator has it tried again', async () => {
      await world.restart({ retriesEveryMs: 50 });
      let captions = { tried: () => 0, over: (): unknown => undefined };
      const text = await filmed(() => (captions = captionsEnd(() => new MatrixError(403, 'M_FORBIDDEN'))));
      await world.scribeLeft();
      const kept = createKeptRuns(world.database.$extendTables<ScribeTables>());
      await world.until(async () => (await kept.list(ROOM)).length === 1, 'the film is kept');
      await redact(text);
      await deleted();
      captions.over();
      await kept.retry(ROOM);
      await world.until(() => of('recording').length === 1, 'the film');
      expect(of('transcript vtt').filter((eventId) => !redacted().has(eventId))).toEqual([]);
    });
  });

  test('a recording: its captions go with it, the transcript stays', async () => {
    await meeting();
    await redact(only('recording'));
    await deleted();
    expect(redacted().has(only('transcript text'))).toBe(false);
    expect(redacted().size).toBe(2);
    expect(told()).toEqual([expect.stringContaining(`The recording was deleted by Alice M. (${ALICE}), and`)]);
    expect(world.blocks().filter((block) => block.kind === 'notice')).toEqual([
      expect.objectContaining({
        code: 'deleted',
        meeting_id: 'meeting',
        deleted: 'recording',
        by: { user_id: ALICE, name: 'Alice M.' },
      }),
    ]);
  });

  test('captions of a recording, a notice, an edit: nothing but the event', async () => {
    await meeting();
    const [captions = ''] = of('transcript vtt').filter((eventId) => !redacted().has(eventId));
    const rows = await sql<{ event_id: string }>`select event_id from publication_event pe
      join scribe_job on scribe_job.id = pe.source where kind = 'transcript' and what = 'recording'`.execute(
      world.database,
    );
    const [film = captions] = rows.rows.map((row) => row.event_id);
    await redact(film);
    expect(await deletions()).toEqual([]);
    expect(redacted().size).toBe(1);
    expect(told()).toEqual([]);
  });

  test('minutes: they alone', async () => {
    await meeting();
    await redact(only('minutes'));
    await deleted();
    expect([...redacted()]).toEqual([only('minutes')]);
    expect(told()).toEqual([expect.stringContaining('The minutes were deleted')]);
  });

  test.each([false, true])(
    'the message of the meeting: everything in its thread (encrypted: %s)',
    async (encrypted) => {
      world.encrypted = encrypted;
      await meeting();
      const { sent } = world.home.matrix;
      const root = `$${sent[0]?.txnId ?? ''}`;
      const said = sent.map(({ txnId }) => `$${txnId}`);
      await redact(root);
      await deleted();
      expect([...redacted()].sort()).toEqual(said.sort());
      // Recording, its captions, and the transcript's three files.
      expect([...world.home.deletedMedia].sort()).toEqual(['hs/1', 'hs/2', 'hs/3', 'hs/4', 'hs/5']);
      expect(told()).toEqual([expect.stringContaining('The results of the meeting were deleted')]);
      const { rows } =
        await sql`select event_id from publication_event union all select root_event_id from scribe_thread`.execute(
          world.database,
        );
      expect(rows).toEqual([]);
    },
  );

  /** Minutes of that meeting, as a model's or a moderator's are posted: when the run is over. */
  const laterMinutes = async (): Promise<void> => {
    const { rows } = await sql<{ id: string; run_id: string }>`select id, run_id from scribe_job
      where what = 'transcription'`.execute(world.database);
    const { id = '', run_id: runId = '' } = rows[0] ?? {};
    const facts: MinutesFacts = {
      meeting_id: 'meeting',
      duration_ms: 1,
      participants: [],
      method: 'model',
      decisions: [],
      actions: [],
      questions: [],
      left_out: 0,
      edited: false,
      extract: [],
    };
    const minutes = { id, roomId: ROOM, runId, meetingId: 'meeting', meetingStartedMs: 1, facts };
    await world.scribe.publishMinutes(minutes, new AbortController().signal);
    await world.scribe.leaveIfIdle(ROOM);
  };

  test.each(['minutes', 'meeting'])('minutes that came after the run go with the %s', async (what) => {
    await meeting();
    await laterMinutes();
    const said = of('minutes');
    expect(said).toHaveLength(2);
    await redact(what === 'minutes' ? (said[1] ?? '') : only('meeting'));
    await deleted();
    expect(said.filter((eventId) => redacted().has(eventId))).toEqual(said);
    expect(redacted().has(only('transcript text'))).toBe(what === 'meeting');
  });

  test('the scribe stays until it has taken back everything', async () => {
    await meeting();
    const request = world.home.client.request.bind(world.home.client);
    const held = Promise.withResolvers<undefined>();
    let asked = 0;
    Object.assign(world.home.client, {
      request: async (...args: Parameters<typeof request>) => {
        if (args[1].includes('/redact/') && (asked += 1) === 1) await held.promise;
        return request(...args);
      },
    });
    await redact(only('transcript text'));
    await world.until(() => asked > 0, 'it takes back the first');
    await world.scribe.leaveIfIdle(ROOM);
    expect(room()?.members.get(SCRIBE)).toBe('join');
    held.resolve(undefined);
    await deleted();
    expect(redacted().size).toBe(5);
    expect(room()?.members.get(SCRIBE)).toBe('leave');
  });

  test('the message of a meeting whose captions go on is not said again when they end', async () => {
    await world.command('start', 'captions');
    await world.command('start', 'recording');
    await world.recordingOn();
    const root = await world.until(() => of('meeting')[0], 'the thread');
    await world.until(() => world.scribe.isMeetingMessage(ROOM, root), 'it is known');
    await redact(root);
    await deleted();
    await world.command('stop', 'captions');
    await world.scribeLeft();
    expect(of('meeting')).toHaveLength(1);
  });

  test('older rooms name what is redacted beside the content', async () => {
    await meeting();
    redacted().add(only('minutes'));
    await world.inbox.deliver({ type: 'm.room.redaction', room_id: ROOM, sender: ALICE, redacts: only('minutes') });
    await deleted();
    expect(told()).toHaveLength(1);
  });

  test('what the homeserver did not follow deletes nothing; where the watcher cannot see it, power decides', async () => {
    await meeting();
    await tellRedaction(only('recording'));
    await world.inbox.deliver({
      type: 'm.room.redaction',
      room_id: '!elsewhere:hs',
      sender: ALICE,
      content: { redacts: only('recording') },
    });
    expect(await deletions()).toEqual([]);
    const sent = world.home.matrix.sent.splice(0);
    const [recording] = sent.filter(({ content }) => JSON.stringify(content).includes('"kind":"recording"'));
    await tellRedaction(`$${recording?.txnId ?? ''}`, '@mallory:elsewhere');
    expect(await deletions()).toEqual([]);
    await tellRedaction(`$${recording?.txnId ?? ''}`, ALICE, '$allowed');
    await world.until(() => told().length > 0, 'the room is told');
  });

  test('told again after a crash, it is done once; what was begun is finished by the next process', async () => {
    await meeting();
    const transcript = only('transcript text');
    world.home.matrix.down = true;
    redacted().add(transcript);
    world.home.matrix.down = false;
    const { members } = room() ?? { members: new Map<string, string>() };
    // The homeserver does not let the scribe in for now: a fault, not a refusal.
    const request = world.home.client.request.bind(world.home.client);
    let fails = true;
    Object.assign(world.home.client, {
      request: (...args: Parameters<typeof request>) =>
        fails && args[1].endsWith('/join') ? Promise.reject(new Error('a fault')) : request(...args),
    });
    await tellRedaction(transcript);
    expect(await deletions()).toHaveLength(1);
    await world.restart();
    fails = false;
    await tellRedaction(transcript);
    await deleted();
    expect(redacted().size).toBe(5);
    expect(told()).toHaveLength(1);
    expect(members.get(SCRIBE)).toBe('leave');
  });

  /** A message that somebody wrote in the meeting's thread. */
  const writes = (eventId: string, content: Record<string, unknown>, type = 'm.room.message'): void => {
    const relation = { rel_type: 'm.thread', event_id: only('meeting') };
    room()?.events.set(eventId, { type, sender: '@bob:hs', content: { ...content, 'm.relates_to': relation } });
  };
  const correction = (transcript: string) => ({
    body: 'x',
    [TRANSCRIPT_CORRECTION]: { transcript_event_id: transcript, line_id: '1', what: 'text', text: 'what was said' },
  });

  test.each(['transcript text', 'meeting'])(
    'what people corrected goes with it where the scribe may redact, and nothing else they wrote: the %s',
    async (what) => {
      await meeting();
      writes('$chat', { body: 'thank you' });
      writes('$of-message', correction(only('transcript text')));
      writes('$of-file', correction(only('transcript json')));
      writes('$other', correction('$another-transcript'));
      room()?.redactors.add(SCRIBE);
      await redact(only(what));
      await deleted();
      expect(['$chat', '$of-message', '$of-file', '$other'].filter((eventId) => redacted().has(eventId))).toEqual([
        '$of-message',
        '$of-file',
      ]);
      expect(told()).toEqual([expect.not.stringContaining('Corrections')]);
    },
  );

  test('the room is told of corrections that the scribe may not redact, and of results that remain', async () => {
    await meeting();
    writes('$correction', correction(only('transcript text')));
    await redact(only('transcript text'));
    await deleted();
    expect(redacted().has('$correction')).toBe(false);
    expect(told()).toEqual([
      expect.stringMatching(
        /One correction of the transcript stays in the thread: its author or a moderator can remove it\. What remains of this meeting: the recording and the minutes\. The minutes may quote/,
      ),
    ]);
  });

  test('in encrypted rooms nobody of ours can tell corrections from other messages: the room is told so', async () => {
    world.encrypted = true;
    await meeting();
    const { sent } = world.home.matrix;
    const root = { rel_type: 'm.thread', event_id: `$${sent[0]?.txnId ?? ''}` };
    room()?.events.set('$secret', {
      type: 'm.room.encrypted',
      sender: '@bob:hs',
      content: { ciphertext: 'x', 'm.relates_to': root },
    });
    const rows = await sql<{ event_id: string }>`select event_id from publication_event pe
      join scribe_job on scribe_job.id = pe.source where kind = 'transcript' and what = 'transcription'`.execute(
      world.database,
    );
    await redact(rows.rows[0]?.event_id ?? '');
    await deleted();
    expect(redacted().has('$secret')).toBe(false);
    expect(told()).toEqual([expect.stringContaining('Palabre cannot read what people wrote in the thread')]);
  });

  test('where nobody of ours may invite the scribe, the room is told what is left', async () => {
    await meeting();
    world.home.mayInvite = false;
    await redact(only('transcript text'));
    await deleted();
    expect(redacted().size).toBe(1);
    expect(told()).toEqual([expect.stringMatching(/must remove.*yourself: 4\. What/)]);
  });

  test('a recording that stayed on the server goes with its message', async () => {
    world.uploadLimitBytes = 1;
    await meeting();
    expect(readdirSync(join(world.dir, 'kept'))).toHaveLength(1);
    await redact(only('recording'));
    await deleted();
    expect(readdirSync(join(world.dir, 'kept'))).toEqual([]);
    expect(told()).toEqual([expect.stringContaining('The recording was deleted')]);
  });

  test('what could not be posted is deleted, too', async () => {
    await world.command('start', 'transcription');
    await world.until(() => world.child()?.listening() === true, 'it listens');
    await world.speak();
    world.home.refuseUploads = 400;
    await world.command('stop', 'transcription');
    await world.scribeLeft();
    const kept = async () =>
      (
        await sql`select id from transcription_utterance union all select key from publication union all
        select id from scribe_run where key is not null`.execute(world.database)
      ).rows;
    await world.until(async () => (await kept()).length > 0, 'something is kept');
    await redact(only('transcript text'));
    await deleted();
    expect(await kept()).toEqual([]);
    expect(existsSync(join(world.dir, 'recordings'))).toBe(false);
  });

  test('the message of a meeting that is being recorded: it ends, and nothing comes of it; the next is a new one', async () => {
    await world.command('start', 'recording');
    await world.recordingOn();
    await world.child()?.parent.chunk('picture', Buffer.from('a film'));
    const root = await world.until(() => of('meeting')[0], 'the thread');
    await world.until(() => world.scribe.isMeetingMessage(ROOM, root), 'it is known');
    await redact(root);
    await deleted();
    await world.scribeLeft();
    expect(world.home.uploads).toEqual([]);
    expect(of('recording')).toEqual([]);
    // Once the scribe has left, the run forgets what it had.
    await world.until(() => readdirSync(join(world.dir, 'recordings')).length === 0, 'nothing of it lies there');
    await world.command('start', 'transcription');
    await world.until(() => of('meeting').length === 2, 'a thread of its own');
  });
});
