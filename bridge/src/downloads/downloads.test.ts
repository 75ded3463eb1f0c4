import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keptRecordingPath, PalabreError, sealedLength, type Kept } from '@palabre/protocol';
import express from 'express';
import fc from 'fast-check';
import { createFakeMatrix, type FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { answerErrors } from '../operations/index.ts';
import { createDatabase, createFolderFiles, type Database, type Files } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createDownloads, keptName, type Downloads } from './downloads.ts';
import { createFakeAudit } from '../governance/fake-audit.ts';
import type { FakeAudit } from '../governance/fake-audit.ts';
import { createDownloadRoutes, downloadsMigrations } from './index.ts';
import { requestedRange } from './range.ts';
import { newKept, seal, unseal } from './sealing.ts';

const ROOM = '!room:x';
const SCRIBE = '@palabre-scribe:x';
const ALICE = '@alice:x';
const BOB = '@bob:y';
const EVENT = '$message';
const ID = '7d9c1a52-1f53-4a0e-9d3c-1d5f0f8f7a11';
const FILM = randomBytes(900_000);
const { log } = createFakeOperations();
const never = new AbortController().signal;

describe('a range that somebody asks for', () => {
  test.each([
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=90-500', { start: 90, end: 100 }],
    ['bytes=-30', { start: 70, end: 100 }],
    ['bytes=-500', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=1-2', undefined],
  ])('%s of 100 bytes', (header, range) => {
    expect(requestedRange(header, 100)).toEqual(range);
  });

  test('lies in the file, whatever is asked', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1_000 }), (from, to, size) => {
        const range = requestedRange(`bytes=${from}-${to}`, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.start).toBeLessThan(range.end);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});

test('what was sealed opens again, however it was cut on its way', async () => {
  const kept = newKept(ID, FILM.length, 'video/mp4');
  const cut = (bytes: Uint8Array, length: number): Buffer[] =>
    Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
      Buffer.from(bytes.subarray(index * length, (index + 1) * length)),
    );
  const sealed = await buffer(Readable.from(seal(kept, Readable.from(cut(FILM, 70_001)))));
  expect(sealed.length).toBe(sealedLength(kept));
  const opened = await buffer(Readable.from(unseal(kept, Readable.from(cut(sealed, 12_345)))));
  expect(opened.equals(FILM)).toBe(true);
  const other = { ...kept, id: '00000000-1f53-4a0e-9d3c-1d5f0f8f7a11' };
  await expect(buffer(Readable.from(unseal(other, Readable.from([sealed]))))).rejects.toThrow('not the one');
  await expect(buffer(Readable.from(seal(kept, Readable.from([FILM.subarray(1)]))))).rejects.toThrow('length');
});

