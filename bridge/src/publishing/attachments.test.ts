import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMediaUploader, type Upload } from './attachments.ts';

const dir = mkdtempSync(join(tmpdir(), 'palabre-upload-test-'));
const source = join(dir, 'recording');
const BYTES = 8_000_000;
let server: Server;
let answer: number | 'cut' = 200;
let received = 0;
beforeAll(async () => {
  writeFileSync(source, Buffer.alloc(BYTES, 7));
  server = createServer((request, response) => {
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    received = 0;
    request.on('data', (data: Buffer) => (received += data.length));
    request.on('end', () => {
      response.statusCode = Number(answer);
      response.end(JSON.stringify({ content_uri: 'mxc://hs/1' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

function upload(encrypted: boolean, signal = new AbortController().signal) {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const uploader = createMediaUploader({ baseUrl, asToken: 'token', userId: '@palabre-scribe:hs' });
  const file: Upload = { source, bytes: BYTES, contentType: 'video/mp4', encrypted };
  return uploader(file, signal);
}

/** Descriptors of this process that read the file. */
function readers(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd)) === source;
    } catch {
      return false;
    }
  }).length;
}

async function untilClosed(): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (readers() > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe.each([true, false])('an upload, encrypted: %p', (encrypted) => {
  test('arrives whole', async () => {
    answer = 200;
    const uploaded = await upload(encrypted);
    expect('file' in uploaded).toBe(encrypted);
    expect(received).toBe(BYTES);
  });

  test.each([
    [413, { name: 'UploadRefused', tooLarge: true }],
    [403, { name: 'UploadRefused', tooLarge: false }],
    [401, { message: 'the upload was answered 401' }],
    [408, { message: 'the upload was answered 408' }],
    [502, { message: 'the upload was answered 502' }],
  ])('that is answered %p is told apart', async (status, error) => {
    answer = status;
    await expect(upload(encrypted)).rejects.toMatchObject(error);
  });

  test('that fails or is given up leaves no file open', async () => {
    answer = 'cut';
    await expect(upload(encrypted)).rejects.toThrow();
    const abandoned = new AbortController();
    const waiting = upload(encrypted, abandoned.signal);
    abandoned.abort();
    await expect(waiting).rejects.toThrow();
    await untilClosed();
    expect(readers()).toBe(0);
  });
});
