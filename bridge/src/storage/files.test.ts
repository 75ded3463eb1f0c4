import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Files } from './files.ts';
import { createFolderFiles } from './folder-files.ts';
import { createS3Files, type S3Place } from './s3-files.ts';

// A server that does not answer is waited for.
jest.setTimeout(60_000);

const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'palabre-files-test-'));
let gateway: ChildProcess | undefined;
let place: S3Place;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real server of the S3 protocol, over a folder (scripts/testing/object-storage.mjs). */
async function startGateway(port: number): Promise<void> {
  const program = process.env['PALABRE_TEST_OBJECT_STORAGE'];
  if (program === undefined) throw new Error('versitygw is missing: see what the start of this test run says');
  gateway = spawn(program, ['--port', `127.0.0.1:${port}`, 'posix', join(dir, 's3')], {
    env: { PATH: '/usr/bin:/bin', ROOT_ACCESS_KEY: 'tests', ROOT_SECRET_KEY: 'a secret of the tests' },
    stdio: 'ignore',
  });
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (Date.now() > deadline) throw new Error('versitygw does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  mkdirSync(join(dir, 's3', 'palabre'), { recursive: true });
  const port = await freePort();
  place = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: 'palabre',
    prefix: 'bridge/',
    accessKeyId: 'tests',
    secretAccessKey: 'a secret of the tests',
  };
  await startGateway(port);
});
afterAll(() => {
  gateway?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const KINDS: readonly (readonly [string, () => Files])[] = [
  ['a folder', () => createFolderFiles(join(dir, 'folder'))],
  ['S3', () => createS3Files(place)],
];

describe.each(KINDS)('files in %s', (_kind, open) => {
  test('come back whole and in parts, are replaced and removed', async () => {
    const files = open();
    const content = randomBytes(300_000);
    expect(await files.size('kept/one')).toBeUndefined();
    await expect(files.read('kept/one')).rejects.toMatchObject({ name: 'FileAbsent' });
    await files.write('kept/one', Readable.from([content.subarray(0, 100), content.subarray(100)]), never);
    expect(await files.size('kept/one')).toBe(300_000);
    expect((await buffer(await files.read('kept/one'))).equals(content)).toBe(true);
    const part = await buffer(await files.read('kept/one', { start: 1_000, end: 250_000 }));
    expect(part.equals(content.subarray(1_000, 250_000))).toBe(true);
    await files.write('kept/one', Readable.from([Buffer.from('newer')]), never);
    expect(String(await buffer(await files.read('kept/one')))).toBe('newer');
    await files.remove('kept/one');
    await files.remove('kept/one');
    expect(await files.size('kept/one')).toBeUndefined();
    files.close();
  });

  test('that were not written to their end are not there', async () => {
    const files = open();
    const broken = Readable.from(
      (async function* () {
        yield randomBytes(1_000);
        await Promise.resolve();
        throw new Error('the recording cannot be read');
      })(),
    );
    await expect(files.write('kept/broken', broken, never)).rejects.toThrow();
    expect(await files.size('kept/broken')).toBeUndefined();
    const ending = new AbortController();
    const left = Promise.withResolvers<undefined>();
    const endless = Readable.from(
      (async function* () {
        try {
          for (;;) {
            yield randomBytes(1_000);
            ending.abort();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        } finally {
          left.resolve(undefined);
        }
      })(),
    );
    await expect(files.write('kept/endless', endless, ending.signal)).rejects.toThrow();
    // Nobody reads what nobody keeps.
    await left.promise;
    expect(await files.size('kept/endless')).toBeUndefined();
    files.close();
  });
});

describe('object storage', () => {
  test('takes what is larger than one part, and seeks in it', async () => {
    const files = createS3Files(place);
    const piece = randomBytes(1_048_576);
    const pieces = Array.from({ length: 40 }, () => piece);
    await files.write('kept/large', Readable.from(pieces), never);
    expect(await files.size('kept/large')).toBe(40 * piece.length);
    const start = 35 * piece.length + 17;
    const part = await buffer(await files.read('kept/large', { start, end: start + 100 }));
    expect(part.equals(piece.subarray(17, 117))).toBe(true);
    // Nothing of ours lies anywhere else in the bucket.
    expect(readdirSync(join(dir, 's3', 'palabre')).filter((name) => !name.startsWith('.'))).toEqual(['bridge']);
    files.close();
  });

  test('a wrong secret opens nothing', async () => {
    const files = createS3Files({ ...place, secretAccessKey: 'another secret altogether' });
    await expect(files.write('kept/one', Readable.from([Buffer.from('x')]), never)).rejects.toThrow();
    await expect(files.size('kept/large')).rejects.toThrow();
    files.close();
  });

  test('that is away is an error soon, and works again when it is back', async () => {
    const files = createS3Files(place);
    const gone = new Promise((resolve) => gateway?.once('exit', resolve));
    gateway?.kill('SIGKILL');
    await gone;
    await expect(files.write('kept/late', Readable.from([Buffer.from('x')]), never)).rejects.toThrow();
    await expect(files.size('kept/late')).rejects.toThrow();
    await startGateway(Number(new URL(place.endpoint ?? '').port));
    await files.write('kept/late', Readable.from([Buffer.from('x')]), never);
    expect(await files.size('kept/late')).toBe(1);
    files.close();
  });
});
