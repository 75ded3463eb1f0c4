import { createReadStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Sealer } from '../transcription/index.ts';

/**
 * The chunks of one recording segment, appended to one file as they come: length, then the sealed chunk. A crash or a full disk
 * leaves at most a torn last entry, which is skipped when reading.
 */
export interface ChunkWriter {
  /** Resolves once the chunk is in the file. Chunks must come in order. After one that failed none is taken any more. */
  append(chunk: Uint8Array): Promise<void>;
  /** Resolves once everything is on disk; rejects when not everything that was appended is in the file. */
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
      // What failed may have torn the file: nothing that came after it could be read.
      tail = write;
      tail.catch(() => undefined);
      return write;
    },
    close: async () => {
      try {
        await tail;
        await file.datasync();
      } finally {
        await file.close();
      }
    },
  };
}

/**
 * Chunks of a segment in order, as plain bytes, up to the first entry that is torn, damaged or not of this segment.
 * @returns how many bytes of the file could be read
 */
export async function* readChunks(
  path: string,
  segmentId: string,
  sealer: Sealer,
): AsyncGenerator<Uint8Array, number, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let index = 0;
  let readBytes = 0;
  const opened = (sealed: Uint8Array): Uint8Array | undefined => {
    try {
      return sealer.open(sealed, context(segmentId, index));
    } catch {
      return undefined;
    }
  };
  for await (const data of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE();
      if (length > LARGEST_ENTRY_BYTES) return readBytes;
      const end = LENGTH_BYTES + length;
      if (rest.length < end) break;
      const chunk = opened(rest.subarray(LENGTH_BYTES, end));
      if (chunk === undefined) return readBytes;
      yield chunk;
      index += 1;
      readBytes += end;
      rest = rest.subarray(end);
    }
  }
  return readBytes;
}
