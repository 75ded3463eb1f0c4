import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';

/** Files by key (`recordings/<meeting>/000001.mkv`). A key that was written is whole and on disk. */
export interface Blobs {
  /** Writes atomically and durably; replaces what was there. @returns bytes written */
  write(key: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<number>;
  read(key: string, range?: { start?: number; end?: number }): Readable;
  /** @returns bytes, or undefined when there is no such blob */
  size(key: string): Promise<number | undefined>;
  /** Keys that begin with `prefix`, sorted; `prefix` names a folder. */
  list(prefix: string): Promise<string[]>;
  /** Removes a blob or a whole folder of them; absent is fine. */
  remove(key: string): Promise<void>;
  /** Path on this machine, for programs that need one (ffmpeg). */
  path(key: string): string;
}

const KEY = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const UNFINISHED = '.part-';

async function* chunksOf(data: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data;
  else yield* data;
}

/** Blobs in a folder; other programs of this deployment must not write there. */
export function createBlobs(dir: string): Blobs {
  const root = resolve(dir);

  function path(key: string): string {
    if (!KEY.test(key) || key.split('/').some((part) => part === '.' || part === '..')) {
      throw new RangeError('not a blob key');
    }
    return join(root, ...key.split('/'));
  }

  async function syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  return {
    path,
    async write(key, data) {
      const target = path(key);
      const folder = dirname(target);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`);
      let bytes = 0;
      try {
        const handle = await open(unfinished, 'wx', 0o600);
        try {
          for await (const chunk of chunksOf(data)) {
            await handle.writeFile(chunk);
            bytes += chunk.byteLength;
          }
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(unfinished, target);
        await syncFolder(folder);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      return bytes;
    },
    read: (key, range) => createReadStream(path(key), range),
    async size(key) {
      try {
        return (await stat(path(key))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async list(prefix) {
      try {
        const entries = await readdir(path(prefix), { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
          .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
          .sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    async remove(key) {
      await rm(path(key), { force: true, recursive: true });
    },
  };
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
