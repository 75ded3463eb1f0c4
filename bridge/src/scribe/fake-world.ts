import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import {
  QUIET_METADATA,
  RESULT_BLOCK,
  resultBlockSchema,
  type ConsentLevel,
  type MeetingBlock,
  type ResultBlock,
  type RoomMetadata,
  type ScribeCommand,
  type ScribeWork,
} from '@palabre/protocol';
import { createDeleteMedia } from '../appservice/index.ts';
import { createFakeInbox, type FakeInbox } from '../appservice/fake-inbox.ts';
import { consentMigrations, createConsent, createConsentStore, type Consent } from '../consent/index.ts';
import { createFakeAudit, type FakeAudit } from '../governance/fake-audit.ts';
import type { Deleted } from '../governance/index.ts';
import { createDownloads, downloadsMigrations } from '../downloads/index.ts';
import { createSucceeds } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { publishingMigrations } from '../publishing/index.ts';
import { createDatabase, createFolderFiles, type Database } from '../storage/index.ts';
import { transcriptionMigrations } from '../transcription/index.ts';
import { createFakeChildren, type FakeChild, type FakeChildren } from './fake-child.ts';
import { createFakeHomeserver, type FakeHomeserver } from './fake-homeserver.ts';
import {
  createKeptRuns,
  createScribe,
  scribeMigrations,
  type Scribe,
  type ScribeMeeting,
  type ScribeTables,
} from './index.ts';
import type { ScribeDeps } from './run-deps.ts';

export interface PostedBlock {
  readonly eventId: string;
  readonly block: ResultBlock;
}

/** A scribe with a real database and real files, in a room with alice, over fakes of everything else; for tests. */
export interface FakeWorld {
  readonly home: FakeHomeserver;
  readonly inbox: FakeInbox;
  readonly children: FakeChildren;
  readonly audit: FakeAudit;
  readonly consent: Consent;
  readonly database: Database;
  /** What other capabilities were told to delete. */
  readonly deleted: Deleted[];
  readonly metadata: RoomMetadata[];
  /** Of the log. */
  readonly lines: string[];
  /** Folder of files. */
  readonly dir: string;
  /** What the administrator set: what is asked before anybody is kept. */
  level: ConsentLevel;
  /** As soon as somebody of `:outside` is in the call. */
  externLevel: ConsentLevel | undefined;
  /** undefined: the watcher is not in the room. */
  encrypted: boolean | undefined;
  meeting: ScribeMeeting | undefined;
  tombstone: { readonly successor: string | undefined } | undefined;
  /** How far the scribe's clock is ahead. */
  aheadMs: number;
  speechAway: boolean;
  hasFfmpeg: boolean;
  uploadLimitBytes: number;
  scribe: Scribe;
  /** A scribe on what another has left; it is not told to resume. */
  startScribe(): Scribe;
  /**
   * The process dies and another takes its place.
   * @param changed what that one is given instead
   */
  restart(changed?: Partial<ScribeDeps>): Promise<void>;
  command(action: ScribeCommand['action'], what?: ScribeWork): Promise<void>;
  /** Has an ffmpeg do this in its work folder; without, it copies what was drawn. */
  ffmpeg(script: string): void;
  child(): FakeChild | undefined;
  /** A child that transcribes. */
  listening(): Promise<FakeChild>;
  /** A child that records. */
  drawing(): Promise<FakeChild>;
  /** Everybody is told that the meeting is recorded. */
  recordingOn(): Promise<unknown>;
  speak(by?: FakeChild): Promise<void>;
  /** What everybody in the call was told last. */
  phases(): RoomMetadata | undefined;
  /** Everything posted, edits left out. */
  posted(): PostedBlock[];
  /** The same without their ids. */
  blocks(): ResultBlock[];
  /** How the meeting's message reads, edit by edit. */
  meetingEdits(): MeetingBlock[];
  /** Kinds of what was posted; of transcripts with their form. */
  kinds(): string[];
  /** Codes of the notices that were posted. */
  notices(): string[];
  scribeLeft(): Promise<unknown>;
  /** Waits for something to come about. */
  until<T>(what: () => T | undefined | false | Promise<T | undefined | false>, name: string): Promise<T>;
  close(): Promise<void>;
}

