import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import {
  CONSENT_PURPOSES,
  KEPT_BLOCK,
  keptSchema,
  QUIET_METADATA,
  RESULT_BLOCK,
  resultBlockSchema,
  type ConsentLevel,
  type ResultBlock,
  type RoomMetadata,
  type ScribeCommand,
  type ScribeWork,
} from '@palabre/protocol';
import { consentMigrations, createConsent, createConsentStore, type Consent } from '../consent/index.ts';
import { createFakeInbox, type FakeInbox } from '../appservice/fake-inbox.ts';
import { createDownloads, downloadsMigrations, openKept } from '../downloads/index.ts';
import { createFakeAudit } from '../governance/fake-audit.ts';
import { createSucceeds } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { publishingMigrations } from '../publishing/index.ts';
import { createDatabase, createFolderFiles, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { transcriptionMigrations } from '../transcription/index.ts';
import { createFakeChildren, type FakeChild, type FakeChildren } from './fake-child.ts';
import { createFakeHomeserver, type FakeHomeserver } from './fake-homeserver.ts';
import { createScribe, scribeMigrations, type Scribe, type ScribeMeeting } from './index.ts';
import type { ScribeDeps } from './run-deps.ts';

const ROOM = '!room:hs';
const WATCHER = '@palabre:hs';
const SCRIBE = '@palabre-scribe:hs';
const ALICE = '@alice:hs';
const PCM = Int16Array.from({ length: 16_000 }, (_, i) => (i % 2 === 0 ? 3000 : -3000));

const RULES: ScribeDeps['recording'] = { height: 720, maxMinutes: undefined, maxBytes: undefined, atOnce: undefined };

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(60_000);

let database: Database;
let speech: Server;
let speechAway = false;
let hasFfmpeg = true;
beforeAll(async () => {
  database = await createDatabase(
    await emptyDatabase(),
    {
      scribe: scribeMigrations,
      consent: consentMigrations,
      transcription: transcriptionMigrations,
      publishing: publishingMigrations,
      downloads: downloadsMigrations,
    },
    createFakeOperations().log,
  );
  speech = createServer((request, response) => {
    request.resume().on('end', () => {
      response.statusCode = speechAway ? 503 : 200;
      response.end(JSON.stringify({ text: 'the budget of the building is decided', language: 'en', words: [] }));
    });
  });
  await new Promise<void>((resolve) => speech.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  speech.closeAllConnections();
  speech.close();
  await database.destroy();
});

interface World {
  readonly home: FakeHomeserver;
  readonly inbox: FakeInbox;
  readonly children: FakeChildren;
  readonly metadata: RoomMetadata[];
  readonly lines: string[];
  meeting: ScribeMeeting | undefined;
  /** undefined: the watcher is not in the room. */
  encrypted: boolean | undefined;
  tombstone: { readonly successor: string | undefined } | undefined;
  readonly consent: Consent;
  /** What the administrator set. */
  level: ConsentLevel;
  /** How far the scribe's clock is ahead. */
  aheadMs: number;
  scribe: Scribe;
  startScribe(): Scribe;
}

let world: World;
/** What differs from the usual rules of recordings. */
let rules: Partial<ScribeDeps['recording']> = {};
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'palabre-scribe-test-'));
  const { log, lines } = createFakeOperations();
  const home = await createFakeHomeserver(WATCHER, SCRIBE);
  home.matrix.createRoom(ROOM, ALICE).members.set(WATCHER, 'join');
  const inbox = createFakeInbox(() => Date.now());
  const children = createFakeChildren(() => Date.now());
  const made: Omit<World, 'scribe'> = {
    home,
    inbox,
    children,
    metadata: [],
    lines,
    meeting: { id: 'meeting', livekitRoom: 'lk', startedMs: Date.now() },
    encrypted: false,
    tombstone: undefined,
    aheadMs: 0,
    level: 'announce',
    consent: createConsent({
      store: createConsentStore(database),
      audit: createFakeAudit(),
      rules: {
        get default() {
          return world.level;
        },
      },
      isExtern: () => false,
      currentMeeting: () => world.meeting?.id,
      now: () => Date.now(),
    }),
    startScribe: () =>
      createScribe({
        database,
        client: home.client,
        inbox,
        meetings: {
          current: () => world.meeting,
          people: () => Promise.resolve([{ userId: ALICE, name: 'Alice' }]),
        },
        grantMedia: () => Promise.resolve({ url: 'ws://sfu', jwt: 'jwt' }),
        setMetadata: (_room, change) => {
          world.metadata.push({ ...QUIET_METADATA, ...change });
          return Promise.resolve();
        },
        partners: () => [],
        maySeeCaptions: () => true,
        consent: made.consent,
        isEncrypted: () => Promise.resolve(world.encrypted),
        tombstoneOf: () => Promise.resolve(world.tombstone),
        succeeds: createSucceeds({ client: home.client, watcherUserId: WATCHER, scribeUserId: SCRIBE }),
        places: {
          homeserverUrl: home.url,
          tokenServiceUrl: 'http://api/livekit/jwt',
          recorderUrl: 'http://widget/recorder.html',
          chromium: '/nowhere/chromium',
          ffmpeg: hasFfmpeg ? join(dir, 'ffmpeg') : undefined,
          user: undefined,
          messengerUrl: 'http://messenger',
          filesDir: dir,
          uploadLimitBytes: 1_000_000,
        },
        downloads: createDownloads({
          database,
          client: home.client,
          scribeUserId: SCRIBE,
          files: createFolderFiles(dir),
        }),
        recording: { ...RULES, ...rules },
        speech: [
          {
            kind: 'openai',
            baseUrl: `http://127.0.0.1:${(speech.address() as AddressInfo).port}`,
            apiKey: '',
            model: 'base',
            modelVersion: '1.0',
            operator: 'us',
            captions: true,
            lastResort: false,
          },
        ],
        scribeUserId: SCRIBE,
        watcherUserId: WATCHER,
        audit: createFakeAudit(),
        mayRedact: () => Promise.resolve(false),
        deleteMedia: () => Promise.resolve(),
        deletables: [],
        asToken: 'a secret of the tests',
        language: 'en',
        log,
        now: () => Date.now() + world.aheadMs,
        startChild: children.start,
        pausesMs: [20],
      }),
  };
  world = { ...made, scribe: made.startScribe() };
  await world.scribe.resume();
});
afterEach(async () => {
  speechAway = false;
  hasFfmpeg = true;
  rules = {};
  await world.scribe.close();
  await world.home.close();
  const tables =
    'scribe_run, scribe_thread, scribe_identity, transcription_utterance, publication, consent_answers, consent_meetings';
  await sql.raw(`truncate ${tables} cascade`).execute(database);
  rmSync(dir, { recursive: true });
});

