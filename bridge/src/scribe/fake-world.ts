import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import {
  RESULT_BLOCK,
  resultBlockSchema,
  type ResultBlock,
  type RoomMetadata,
  type ScribeWork,
} from '@palabre/protocol';
import { createDeleteMedia } from '../appservice/index.ts';
import { createFakeInbox, type FakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeAudit, type FakeAudit } from '../governance/fake-audit.ts';
import type { Deleted } from '../governance/index.ts';
import { createDownloads, downloadsMigrations } from '../downloads/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { publishingMigrations } from '../publishing/index.ts';
import { createDatabase, createFolderFiles, type Database } from '../storage/index.ts';
import { transcriptionMigrations } from '../transcription/index.ts';
import { createFakeChildren, type FakeChild, type FakeChildren } from './fake-child.ts';
import { createFakeHomeserver, type FakeHomeserver } from './fake-homeserver.ts';
import { createScribe, scribeMigrations, type Scribe } from './index.ts';
import type { ScribeDeps } from './run-deps.ts';

/** A scribe with a real database and real files, in a room with alice, over fakes of everything else; for tests. */
export interface FakeWorld {
  readonly home: FakeHomeserver;
  readonly inbox: FakeInbox;
  readonly children: FakeChildren;
  readonly audit: FakeAudit;
  readonly database: Database;
  /** What other capabilities were told to delete. */
  readonly deleted: Deleted[];
  readonly metadata: Partial<RoomMetadata>[];
  /** Folder of files; its `ffmpeg` copies what was drawn. */
  readonly dir: string;
  encrypted: boolean;
  meetingId: string | undefined;
  uploadLimitBytes: number;
  scribe: Scribe;
  /** The process dies and another takes its place. */
  restart(): Promise<void>;
  command(action: 'start' | 'stop', what: ScribeWork): Promise<void>;
  child(): FakeChild | undefined;
  speak(): Promise<void>;
  /** Event ids and blocks of everything posted, edits left out. */
  posted(): { readonly eventId: string; readonly block: ResultBlock }[];
  /** Waits for something to come about. */
  until<T>(what: () => T | undefined | false | Promise<T | undefined | false>, name: string): Promise<T>;
  close(): Promise<void>;
}

export const ROOM = '!room:hs';
export const WATCHER = '@palabre:hs';
export const SCRIBE = '@palabre-scribe:hs';
export const ALICE = '@alice:hs';
const PCM = Int16Array.from({ length: 16_000 }, (_, i) => (i % 2 === 0 ? 3000 : -3000));
const PATIENCE_MS = 20_000;

/**
 * @param url of a database that is empty, or was left by another world
 * @param other what the scribe is given instead of the usual
 */
export async function createFakeWorld(url: string, other: Partial<ScribeDeps> = {}): Promise<FakeWorld> {
  const { log } = createFakeOperations();
  const database = await createDatabase(
    url,
    {
      scribe: scribeMigrations,
      transcription: transcriptionMigrations,
      publishing: publishingMigrations,
      downloads: downloadsMigrations,
    },
    log,
  );
  const speech = createServer((request, response) => {
    request.resume().on('end', () => {
      response.end(JSON.stringify({ text: 'the budget of the building is decided', language: 'en', words: [] }));
    });
  });
  await new Promise<void>((resolve) => speech.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'palabre-world-test-'));
  writeFileSync(join(dir, 'ffmpeg'), '#!/bin/sh\ncat picture-*.mkv > recording.mp4; echo out_time_us=4000000\n', {
    mode: 0o755,
  });
  const home = await createFakeHomeserver(WATCHER, SCRIBE);
  home.matrix.createRoom(ROOM, ALICE).members.set(WATCHER, 'join');
  const children = createFakeChildren(() => Date.now());
  const audit = createFakeAudit();
  const deleted: Deleted[] = [];
  const metadata: Partial<RoomMetadata>[] = [];
  const startedMs = Date.now();
  let inbox = createFakeInbox(() => Date.now());

  const start = (): Scribe =>
    createScribe({
      database,
      client: home.client,
      inbox,
      meetings: {
        current: () =>
          world.meetingId === undefined ? undefined : { id: world.meetingId, livekitRoom: 'lk', startedMs },
        people: () => Promise.resolve([{ userId: ALICE, name: 'Alice' }]),
      },
      grantMedia: () => Promise.resolve({ url: 'ws://sfu', jwt: 'jwt' }),
      setMetadata: (_room, change) => Promise.resolve(void metadata.push(change)),
      partners: () => [],
      maySeeCaptions: () => true,
      // Nobody is asked: scribe.test.ts has those who are.
      consent: {
        standing: () =>
          Promise.resolve({
            level: 'announce',
            agreed: {},
            kept: { recording: 'everybody', transcription: 'everybody' },
          }),
        everAgreed: () => Promise.resolve(undefined),
        onChange: () => () => undefined,
      },
      isEncrypted: () => Promise.resolve(world.encrypted),
      tombstoneOf: () => Promise.resolve(undefined),
      succeeds: () => Promise.resolve(undefined),
      places: {
        homeserverUrl: home.url,
        tokenServiceUrl: 'http://api/livekit/jwt',
        recorderUrl: 'http://widget/recorder.html',
        messengerUrl: 'http://messenger',
        chromium: '/nowhere/chromium',
        ffmpeg: join(dir, 'ffmpeg'),
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
      recording: { height: 720, maxMinutes: undefined, maxBytes: undefined, atOnce: undefined },
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
      mayRedact: (_room, userId) => Promise.resolve(userId === ALICE),
      deleteMedia: createDeleteMedia(home.client, 'token of an administrator'),
      deletables: [{ delete: (what) => Promise.resolve(void deleted.push(what)) }],
      asToken: 'a secret of the tests',
      language: 'en',
      log,
      now: () => Date.now(),
      startChild: children.start,
      pausesMs: [20],
      ...other,
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
    dir,
    encrypted: false,
    meetingId: 'meeting',
    uploadLimitBytes: 1_000_000,
    // Replaced at once: it needs the world that it is part of.
    scribe: undefined as unknown as Scribe,
    restart: async () => {
      await world.scribe.close();
      inbox = createFakeInbox(() => Date.now());
      world.scribe = start();
      await world.scribe.resume();
    },
    command: (action, what) => world.scribe.command(ROOM, ALICE, { action, what }),
    child: () => children.all.findLast(({ alive }) => alive()),
    speak: async () => {
      const child = world.child();
      if (child === undefined) throw new Error('no scribe is alive');
      const at = Date.now();
      await child.parent.utterance({
        id: `u${at}-${Math.random()}`,
        userId: ALICE,
        startMs: at,
        endMs: at + 1000,
        pcm: PCM,
        leadMs: 0,
      });
    },
    posted: () =>
      home.matrix.sent.flatMap(({ txnId, content }) => {
        const { [RESULT_BLOCK]: block, 'm.new_content': edit } = content as Record<string, unknown>;
        return edit === undefined && block !== undefined
          ? [{ eventId: `$${txnId}`, block: resultBlockSchema.parse(block) }]
          : [];
      }),
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
        'scribe_run, scribe_thread, scribe_kept, scribe_deletion, scribe_identity, transcription_utterance, publication, publication_event';
      await sql.raw(`truncate ${tables} cascade`).execute(database);
      await database.destroy();
      rmSync(dir, { recursive: true });
    },
  };
  world.scribe = start();
  await world.scribe.resume();
  return world;
}
