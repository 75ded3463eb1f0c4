import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileAbsent, type Files } from './files.ts';

function isAbsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** Files in a folder of this machine. */
export function createFolderFiles(dir: string): Files {
  const pathOf = (name: string): string => join(dir, name);
  return {
    write: async (name, content, signal) => {
      const path = pathOf(name);
      // One name: what a crash leaves is written over by the next attempt.
      const unfinished = `${path}.part`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        // On disk before it has its name.
        await pipeline(content, createWriteStream(unfinished, { mode: 0o600, flush: true }), { signal });
        await rename(unfinished, path);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
    read: async (name, range) => {
      const file = await open(pathOf(name)).catch((error: unknown) => {
        throw isAbsent(error) ? new FileAbsent({ cause: error }) : error;
      });
      return file.createReadStream(range === undefined ? {} : { start: range.start, end: range.end - 1 });
    },
    size: async (name) => {
      try {
        return (await stat(pathOf(name))).size;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    remove: async (name) => {
      for (const path of [pathOf(name), `${pathOf(name)}.part`]) await rm(path, { force: true });
    },
    close: () => undefined,
  };
}