export const ROOM = '!room:hs';
export const WATCHER = '@palabre:hs';
export const SCRIBE = '@palabre-scribe:hs';
export const ALICE = '@alice:hs';
/** What policy says of recordings. */
export const RECORDING: ScribeDeps['recording'] = {
  height: 720,
  maxMinutes: undefined,
  maxBytes: undefined,
  atOnce: undefined,
};
export const PCM = Int16Array.from({ length: 16_000 }, (_, i) => (i % 2 === 0 ? 3000 : -3000));
const PATIENCE_MS = 20_000;

/**
 * @param url of a database that is empty, or was left by another world
 * @param other what the scribe is given instead of the usual
 */
export async function createFakeWorld(url: string, other: Partial<ScribeDeps> = {}): Promise<FakeWorld> {
  const { log, lines } = createFakeOperations();
  const database = await createDatabase(
    url,
    {
      scribe: scribeMigrations,
      consent: consentMigrations,
      transcription: transcriptionMigrations,
      publishing: publishingMigrations,
      downloads: downloadsMigrations,
    },
    log,
  );
  const speech = createServer((request, response) => {
    request.resume().on('end', () => {
      response.statusCode = world.speechAway ? 503 : 200;
      response.end(JSON.stringify({ text: 'the budget of the building is decided', language: 'en', words: [] }));
    });
  });
  await new Promise<void>((resolve) => speech.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'palabre-world-test-'));
  const ffmpeg = (script: string): void =>
    writeFileSync(join(dir, 'ffmpeg'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  ffmpeg('cat picture-*.mkv > recording.mp4; echo out_time_us=4000000');
  const home = await createFakeHomeserver(WATCHER, SCRIBE);
  home.matrix.createRoom(ROOM, ALICE).members.set(WATCHER, 'join');
  const children = createFakeChildren(() => Date.now());
  const audit = createFakeAudit();
  const deleted: Deleted[] = [];
  const metadata: RoomMetadata[] = [];
  let changes: Partial<ScribeDeps> = {};
  let inbox = createFakeInbox(() => Date.now());

  const start = (): Scribe =>
    createScribe({
      database,
      client: home.client,
      inbox,
      meetings: {
        current: () => world.meeting,
        people: () => Promise.resolve([{ userId: ALICE, name: 'Alice' }]),
      },
      grantMedia: () => Promise.resolve({ url: 'ws://sfu', jwt: 'jwt' }),
      setMetadata: (_room, change) => Promise.resolve(void metadata.push({ ...QUIET_METADATA, ...change })),
      partners: () => [],
      maySeeCaptions: () => true,
      consent: world.consent,
      isEncrypted: () => Promise.resolve(world.encrypted),
      tombstoneOf: () => Promise.resolve(world.tombstone),
      succeeds: createSucceeds({ client: home.client, watcherUserId: WATCHER, scribeUserId: SCRIBE }),
      places: {
        homeserverUrl: home.url,
        tokenServiceUrl: 'http://api/livekit/jwt',
        recorderUrl: 'http://widget/recorder.html',
        messengerUrl: 'http://messenger',
        chromium: '/nowhere/chromium',
        get ffmpeg() {
          return world.hasFfmpeg ? join(dir, 'ffmpeg') : undefined;
        },
        user: undefined,
        filesDir: dir,
        get uploadLimitBytes() {
          return world.uploadLimitBytes;
        },
      },
      downloads: createDownloads({
        database,
        client: home.client,
        scribeUserId: SCRIBE,
        files: createFolderFiles(dir),
      }),
      recording: RECORDING,
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
      audit,
      namesIn: () => Promise.resolve(new Map([[ALICE, 'Alice M.']])),
      mayRedact: (_room, userId) => Promise.resolve(userId === ALICE),
      deleteMedia: createDeleteMedia(home.client, 'token of an administrator'),
      deletables: [{ delete: (what) => Promise.resolve(void deleted.push(what)) }],
      asToken: 'a secret of the tests',
      language: 'en',
      log,
      now: () => Date.now() + world.aheadMs,
      startChild: children.start,
      pausesMs: [20],
      gatherMs: 50,
      ...other,
      ...changes,
    });

  const world: FakeWorld = {
    home,
    get inbox() {
      return inbox;
    },
    children,
    audit,
    database,
    deleted,
    metadata,
    lines,
    dir,
    consent: createConsent({
      store: createConsentStore(database),
      audit,
      rules: {
        get default() {
          return world.level;
        },
        get externPresent() {
          return world.externLevel;
        },
      },
      isExtern: (userId) => userId.endsWith(':outside'),
      currentMeeting: () => world.meeting?.id,
      keptMeetings: async (ids) => [
        ...ids.filter((id) => id === world.meeting?.id),
        ...(await createKeptRuns(database.$extendTables<ScribeTables>()).meetings(ids)),
      ],
      now: () => Date.now(),
    }),
    level: 'announce',
    externLevel: undefined,
    encrypted: false,
    meeting: { id: 'meeting', livekitRoom: 'lk', startedMs: Date.now() },
    tombstone: undefined,
    aheadMs: 0,
    speechAway: false,
    hasFfmpeg: true,
    uploadLimitBytes: 1_000_000,
    // Replaced at once: it needs the world that it is part of.
    scribe: undefined as unknown as Scribe,
    startScribe: start,
    restart: async (changed = {}) => {
      await world.scribe.close();
      changes = { ...changes, ...changed };
      inbox = createFakeInbox(() => Date.now());
      world.scribe = start();
      await world.scribe.resume();
    },
    command: (action, what = 'transcription') => world.scribe.command(ROOM, ALICE, { action, what }),
    ffmpeg,
    child: () => children.all.findLast(({ alive }) => alive()),
    listening: () =>
      world.until(() => (world.child()?.listening() === true ? world.child() : undefined), 'a scribe listens'),
    drawing: () =>
      world.until(() => (world.child()?.recording() === true ? world.child() : undefined), 'a scribe records'),
    speak: async (by = world.child()) => {
      if (by === undefined) throw new Error('no scribe is alive');
      await by.parent.members([{ userId: ALICE, deviceId: 'A', name: 'Alice M.' }]);
      const at = Date.now();
      const id = `u${at}-${Math.random()}`;
      await by.parent.utterance({ id, userId: ALICE, startMs: at, endMs: at + 1000, pcm: PCM, leadMs: 0 });
    },
    recordingOn: () => world.until(() => world.phases()?.recording.phase === 'on', 'it records'),
    phases: () => metadata.at(-1),
    posted: () =>
      home.matrix.sent.flatMap(({ txnId, content }) => {
        const { [RESULT_BLOCK]: block, 'm.new_content': edit } = content as Record<string, unknown>;
        return edit === undefined && block !== undefined
          ? [{ eventId: `$${txnId}`, block: resultBlockSchema.parse(block) }]
          : [];
      }),
    blocks: () => world.posted().map(({ block }) => block),
    meetingEdits: () =>
      home.matrix.sent.flatMap(({ content }) => {
        const { 'm.new_content': edit } = content as Record<string, Record<string, unknown> | undefined>;
        const block = resultBlockSchema.safeParse(edit?.[RESULT_BLOCK]).data;
        return block?.kind === 'meeting' ? [block] : [];
      }),
    kinds: () =>
      world.blocks().map((block) => (block.kind === 'transcript' ? `${block.kind} ${block.format}` : block.kind)),
    notices: () => world.blocks().flatMap((block) => (block.kind === 'notice' ? [block.code] : [])),
    scribeLeft: () =>
      world.until(() => home.matrix.rooms.get(ROOM)?.members.get(SCRIBE) === 'leave', 'the scribe leaves'),
    until: async (what, name) => {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const found = await what();
        if (found !== undefined && found !== false) return found;
        if (Date.now() > deadline) throw new Error(`still waiting: ${name}`);
        await sleep(10);
      }
    },
    close: async () => {
      await world.scribe.close();
      await home.close();
      speech.closeAllConnections();
      speech.close();
      // The next world may have the same database.
      const tables =
        'scribe_run, scribe_thread, scribe_kept, scribe_deletion, scribe_identity, transcription_utterance, publication, publication_event, consent_answers, consent_meetings';
      await sql.raw(`truncate ${tables} cascade`).execute(database);
      await database.destroy();
      rmSync(dir, { recursive: true });
    },
  };
  world.scribe = start();
  await world.scribe.resume();
  return world;
}