async function until<T>(what: () => T | undefined | false, name: string): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = what();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`still waiting: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const phases = () => world.metadata.at(-1);
const child = (): FakeChild | undefined => world.children.all.findLast(({ alive }) => alive());
const listening = () => until(() => (child()?.listening() === true ? child() : undefined), 'a scribe listens');

async function speak(by: FakeChild, at = Date.now()): Promise<void> {
  await by.parent.members([{ userId: ALICE, deviceId: 'A', name: 'Alice M.' }]);
  const id = `u${at}-${Math.random()}`;
  await by.parent.utterance({ id, userId: ALICE, startMs: at, endMs: at + 1000, pcm: PCM, leadMs: 0 });
}

/** Blocks of everything the scribe posted, edits left out. */
function posted(): ResultBlock[] {
  return world.home.matrix.sent.flatMap(({ content }) => {
    const { [RESULT_BLOCK]: block, 'm.new_content': edit } = content as Record<string, unknown>;
    return edit === undefined && block !== undefined ? [resultBlockSchema.parse(block)] : [];
  });
}
/** How the meeting's message read, edit by edit. */
const meetingEdits = () =>
  world.home.matrix.sent.flatMap(({ content }) => {
    const { 'm.new_content': edit } = content as Record<string, Record<string, unknown> | undefined>;
    const block = resultBlockSchema.safeParse(edit?.[RESULT_BLOCK]).data;
    return block?.kind === 'meeting' ? [block] : [];
  });
/** Which results it announced. */
const preparing = () => meetingEdits().map((block) => (block.preparing ?? []).map(({ what }) => what));
const kinds = () =>
  posted().map((block) => (block.kind === 'transcript' ? `${block.kind} ${block.format}` : block.kind));
const scribeLeft = () =>
  until(() => world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE) === 'leave', 'the scribe leaves');
const command = (action: ScribeCommand['action'], what: ScribeWork = 'transcription') =>
  world.scribe.command(ROOM, ALICE, { action, what });

/** Installs an ffmpeg that does this in its work folder. */
const ffmpeg = (script: string): void => writeFileSync(join(dir, 'ffmpeg'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
const drawing = () => until(() => (child()?.recording() === true ? child() : undefined), 'a scribe records');
const notices = () => posted().flatMap((block) => (block.kind === 'notice' ? [block.code] : []));

describe('scribe', () => {
  test('is invited, listens, posts everything in one thread, leaves and leaves nothing behind', async () => {
    await command('start');
    expect(phases()?.transcription.phase).toBe('starting');
    const one = await listening();
    await until(() => phases()?.transcription.phase === 'on', 'on');
    expect(one.inCall()).toBe(true);
    await speak(one);
    await command('stop');
    await scribeLeft();
    expect(kinds()).toEqual([
      'meeting',
      'transcript text',
      'transcript txt',
      'transcript vtt',
      'transcript json',
      'minutes',
    ]);
    expect(world.metadata.map(({ transcription }) => transcription.phase)).toEqual(
      expect.arrayContaining(['starting', 'on', 'stopping', 'off']),
    );
    expect(phases()?.transcription.phase).toBe('off');
    const root = '$' + (world.home.matrix.sent[0]?.txnId ?? '');
    for (const { content } of world.home.matrix.sent.slice(1)) {
      expect((content as { 'm.relates_to': { event_id: string } })['m.relates_to'].event_id).toBe(root);
    }
    expect(world.home.uploads.map(String).join()).toContain('Alice M.: the budget of the building is decided');
    expect([...world.home.devices]).toEqual(['PALABREPUB']);
    expect(world.children.all.map(({ alive }) => alive())).toEqual([false]);
    expect(world.lines.join()).not.toContain('budget');
  });

  test('wrong commands are refused with words for whoever gave them', async () => {
    await expect(command('stop')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await command('start');
    await expect(command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await listening();
    await command('stop');
    await expect(command('stop')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await scribeLeft();
    world.meeting = undefined;
    await expect(command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  });

  test('captions alone: said once in the room and in the metadata; gone when nobody reads, nothing kept', async () => {
    const captioning = () => until(() => (child()?.captioning() === true ? child() : undefined), 'a scribe captions');
    await command('start', 'captions');
    const one = await captioning();
    await until(() => phases()?.captions.phase === 'on', 'on');
    expect(phases()?.scribe).toBe(SCRIBE);
    expect([one.listening(), one.recording()]).toEqual([false, false]);
    // Everybody may ask for them.
    await command('start', 'captions');
    await one.parent.captionsState({ wanted: true, late: true });
    expect(phases()?.captions).toMatchObject({ phase: 'on', late: true });
    await one.parent.captionsState({ wanted: false, late: false });
    await scribeLeft();
    await command('start', 'captions');
    await (await captioning()).parent.captionsState({ wanted: false, late: false });
    await until(() => world.children.all.every(({ alive }) => !alive()), 'the scribe is gone again');
    expect(notices()).toEqual(['captions_on']);
    expect(kinds()).toEqual(['notice']);
    const { rows } = await sql`select count(*)::int as kept from scribe_segment`.execute(database);
    expect(rows).toEqual([{ kept: 0 }]);
  });

  test('captions end and a transcript goes on, and the other way round', async () => {
    await command('start', 'captions');
    await command('start');
    const one = await listening();
    await until(() => one.captioning(), 'it captions');
    await one.parent.captionsState({ wanted: false, late: false });
    await until(() => phases()?.captions.phase === 'off', 'captions are off');
    expect([one.captioning(), one.listening(), one.inCall()]).toEqual([false, true, true]);
    await command('start', 'captions');
    await until(() => one.captioning(), 'it captions again');
    await command('stop');
    await until(() => kinds().includes('minutes'), 'the transcript is posted');
    expect([one.captioning(), one.inCall()]).toEqual([true, true]);
    await command('stop', 'captions');
    await scribeLeft();
  });

  test('a start that comes again after a crash is not obeyed twice, though it was stopped since', async () => {
    const again = () => world.scribe.command(ROOM, ALICE, { action: 'start', what: 'transcription' }, 'one command');
    await again();
    await listening();
    await again();
    await command('stop');
    await scribeLeft();
    const runs = world.children.all.length;
    await again();
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    await again();
    expect(world.children.all).toHaveLength(runs);
    expect(phases()?.transcription.phase).toBe('off');
  });

  test('the message that opens the thread is the meeting’s, for as long as it runs', async () => {
    await command('start');
    await until(() => kinds().includes('meeting'), 'the thread is opened');
    const root = `$${world.home.matrix.sent[0]?.txnId ?? ''}`;
    // Written down a moment after it was sent.
    while (!(await world.scribe.isMeetingMessage(ROOM, root))) await listening();
    await expect(world.scribe.isMeetingMessage(ROOM, '$other')).resolves.toBe(false);
    world.meeting = undefined;
    await expect(world.scribe.isMeetingMessage(ROOM, root)).resolves.toBe(false);
  });

  test('where the watcher may not invite, the moderator is told to; after the invitation it works', async () => {
    world.home.mayInvite = false;
    await expect(command('start')).rejects.toMatchObject({
      code: 'PALABRE_SCRIBE_ABSENT',
      message: expect.stringContaining(`Invite ${SCRIBE}`) as unknown,
    });
    world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'invite');
    await command('start');
    await listening();
  });

  test('nothing is started in a room that was replaced', async () => {
    world.tombstone = { successor: '!new' };
    await expect(command('start')).rejects.toMatchObject({ code: 'PALABRE_ROOM_REPLACED' });
    expect(world.home.matrix.rooms.get(ROOM)?.members.has(SCRIBE)).toBe(false);
  });

  test('what could not be posted stays sealed until the room would no longer keep it', async () => {
    await command('start');
    await speak(await listening());
    await until(() => kinds().includes('meeting'), 'the thread is opened');
    const room = world.home.matrix.rooms.get(ROOM);
    if (room !== undefined) room.frozen = true;
    await command('stop');
    await scribeLeft();
    const { artefacts } = world.scribe;
    while (!(await artefacts.rooms()).includes(ROOM)) await sleep(10);
    const rows = async () =>
      (await sql`select id from transcription_utterance union all select key from publication`.execute(database)).rows;
    expect(await rows()).not.toEqual([]);
    await artefacts.deleteBefore(ROOM, Date.now() - 3_600_000);
    await artefacts.deleteBefore('!other:hs', Date.now() + 1);
    expect(await rows()).not.toEqual([]);
    await artefacts.deleteBefore(ROOM, Date.now() + 1);
    expect(await rows()).toEqual([]);
    expect(await artefacts.rooms()).toEqual([]);
  });

  describe('consent', () => {
    const BOB = '@bob:hs';
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
      });
    const utter = (by: FakeChild, userId: string, id: string) =>
      by.parent.utterance({ id, userId, startMs: Date.now(), endMs: Date.now() + 1000, pcm: PCM, leadMs: 0 });
    const keeps = (by: FakeChild, people: readonly string[]) =>
      until(() => JSON.stringify(by.kept().transcription) === JSON.stringify(people), `keeps ${people.length}`);
    beforeEach(() => {
      world.level = 'ask';
    });

    test('where nobody is asked, everybody is kept', async () => {
      world.level = 'announce';
      await command('start');
      const one = await listening();
      expect(one.kept()).toEqual({ recording: 'everybody', transcription: 'everybody' });
      await until(() => phases()?.consent?.level === 'announce', 'everybody is told');
      await command('stop');
      await scribeLeft();
      expect(phases()?.consent).toBeUndefined();
    });

    test('only those who agreed are in the transcript, which says how many are not', async () => {
      await answer(ALICE, 'yes');
      await command('start');
      const one = await listening();
      await one.parent.members(both);
      expect(one.kept().transcription).toEqual([ALICE]);
      await until(() => phases()?.consent?.agreed[ALICE], 'everybody sees who is kept');
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
      await command('stop');
      await scribeLeft();
      const transcript = posted().find((block) => block.kind === 'transcript');
      expect(transcript).toMatchObject({ not_kept: 1, gaps: [], lines: [{ user_id: ALICE }] });
      expect(JSON.stringify(transcript)).toContain(ALICE);
      expect(JSON.stringify(transcript)).not.toContain(BOB);
      const texts = world.home.matrix.sent.map(({ content }) => String((content as { body?: unknown }).body));
      expect(texts.some((text) => text.includes('✋ Only those who agree'))).toBe(true);
      expect(texts.some((text) => text.includes('1 person did not agree to be transcribed'))).toBe(true);
    });

    test('captions and gaps of a recording are of those who agreed to be recorded, those of a transcript of others', async () => {
      ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
      await answer(ALICE, 'yes');
      const transcription = {
        purposes: ['transcription'] as const,
        answer: 'yes',
        how: 'dialog',
        language: 'en',
      } as const;
      await world.consent.answer({ roomId: ROOM, userId: BOB, ...transcription });
      await command('start', 'recording');
      await command('start');
      const one = await listening();
      await one.parent.members(both);
      await one.parent.chunk('picture', Buffer.from('film'));
      await utter(one, ALICE, 'a');
      await utter(one, BOB, 'b');
      const atMs = Date.now();
      await one.parent.unheard({ id: 'g', userId: BOB, reason: 'track_lost', startMs: atMs, endMs: atMs + 50 });
      await sleep(60);
      await command('stop', 'recording');
      await command('stop');
      await scribeLeft();
      const captions = world.home.uploads.map(String).filter((text) => text.startsWith('WEBVTT'));
      const ofFilm = captions.filter((text) => !text.includes('Bob'));
      expect(captions).toHaveLength(2);
      expect(ofFilm).toHaveLength(1);
      expect(ofFilm[0]).toContain('Alice');
      expect(posted().find((block) => block.kind === 'recording')?.gaps).toEqual([]);
      // The captions of the film are a file of the same kind.
      const transcript = posted().find((block) => block.kind === 'transcript' && block.format === 'text');
      expect(transcript).toMatchObject({ gaps: [{ reason: 'track_lost' }] });
    });

    test('a yes and its withdrawal count at once, and the message in the room is brought up to date', async () => {
      await command('start');
      const one = await listening();
      await one.parent.members(both);
      expect(one.kept().transcription).toEqual([]);
      await answer(BOB, 'yes');
      await keeps(one, [BOB]);
      const edits = () =>
        world.home.matrix.sent.flatMap(({ content }) => {
          const { 'm.new_content': edit } = content as Record<string, { body?: unknown } | undefined>;
          return edit === undefined ? [] : [String(edit.body)];
        });
      await until(() => edits().some((text) => text.includes('1 agreed, 1 did not')), 'the room is told');
      await answer(BOB, 'no');
      await keeps(one, []);
      await utter(one, BOB, 'late');
      await command('stop');
      await scribeLeft();
      expect(posted().find((block) => block.kind === 'transcript')).toMatchObject({ not_kept: 1, lines: [] });
    });

    test('another child keeps nobody before it was told whom', async () => {
      await answer(ALICE, 'yes');
      await command('start');
      const one = await listening();
      one.die();
      const two = await until(
        () => (child() !== one && child()?.listening() === true ? child() : undefined),
        'another',
      );
      expect(two.kept().transcription).toEqual([ALICE]);
    });

    test('another bridge goes by the answers that were written down', async () => {
      await answer(ALICE, 'yes');
      await command('start');
      await listening();
      await world.scribe.close();
      world.scribe = world.startScribe();
      await world.scribe.resume();
      const two = await listening();
      expect(two.kept().transcription).toEqual([ALICE]);
    });

    test('a child that does not take a withdrawal is replaced', async () => {
      await answer(ALICE, 'yes');
      await command('start');
      const one = await listening();
      await one.parent.members(both);
      world.children.failing.add('keep');
      await answer(ALICE, 'no');
      await until(() => !one.alive(), 'it is ended');
      world.children.failing.clear();
      const two = await until(
        () => (child() !== one && child()?.listening() === true ? child() : undefined),
        'another',
      );
      expect(two.kept().transcription).toEqual([]);
    });
  });

  describe('a room that is upgraded while the scribe works', () => {
    const talk = async () => {
      await command('start');
      await speak(await listening());
    };
    const upgraded = async (predecessor: string | undefined = ROOM, work: () => Promise<void> = talk) => {
      const { matrix } = world.home;
      await work();
      await until(() => kinds().includes('meeting'), 'the thread is opened');
      const successor = matrix.createRoom('!new', ALICE);
      successor.members.set(WATCHER, 'join');
      const create = { room_version: '12', predecessor: { room_id: predecessor } };
      successor.state.set('m.room.create\0', { sender: ALICE, content: create });
      const old = matrix.rooms.get(ROOM);
      if (old !== undefined) old.frozen = true;
      world.tombstone = { successor: '!new' };
      return successor;
    };
    const inSuccessor = () =>
      world.home.matrix.sent.filter(({ roomId }) => roomId === '!new').map(({ content }) => content as object);

    test('posts everything there, in a thread of that room, and leaves both', async () => {
      const successor = await upgraded();
      await world.scribe.meetingEnded(ROOM, 'meeting');
      world.meeting = undefined;
      await until(() => successor.members.get(SCRIBE) === 'join', 'the scribe enters the new room');
      await until(() => kinds().includes('transcript text'), 'a transcript in the new room');
      await until(() => kinds().includes('minutes'), 'minutes in the new room');
      await until(() => successor.members.get(SCRIBE) === 'leave', 'the scribe leaves the new room');
      await scribeLeft();
      expect(inSuccessor().some((content) => 'm.relates_to' in content)).toBe(true);
      const root = '$' + (world.home.matrix.sent.find(({ roomId }) => roomId === '!new')?.txnId ?? '');
      const threads = inSuccessor().flatMap((content) => ('m.relates_to' in content ? [content['m.relates_to']] : []));
      for (const thread of threads) expect(thread).toMatchObject({ event_id: root });
      expect(notices()).toEqual([]);
      const keys = async () => (await sql`select 1 from scribe_run where key is not null`.execute(database)).rows;
      while ((await keys()).length > 0) await sleep(10);
    });

    test('a film that was sealed for the old room, whose key nobody has, does not stay in storage', async () => {
      ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
      await upgraded(ROOM, async () => {
        await command('start', 'recording');
        const one = await drawing();
        await until(() => phases()?.recording.phase === 'on', 'on');
        await one.parent.chunk('picture', Buffer.alloc(1_000_001, 'film'));
      });
      await world.scribe.meetingEnded(ROOM, 'meeting');
      world.meeting = undefined;
      const message = await until(() => inSuccessor().find((content) => KEPT_BLOCK in content), 'told in the new room');
      await scribeLeft();
      const { id } = keptSchema.parse(message[KEPT_BLOCK]);
      const { rows } = await sql`select id, room_id from scribe_kept`.execute(database);
      expect(rows).toEqual([{ id, room_id: '!new' }]);
      expect(readdirSync(join(dir, 'kept'))).toHaveLength(1);
      await sql`delete from scribe_kept`.execute(database);
    });

    test('keeps what it has, and says so there, when nobody lets it in', async () => {
      const successor = await upgraded();
      world.home.mayInvite = false;
      await world.scribe.meetingEnded(ROOM, 'meeting');
      world.meeting = undefined;
      await until(() => notices().includes('results_refused'), 'a notice in the new room');
      expect(successor.members.has(SCRIBE)).toBe(false);
      expect(inSuccessor()).toHaveLength(1);
    });

    test.each(['no predecessor', 'another predecessor', 'nothing that a bot can read'])(
      'keeps what it has, and neither goes nor speaks into a room that names %s',
      async (which) => {
        const successor = await upgraded(which === 'nothing that a bot can read' ? ROOM : '!other:hs');
        if (which === 'no predecessor') successor.state.set('m.room.create\0', { sender: ALICE, content: {} });
        if (which === 'nothing that a bot can read') successor.members.delete(WATCHER);
        await world.scribe.meetingEnded(ROOM, 'meeting');
        world.meeting = undefined;
        await scribeLeft();
        expect(successor.members.has(SCRIBE)).toBe(false);
        expect(inSuccessor()).toEqual([]);
      },
    );
  });

  test('a child that dies is replaced: membership cleared, device removed, gap named', async () => {
    await command('start');
    const first = await listening();
    await speak(first);
    first.die();
    const second = await until(
      () => (child()?.listening() === true && child() !== first ? child() : undefined),
      'successor',
    );
    expect(world.home.cleared).toEqual([first.config()?.deviceId]);
    expect(world.home.devices.has(first.config()?.deviceId ?? '')).toBe(false);
    await speak(second);
    await command('stop');
    await scribeLeft();
    const [text] = posted().filter((block) => block.kind === 'transcript');
    expect(text?.gaps.map(({ reason }) => reason)).toEqual(['scribe_restarted']);
    expect(text?.lines).toHaveLength(1);
    expect(text?.lines?.[0]?.text.match(/budget/g)).toHaveLength(2);
  });

  test('a child that cannot start is tried again, then given up and told', async () => {
    world.children.failing.add('boot');
    await command('start');
    await until(() => phases()?.transcription.phase === 'failed', 'failed');
    expect(world.children.all.length).toBeGreaterThan(2);
    world.children.failing.clear();
    await scribeLeft();
    expect(posted().flatMap((block) => (block.kind === 'notice' ? [block.code] : []))).toContain('scribe_failed');
  });

  test('when the meeting ends everything is stopped and posted', async () => {
    await command('start');
    await speak(await listening());
    await world.scribe.meetingEnded(ROOM, 'another');
    expect(phases()?.transcription.phase).toBe('on');
    world.meeting = undefined;
    await world.scribe.meetingEnded(ROOM, 'meeting');
    await scribeLeft();
    expect(kinds()).toContain('minutes');
    const edits = meetingEdits();
    expect(edits.find(({ preparing }) => preparing !== undefined)).toMatchObject({ state: 'ended' });
    expect(edits.at(-1)?.state).toBe('ended');
    expect(edits.at(-1)?.preparing).toBeUndefined();
  });

  test('the next meeting does not land in the results of the one before', async () => {
    await command('start');
    await speak(await listening());
    world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
    await command('start').catch(() => command('start'));
    await speak(await listening());
    await command('stop');
    await scribeLeft();
    const meetings = posted().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
    expect(meetings).toEqual(['meeting', 'next']);
  });

  test('the bridge dies in mid-call: the successor goes on in the same thread and keeps what was said', async () => {
    await command('start');
    await speak(await listening());
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    const second = await until(
      () => (world.children.all.length === 2 && child()?.listening() === true ? child() : undefined),
      'successor',
    );
    await speak(second);
    await command('stop');
    await scribeLeft();
    expect(kinds()).toEqual([
      'meeting',
      'transcript text',
      'transcript txt',
      'transcript vtt',
      'transcript json',
      'minutes',
    ]);
    const [text] = posted().filter((block) => block.kind === 'transcript');
    expect(text?.gaps).toHaveLength(1);
  });

  test('a command that comes before the successor is ready waits, and no second run is opened', async () => {
    await command('start');
    await listening();
    await world.scribe.close();
    world.scribe = world.startScribe();
    const early = expect(command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await world.scribe.resume();
    await early;
    await listening();
    expect(world.children.all).toHaveLength(2);
    await command('stop');
    await scribeLeft();
  });

  test('the bridge dies while it posts, at any message: everything is posted once', async () => {
    await command('start');
    await speak(await listening());
    await command('stop');
    for (let deaths = 0; deaths < 4; deaths += 1) {
      await until(() => world.home.matrix.sent.length > deaths, 'one more message');
      await world.scribe.close();
      world.scribe = world.startScribe();
      await world.scribe.resume();
    }
    await scribeLeft();
    expect(kinds()).toEqual([
      'meeting',
      'transcript text',
      'transcript txt',
      'transcript vtt',
      'transcript json',
      'minutes',
    ]);
  });

  test('in an encrypted room nothing of the meeting is sent, uploaded or stored in the clear', async () => {
    world.encrypted = true;
    world.home.refuseUploads = 500;
    await command('start');
    await speak(await listening());
    await command('stop');
    await until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
    // Everything is worked out and stored now, and nothing forgotten yet.
    for (const table of ['scribe_run', 'scribe_job', 'transcription_utterance', 'publication']) {
      const { rows } = await sql.raw<{ row: string }>(`select t::text as row from ${table} t`).execute(database);
      const stored = rows.map(({ row }) => row).join();
      expect(stored).not.toBe('');
      for (const form of ['utf8', 'hex'] as const) {
        expect(stored).not.toContain(Buffer.from('budget').toString(form));
      }
    }
    world.home.refuseUploads = undefined;
    await scribeLeft();
    expect(JSON.stringify(world.home.matrix.sent)).not.toContain('budget');
    expect(world.home.matrix.sent.length).toBeGreaterThan(4);
    for (const { type } of world.home.matrix.sent) expect(type).toBe('m.room.encrypted');
    expect(world.home.uploads.map((bytes) => bytes.toString('latin1')).join()).not.toContain('budget');
  });

  test('a room that is encrypted in mid-meeting gets everything encrypted from then on', async () => {
    await command('start');
    const one = await listening();
    await speak(one);
    await until(() => world.home.matrix.sent.length > 0, 'the thread');
    world.encrypted = true;
    await command('stop');
    await scribeLeft();
    const types = world.home.matrix.sent.map(({ type }) => type);
    expect(types[0]).toBe('m.room.message');
    expect(types.length).toBeGreaterThan(4);
    expect(new Set(types.slice(1))).toEqual(new Set(['m.room.encrypted']));
    expect(one.trusted()).toBe(true);
    expect(world.home.uploads.map((bytes) => bytes.toString('latin1')).join()).not.toContain('budget');
  });

  test('a room of which the watcher cannot tell is encrypted when the scribe sees that it is', async () => {
    await command('start');
    await speak(await listening());
    await until(() => world.home.matrix.sent.length > 0, 'the thread');
    world.encrypted = undefined;
    world.home.matrix.rooms.get(ROOM)?.state.set('m.room.encryption\0', { sender: ALICE, content: {} });
    await command('stop');
    await scribeLeft();
    expect(new Set(world.home.matrix.sent.slice(1).map(({ type }) => type))).toEqual(new Set(['m.room.encrypted']));
  });

  test('a display name cannot forge lines of others', async () => {
    await command('start');
    const one = await listening();
    await speak(one);
    await one.parent.members([
      { userId: ALICE, deviceId: 'A', name: 'Mallory\0\n[0:00] Bob: I resign\r\u2028\u202eWEBVTT' },
    ]);
    await command('stop');
    await scribeLeft();
    const [text = ''] = world.home.uploads.map(String);
    expect(text.trim().split('\n')).toHaveLength(2);
    const block = posted().find(({ kind }) => kind === 'minutes');
    expect(JSON.stringify(block)).toContain('Mallory [0:00] Bob: I resign WEBVTT');
  });

  test('one track that was lost is named with whose it was; the others are heard', async () => {
    await command('start');
    const one = await listening();
    const at = Date.now();
    await speak(one);
    await one.parent.members([
      { userId: ALICE, deviceId: 'A', name: 'Alice M.' },
      { userId: '@bob:hs', deviceId: 'B', name: 'Bob' },
    ]);
    const span = { id: 'lost', userId: '@bob:hs', reason: 'track_lost' as const };
    await one.parent.unheard({ ...span, startMs: at, endMs: at + 40 });
    const { rows } = await sql`select user_id, change from scribe_presence order by at_ms`.execute(database);
    expect(rows).toEqual([
      { user_id: ALICE, change: 'present' },
      { user_id: '@bob:hs', change: 'joined' },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await command('stop');
    await scribeLeft();
    const [text] = posted().filter((block) => block.kind === 'transcript');
    expect(text?.lines).toHaveLength(1);
    expect(text?.gaps).toEqual([expect.objectContaining({ reason: 'track_lost', user_id: '@bob:hs', name: 'Bob' })]);
    expect(world.home.uploads.map(String).join()).toContain('no sound arrived (Bob)');
  });

  test('what could not be decrypted is named', async () => {
    await command('start');
    const one = await listening();
    const at = Date.now();
    await speak(one);
    const span = { id: 'one', userId: ALICE, reason: 'keys_missing' as const };
    await one.parent.unheard({ ...span, startMs: at, endMs: at + 20 });
    await one.parent.unheard({ ...span, startMs: at, endMs: at + 40 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await command('stop');
    await scribeLeft();
    const [text] = posted().filter((block) => block.kind === 'transcript');
    expect(text?.gaps).toEqual([expect.objectContaining({ reason: 'keys_missing' })]);
    expect((text?.gaps[0]?.end_ms ?? 0) - (text?.gaps[0]?.start_ms ?? 0)).toBeGreaterThanOrEqual(39);
  });

  test('speech that the database does not take at once is not lost', async () => {
    await command('start');
    const one = await listening();
    const { schema } = database;
    await schema.alterTable('transcription_utterance').renameTo('away').execute();
    const handedOver = speak(one);
    await until(() => world.lines.some((line) => line.includes('an utterance: tried again')), 'a failure');
    await schema.alterTable('away').renameTo('transcription_utterance').execute();
    await handedOver;
    await command('stop');
    await scribeLeft();
    expect(world.home.uploads.map(String).join()).toContain('budget');
  });

  test('engines that stay away: the room is told and free for its next meeting, and the text comes when one is back', async () => {
    speechAway = true;
    await command('start');
    await speak(await listening());
    await until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
    world.aheadMs = 31_000;
    await until(() => notices().includes('speech_away'), 'a word about it');
    await command('stop');
    await until(() => phases()?.transcription.phase === 'off', 'off');
    await until(
      () => preparing().at(-1)?.join() === 'transcription',
      'the room is told that there will be a transcript',
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    world.aheadMs = 90_000;
    await until(() => world.lines.some((line) => line.includes('posting is tried again')), 'the results wait');
    world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
    await command('start').catch(() => command('start'));
    expect(posted().filter(({ kind }) => kind === 'transcript')).toEqual([]);
    speechAway = false;
    const [text] = await until(() => {
      const found = posted().filter((block) => block.kind === 'transcript');
      return found.length >= 3 ? found : undefined;
    }, 'a transcript after all');
    expect(text?.gaps).toEqual([]);
    expect(text?.provenance).toEqual([{ model: 'base', version: '1.0', place: 'loopback', operator: 'us', lines: 1 }]);
    expect(notices()).toEqual(['speech_away']);
    await until(() => preparing().at(-1)?.length === 0, 'nothing is awaited any more');
  });

  test('engines that never come back: after hours what is missing is named', async () => {
    speechAway = true;
    await command('start');
    await speak(await listening());
    await command('stop');
    await until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
    await new Promise((resolve) => setTimeout(resolve, 300));
    world.aheadMs = 7 * 3_600_000;
    await scribeLeft();
    const [text] = posted().filter((block) => block.kind === 'transcript');
    expect(text?.gaps.map(({ reason }) => reason)).toContain('speech_unavailable');
    expect(text?.model).toBe('base');
    expect(notices()).toContain('speech_unavailable');
  });

  test('uploads that fail for long are told once and hold up nobody; when they work, everything is posted', async () => {
    await command('start');
    await speak(await listening());
    world.home.refuseUploads = 500;
    await command('stop');
    await until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
    world.aheadMs = 11 * 60_000;
    const delays = () => posted().filter((block) => block.kind === 'notice' && block.code === 'results_delayed');
    await until(() => delays().length > 0, 'a word about the delay');
    world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
    await command('start').catch(() => command('start'));
    await speak(await listening());
    world.home.refuseUploads = undefined;
    await until(() => kinds().includes('minutes'), 'late results');
    expect(phases()?.transcription.phase).toBe('on');
    expect(world.home.matrix.rooms.get(ROOM)?.members.get(SCRIBE)).toBe('join');
    await command('stop');
    await scribeLeft();
    const meetings = posted().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
    expect(meetings).toEqual(['meeting', 'next']);
    expect(delays()).toHaveLength(1);
  });

  test('late results and the meeting that runs: a restart with both posts both before the scribe leaves', async () => {
    await command('start');
    await speak(await listening());
    world.home.refuseUploads = 500;
    await command('stop');
    await until(() => world.lines.some((line) => line.includes('an upload is tried again')), 'a failure');
    world.aheadMs = 11 * 60_000;
    await until(() => notices().includes('results_delayed'), 'a word about the delay');
    world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
    await command('start').catch(() => command('start'));
    await speak(await listening());
    await world.scribe.close();
    world.home.refuseUploads = undefined;
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    await speak(await listening());
    await command('stop');
    await scribeLeft();
    const meetings = posted().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
    expect(meetings.toSorted()).toEqual(['meeting', 'next']);
    expect(notices()).toEqual(['results_delayed']);
    const sent = JSON.stringify(world.home.matrix.sent);
    for (const id of meetings) expect(sent).toContain(`"kind":"meeting","meeting_id":"${id}","state":"ended"`);
  });

  test('a run that is opened while its meeting ends is closed again', async () => {
    const { meeting } = world;
    let asked = 0;
    // Known when the run is opened, over when it is to be started.
    Object.defineProperty(world, 'meeting', { get: () => ((asked += 1) === 1 ? meeting : undefined) });
    await expect(command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await scribeLeft();
  });

  test('where a run cannot be written down the scribe does not stay', async () => {
    const { schema } = database;
    await schema.alterTable('scribe_run').renameTo('away').execute();
    await expect(command('start')).rejects.toThrow();
    await schema.alterTable('away').renameTo('scribe_run').execute();
    await scribeLeft();
  });

  test('a recording is put together from what every recorder captured, with the time between named', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('before '));
    await one.parent.recorderLost('browser_gone');
    const past = () => world.metadata.map(({ recording }) => recording.phase).join();
    await until(() => /on,starting,on$/.test(past()), 'a new recorder');
    await (await drawing()).parent.chunk('picture', Buffer.from('after'));
    await command('stop', 'recording');
    await scribeLeft();
    expect(world.home.uploads.map(String)).toEqual(['before after']);
    const recording = posted().find((block) => block.kind === 'recording');
    expect(recording?.gaps.map(({ reason }) => reason)).toEqual(['recorder_restarted']);
    await until(() => readdirSync(join(dir, 'recordings')).length === 0, 'nothing is left');
  });

  test('a recorder that keeps dying is given up, however long it has been good before', async () => {
    await command('start', 'recording');
    await drawing();
    world.aheadMs = 10 * 60_000;
    const timesOn = () => world.metadata.filter(({ recording }) => recording.phase === 'on').length;
    for (let losses = 0; losses < 5; losses += 1) {
      await until(() => timesOn() > losses, 'on');
      await (await drawing()).parent.recorderLost('browser_gone');
    }
    await until(() => phases()?.recording.phase === 'failed', 'failed');
    await scribeLeft();
    expect(notices()).toContain('recorder_failed');
  });

  test('paused: nothing is kept, everybody sees it; resumed by another recorder, and the film lacks the pause', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('before '));
    await command('pause', 'recording');
    expect(phases()?.recording.phase).toBe('paused');
    await until(() => phases()?.recording.elapsed_ms !== undefined, 'told how much there is');
    expect(one.recording()).toBe(false);
    await one.parent.chunk('picture', Buffer.from('SECRET '));
    await expect(command('pause', 'recording')).rejects.toThrow('The recording is already paused.');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await command('resume', 'recording');
    await until(() => phases()?.recording.phase === 'on', 'on again');
    await expect(command('resume', 'recording')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await one.parent.chunk('picture', Buffer.from('after'));
    await command('stop', 'recording');
    await scribeLeft();
    expect(world.home.uploads.map(String)).toContain('before after');
    const recording = posted().find((block) => block.kind === 'recording');
    expect(recording?.gaps).toEqual([]);
    expect(recording?.pauses?.[0]?.duration_ms).toBeGreaterThanOrEqual(250);
    const texts = world.home.matrix.sent.map(({ content }) => (content as { body: string }).body);
    expect(texts.some((text) => text.startsWith('* ⏸'))).toBe(true);
  });

  test('paused while something else is still starting: nothing is kept of what comes before the recorder has ended', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('before '));
    const [locked, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const lock = database.transaction().execute(async (transaction) => {
      await sql`lock table scribe_segment in exclusive mode`.execute(transaction);
      locked.resolve(undefined);
      await release.promise;
    });
    await locked.promise;
    await command('start');
    await until(() => one.listening(), 'a transcription is being started');
    await command('pause', 'recording');
    world.aheadMs = 2_000;
    await one.parent.chunk('picture', Buffer.from('SECRET '));
    await command('resume', 'recording');
    await one.parent.chunk('picture', Buffer.from('SECRET '));
    release.resolve(undefined);
    await lock;
    await until(() => phases()?.recording.phase === 'on', 'on again');
    expect(one.recorders()).toBe(2);
    await one.parent.chunk('picture', Buffer.from('after'));
    await command('stop', 'recording');
    await command('stop');
    await scribeLeft();
    expect(world.home.uploads.map(String)).toContain('before after');
  });

  test('a command that comes again neither pauses nor resumes a second time', async () => {
    await command('start', 'recording');
    await until(() => phases()?.recording.phase === 'on', 'on');
    const by = (action: 'pause' | 'resume', id: string) =>
      world.scribe.command(ROOM, ALICE, { action, what: 'recording' }, id);
    await by('pause', '$pause');
    await by('pause', '$pause');
    await command('resume', 'recording');
    await by('pause', '$pause');
    await until(() => phases()?.recording.phase === 'on', 'on again');
    await by('pause', '$later');
    await by('resume', '$resume');
    await command('pause', 'recording');
    await by('resume', '$resume');
    expect(phases()?.recording.phase).toBe('paused');
  });

  test('a pause outlives a crash, and a paused recording can be stopped', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('before'));
    await command('pause', 'recording');
    await until(() => phases()?.recording.elapsed_ms !== undefined, 'paused');
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    await until(() => phases()?.recording.phase === 'paused', 'still paused');
    expect(phases()?.recording.elapsed_ms).toBeDefined();
    expect(child()?.recording() ?? false).toBe(false);
    await command('stop', 'recording');
    await scribeLeft();
    expect(world.home.uploads.map(String)).toContain('before');
    expect(posted().find((block) => block.kind === 'recording')?.gaps).toEqual([]);
  });

  test('sound alone: no picture is drawn, and what comes back is a sound file', async () => {
    ffmpeg('cat sound-*.aac > recording.mp4; echo out_time_us=2000000');
    const recording = { layout: 'audio', captions: false } as const;
    await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    expect(one.asked()).toEqual({ picture: undefined, captions: false });
    await one.parent.chunk('sound', Buffer.from('hello'));
    await command('stop', 'recording');
    await scribeLeft();
    expect(world.home.uploads.map(String)).toContain('hello');
    const message = world.home.matrix.sent.find(
      ({ content }) => (content as { msgtype?: string }).msgtype === 'm.audio',
    );
    expect(message?.content).toMatchObject({ info: { mimetype: 'audio/mp4' }, filename: 'recording.m4a' });
  });

  test('how it is to look reaches the recorder, as large as policy says', async () => {
    rules = { height: 480 };
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    const recording = { layout: 'grid', captions: true } as const;
    await world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording', recording });
    const one = await drawing();
    expect(one.asked()).toMatchObject({ captions: true, picture: { layout: 'grid', width: 854, height: 480 } });
  });

  test('longer than policy allows: stopped, said, posted', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    rules = { maxMinutes: 10 };
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('film'));
    world.aheadMs = 601_000;
    await one.parent.chunk('picture', Buffer.from(' end'));
    await scribeLeft();
    expect(notices()).toEqual(['recording_limit']);
    expect(world.home.uploads.map(String)).toContain('film end');
  });

  test('no capacity: said at once, the scribe does not come in, and a place that gets free can be had', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    rules = { atOnce: 1 };
    await world.scribe.close();
    world.scribe = world.startScribe();
    await world.scribe.resume();
    const other = '!other:hs';
    world.home.matrix.createRoom(other, ALICE).members.set(WATCHER, 'join');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    const inOther = () => world.scribe.command(other, ALICE, { action: 'start', what: 'recording' });
    await expect(inOther()).rejects.toMatchObject({ code: 'PALABRE_NO_CAPACITY' });
    expect(world.home.matrix.rooms.get(other)?.members.has(SCRIBE)).toBe(false);
    await expect(command('start', 'recording')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
    await one.parent.chunk('picture', Buffer.from('film'));
    await command('stop', 'recording');
    await scribeLeft();
    await inOther();
    await drawing();
  });

  test('larger than the homeserver takes: kept sealed, with a link and the key in the message', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=2000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.alloc(1_000_001, 'film'));
    await command('stop', 'recording');
    await scribeLeft();
    const message = world.home.matrix.sent.find(({ content }) => KEPT_BLOCK in (content as object));
    const content = message?.content as Record<string, unknown>;
    expect(content['body']).toContain(`http://messenger/#/room/${encodeURIComponent(ROOM)}/thread/`);
    expect(content['m.relates_to']).toMatchObject({ rel_type: 'm.thread' });
    const kept = keptSchema.parse(content[KEPT_BLOCK]);
    const target = join(dir, 'opened.mp4');
    await openKept(dir, { content }, target);
    expect(readFileSync(target).equals(Buffer.alloc(1_000_001, 'film'))).toBe(true);
    const { rows } = await sql`select restricted, event_id from download where id = ${kept.id}`.execute(database);
    expect(rows).toEqual([{ restricted: false, event_id: `$${message?.txnId ?? ''}` }]);
    expect(world.lines.join()).not.toContain(kept.key);
    // Not before its run has come to its end.
    while (readdirSync(join(dir, 'kept')).length > 0) {
      await world.scribe.artefacts.deleteBefore(ROOM, Date.now() + 1_000);
    }
  });

  test('a recording that ffmpeg cannot use is given up at once, said, and kept', async () => {
    ffmpeg(`echo x >> ${join(dir, 'tries')}; exit 1`);
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('odd'));
    await command('stop', 'recording');
    await scribeLeft();
    expect(notices()).toEqual(['recording_failed']);
    expect(readFileSync(join(dir, 'tries'), 'utf8')).toBe('x\nx\n');
    expect(readdirSync(join(dir, 'recordings'))).toHaveLength(1);
  });

  test('a recorder runs once, though the database does not take its beginning at once', async () => {
    await command('start');
    await listening();
    const { schema } = database;
    await schema.alterTable('scribe_segment').renameTo('away').execute();
    await command('start', 'recording');
    await until(() => world.lines.some((line) => line.includes('tried again')), 'a failure');
    await schema.alterTable('away').renameTo('scribe_segment').execute();
    await until(() => phases()?.recording.phase === 'on', 'on');
    expect(child()?.recorders()).toBe(1);
  });

  test('a recording that was captured waits for an ffmpeg that is not there any more', async () => {
    ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
    await command('start', 'recording');
    const one = await drawing();
    await until(() => phases()?.recording.phase === 'on', 'on');
    await one.parent.chunk('picture', Buffer.from('captured'));
    const restart = async (): Promise<void> => {
      await world.scribe.close();
      world.scribe = world.startScribe();
      await world.scribe.resume();
    };
    hasFfmpeg = false;
    world.meeting = undefined;
    await restart();
    await until(() => world.lines.some((line) => line.includes('posting is tried again')), 'a failure');
    hasFfmpeg = true;
    await restart();
    await scribeLeft();
    expect(notices()).toEqual([]);
    expect(world.home.uploads.map(String)).toEqual(['captured']);
  });

  test('the bridge ends in order while a transcript waits for a speech engine that is away', async () => {
    speechAway = true;
    await command('start');
    await speak(await listening());
    await command('stop');
    await until(() => world.lines.some((line) => line.includes('speech engine unavailable')), 'a failure');
    const closed = world.scribe.close().then(() => 'closed');
    await expect(Promise.race([closed, sleep(5_000, 'late', { ref: false })])).resolves.toBe('closed');
  });

  test('a child that is only starting is killed when the bridge ends', async () => {
    world.children.hanging.add('boot');
    await command('start');
    await until(() => world.children.all.length > 0, 'a child');
    await world.scribe.close();
    expect(world.children.all.map(({ alive }) => alive())).toEqual([false]);
  });

  test.each([
    ['plain', false],
    // There the scribe cannot even encrypt any more: no homeserver refuses what is never sent.
    ['encrypted', true],
  ])(
    'put out of the %s room: nothing more is captured, and the watcher says that there was something',
    async (_kind, encrypted) => {
      world.encrypted = encrypted;
      await command('start');
      await speak(await listening());
      if (encrypted) world.children.failing.add('encrypt');
      world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'leave');
      await world.inbox.deliver({
        type: 'm.room.member',
        room_id: ROOM,
        sender: ALICE,
        state_key: SCRIBE,
        content: { membership: 'leave' },
      });
      const notice = await until(() => world.home.matrix.sent.find(({ asUser }) => asUser === undefined), 'a notice');
      expect(notice.content).toMatchObject({ [RESULT_BLOCK]: { kind: 'notice', code: 'results_refused' } });
      expect(phases()?.transcription.phase).toBe('off');
    },
  );
});