describe('recordings that are kept', () => {
  let database: Database;
  let dir: string;
  let matrix: FakeMatrix;
  let files: Files;
  let downloads: Downloads;
  let server: Server;
  let url: string;
  let kept: Kept;
  /** Who is joined now. */
  let joined: Set<string>;
  /** How often that was asked. */
  let looks = 0;
  let audit: FakeAudit;

  beforeAll(async () => {
    database = await createDatabase(await emptyDatabase(), { downloads: downloadsMigrations }, log);
  });
  afterAll(() => database.destroy());

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'palabre-downloads-test-'));
    writeFileSync(join(dir, 'film.mp4'), FILM);
    matrix = createFakeMatrix('@palabre:x');
    const { members } = matrix.createRoom(ROOM, '@carol:x');
    for (const user of [SCRIBE, ALICE]) members.set(user, 'join');
    joined = new Set([ALICE, BOB]);
    files = createFolderFiles(dir);
    downloads = createDownloads({ database, client: matrix.client, scribeUserId: SCRIBE, files });
    audit = createFakeAudit();
    const app = express();
    app.use(
      createDownloadRoutes({
        downloads,
        reader: (token) =>
          token === 'unknown'
            ? Promise.reject(new PalabreError('M_UNKNOWN_TOKEN', 'no'))
            : Promise.resolve({ userId: token, roomId: ROOM }),
        mayRead: (roomId, userId) => {
          looks += 1;
          return Promise.resolve(roomId === ROOM && joined.has(userId));
        },
        audit,
        lookEveryMs: 20,
      }),
    );
    app.use(answerErrors(log));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    kept = await downloads.keep(
      { id: ID, roomId: ROOM, path: join(dir, 'film.mp4'), bytes: FILM.length, mimetype: 'video/mp4' },
      never,
    );
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await downloads.remove(ID);
    rmSync(dir, { recursive: true });
  });

  const ask = (as: string, headers: Record<string, string> = {}, roomId = ROOM, id = ID): Promise<Response> =>
    fetch(`${url}${keptRecordingPath(roomId, id)}`, { headers: { authorization: `Bearer ${as}`, ...headers } });
  const visibility = (value: string): void => {
    matrix.rooms
      .get(ROOM)
      ?.state.set('m.room.history_visibility\0', { sender: '@carol:x', content: { history_visibility: value } });
  };

  test('nobody reads it before its message is there; then members do, whole and in parts', async () => {
    expect((await ask(ALICE)).status).toBe(404);
    await downloads.posted(ID, ROOM, EVENT);
    const whole = await ask(ALICE);
    expect(whole.status).toBe(200);
    const sealed = Buffer.from(await whole.arrayBuffer());
    expect(sealed.length).toBe(sealedLength(kept));
    expect(sealed.includes(FILM.subarray(0, 64))).toBe(false);
    const opened = await buffer(Readable.from(unseal(kept, Readable.from([sealed]))));
    expect(opened.equals(FILM)).toBe(true);

    const part = await ask(ALICE, { range: 'bytes=1000-1999' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${sealed.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(sealed.subarray(1000, 2000))).toBe(true);
    const beyond = await ask(ALICE, { range: `bytes=${sealed.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${sealed.length}`]);
    const head = await fetch(`${url}${keptRecordingPath(ROOM, ID)}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${ALICE}` },
    });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(sealed.length)]);
  });

  test.each(['bytes=0-999', 'bytes=1-', 'bytes=-10'])(
    'whoever reads %s first is in the audit trail, once however many parts follow',
    async (first) => {
      const part = async (range: string): Promise<number> => {
        const response = await ask(ALICE, { range });
        await response.arrayBuffer();
        return response.status;
      };
      await ask(ALICE);
      expect(audit.rows).toEqual([]);
      await downloads.posted(ID, ROOM, EVENT);
      await fetch(`${url}${keptRecordingPath(ROOM, ID)}`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${ALICE}` },
      });
      expect(audit.rows).toEqual([]);
      expect([await part(first), await part('bytes=1000-1999'), await part('bytes=0-9')]).toEqual([206, 206, 206]);
      const row = { action: 'recording.download', means: 'link', roomId: ROOM, outcome: 'accepted' };
      expect(audit.rows).toEqual([{ ...row, userId: ALICE, key: expect.stringMatching(`^[\\w-]{22} ${ID}$`) }]);
      // Each session of its own.
      await (await ask(BOB, { range: first })).arrayBuffer();
      expect(audit.rows.map(({ userId }) => userId)).toEqual([ALICE, BOB]);
      // What cannot be written down does not happen.
      audit.away = true;
      expect(await part(first)).toBe(500);
    },
  );

  test('whoever leaves reads nothing more; other rooms, other files and unknown sessions lead to nothing', async () => {
    await downloads.posted(ID, ROOM, EVENT);
    expect((await ask(BOB, { range: 'bytes=0-9' })).status).toBe(206);
    joined.delete(BOB);
    expect((await ask(BOB, { range: 'bytes=0-9' })).status).toBe(403);
    expect((await ask('unknown')).status).toBe(401);
    expect((await fetch(`${url}${keptRecordingPath(ROOM, ID)}`)).status).toBe(401);
    expect((await ask(ALICE, {}, '!other:x')).status).toBe(403);
    expect((await ask(ALICE, {}, ROOM, '../../film.mp4')).status).toBe(404);
    expect((await ask(ALICE, {}, ROOM, '00000000-1f53-4a0e-9d3c-1d5f0f8f7a11')).status).toBe(404);
  });

  test('an answer that goes on is cut when its reader is put out', async () => {
    await downloads.posted(ID, ROOM, EVENT);
    // Stays open until somebody ends it.
    const stuck = new Readable({ read: () => undefined });
    stuck.push(Buffer.alloc(1_000));
    files.read = () => Promise.resolve(stuck);
    const response = await ask(BOB);
    expect(response.status).toBe(200);
    joined.delete(BOB);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test('nobody is asked about any more who went away before the first byte', async () => {
    await downloads.posted(ID, ROOM, EVENT);
    const content = new Readable({ read: () => undefined });
    const asked = Promise.withResolvers<undefined>();
    const found = Promise.withResolvers<Readable>();
    files.read = () => {
      asked.resolve(undefined);
      return found.promise;
    };
    const closed = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
    const leaving = new AbortController();
    const response = fetch(`${url}${keptRecordingPath(ROOM, ID)}`, {
      headers: { authorization: `Bearer ${ALICE}`, connection: 'close' },
      signal: leaving.signal,
    });
    await asked.promise;
    leaving.abort();
    await expect(response).rejects.toThrow();
    await closed;
    const gone = new Promise((resolve) => content.once('close', resolve));
    found.resolve(content);
    await gone;
    const before = looks;
    // Several of its turns.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(looks).toBe(before);
  });

  test.each(['shared', 'world_readable'])('history that is %s: also whoever joined later', async (value) => {
    visibility(value);
    await downloads.posted(ID, ROOM, EVENT);
    expect((await ask(BOB)).status).toBe(200);
  });

  test.each([
    ['joined', undefined, 404],
    ['joined', 'invite', 404],
    ['joined', 'join', 200],
    ['invited', undefined, 404],
    ['invited', 'invite', 200],
    ['invited', 'leave', 404],
    ['something new', 'invite', 404],
  ])('history for those who are %s: who was %p then gets %d', async (value, membership, status) => {
    visibility(value);
    if (membership !== undefined) matrix.rooms.get(ROOM)?.members.set(BOB, membership);
    await downloads.posted(ID, ROOM, EVENT);
    expect((await ask(BOB)).status).toBe(status);
    expect((await ask(ALICE)).status).toBe(200);
  });

  test('a message that was redacted while it was posted: nobody', async () => {
    matrix.redacted.add(EVENT);
    await downloads.posted(ID, ROOM, EVENT);
    expect((await ask(ALICE)).status).toBe(404);
  });

  test('a homeserver that does not say who may read: nobody', async () => {
    matrix.down = true;
    await expect(downloads.posted(ID, ROOM, EVENT)).rejects.toThrow();
    expect((await ask(ALICE)).status).toBe(404);
  });

  test('kept again: the newer file under the newer key; removed: gone from storage, too', async () => {
    const before = createHash('sha256')
      .update(readFileSync(join(dir, keptName(ID))))
      .digest('hex');
    const again = await downloads.keep(
      { id: ID, roomId: ROOM, path: join(dir, 'film.mp4'), bytes: FILM.length, mimetype: 'video/mp4' },
      never,
    );
    expect(again.key).not.toBe(kept.key);
    const after = createHash('sha256')
      .update(readFileSync(join(dir, keptName(ID))))
      .digest('hex');
    expect(after).not.toBe(before);
    await downloads.remove(ID);
    expect(await files.size(keptName(ID))).toBeUndefined();
    await expect(downloads.find(ID, ROOM, ALICE)).resolves.toBeUndefined();
  });
});
