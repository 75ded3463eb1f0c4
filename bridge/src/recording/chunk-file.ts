import { createReadStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Sealer } from '../transcription/index.ts';

/**
 * The chunks of one recording segment, appended to one file as they come: length, then the sealed chunk. A crash leaves at most a
 * torn last entry, which is skipped when reading.
 */
export interface ChunkWriter {
  /** Resolves once the chunk is in the file. Chunks must come in order. */
  append(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const LENGTH_BYTES = 4;
/** No chunk of a second comes near this; more means that the file is not one of ours. */
const LARGEST_ENTRY_BYTES = 256 * 1024 * 1024;

function context(segmentId: string, index: number): string {
  return `chunk:${segmentId}:${index}`;
}

/** @param path file to create; must not exist */
export async function createChunkWriter(path: string, segmentId: string, sealer: Sealer): Promise<ChunkWriter> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file: FileHandle = await open(path, 'ax', 0o600);
  let index = 0;
  let tail: Promise<void> = Promise.resolve();
  return {
    append: (chunk) => {
      const write = tail.then(async () => {
        const sealed = sealer.seal(chunk, context(segmentId, index));
        index += 1;
        const entry = Buffer.alloc(LENGTH_BYTES + sealed.length);
        entry.writeUInt32BE(sealed.length);
        entry.set(sealed, LENGTH_BYTES);
        await file.appendFile(entry);
      });
      tail = write.catch(() => undefined);
      return write;
    },
    close: async () => {
      await tail;
      await file.close();
    },
  };
}

/** Chunks of a segment in order, as plain bytes; ends quietly at a torn end. */
export async function* readChunks(path: string, segmentId: string, sealer: Sealer): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let index = 0;
  for await (const data of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE();
      if (length > LARGEST_ENTRY_BYTES) throw new Error('not a file of recording chunks');
      if (rest.length < LENGTH_BYTES + length) break;
      yield sealer.open(rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length), context(segmentId, index));
      index += 1;
      rest = rest.subarray(LENGTH_BYTES + length);
    }
  }
}
