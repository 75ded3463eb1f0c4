import * as z from 'zod/mini';

/**
 * A recording that is larger than the homeserver takes stays in the bridge's storage, sealed. The message about it holds where it is
 * and the only key, so it is as confidential as the message; its bytes are had at `/api`, by members of the room alone.
 *
 * The file is sealed block by block (AES-256-GCM, the tag behind each block), so that a player can seek in it and every part is
 * proven by itself: the nonce is the number of the block, the file's id is authenticated with it, and the message knows the length.
 */
export const KEPT_BLOCK = 'app.palabre.kept';

export const KEPT_TAG_BYTES = 16;
const KEY_PATTERN = /^[\w-]{43}$/;

export const keptSchema = z.object({
  id: z.uuid(),
  mimetype: z.string(),
  /** Of the readable file. */
  bytes: z.int().check(z.positive()),
  /** Readable bytes in each block but the last. */
  block_bytes: z.int().check(z.positive(), z.maximum(16_777_216)),
  /** 32 bytes, base64url. */
  key: z.string().check(z.regex(KEY_PATTERN)),
});
export type Kept = z.infer<typeof keptSchema>;

type Shape = Pick<Kept, 'bytes' | 'block_bytes'>;

/** Length of the file as it is stored. */
export function sealedLength({ bytes, block_bytes: block }: Shape): number {
  return bytes + Math.ceil(bytes / block) * KEPT_TAG_BYTES;
}

/** Nonce of a block; the key belongs to one file only. */
export function blockNonce(index: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(8, index);
  return nonce;
}

/** Blocks that hold the readable bytes from `start` to before `end`. */
export interface SealedSpan {
  readonly firstBlock: number;
  /** Readable bytes of each of them. */
  readonly lengths: readonly number[];
  /** Where they lie in the stored file: from, and to before. */
  readonly sealedStart: number;
  readonly sealedEnd: number;
  /** What of the first block comes before `start`. */
  readonly skip: number;
}

export function sealedSpan(kept: Shape, start: number, end: number): SealedSpan {
  const { bytes, block_bytes: block } = kept;
  const firstBlock = Math.floor(start / block);
  const lastBlock = Math.floor((Math.min(end, bytes) - 1) / block);
  const lengths = Array.from({ length: lastBlock - firstBlock + 1 }, (_, index) =>
    Math.min(block, bytes - (firstBlock + index) * block),
  );
  const sealedStart = firstBlock * (block + KEPT_TAG_BYTES);
  const sealedEnd = sealedStart + lengths.reduce((sum, length) => sum + length + KEPT_TAG_BYTES, 0);
  return { firstBlock, lengths, sealedStart, sealedEnd, skip: start - firstBlock * block };
}

/** Where the bytes of a kept recording are, on the API origin of the bridge that keeps it. `GET`, `HEAD`, with ranges. */
export function keptRecordingPath(roomId: string, id: string): string {
  return `/api/rooms/${encodeURIComponent(roomId)}/recordings/${id}`;
}

/**
 * Below the prefix that the homeserver passes on (MSC4512): a session that may read what is kept of a room's meetings, without
 * taking part in a call. `POST` as a client; between servers the same with `user_id`.
 */
export const READING_SESSION_PATH = 'unstable/app.palabre/rtc/livekit/reading_session';
/** Answer of the homeserver door. `api_url`: origin at which the session is good. */
export const readingSessionSchema = z.object({ token: z.string(), expires_in_ms: z.number(), api_url: z.url() });
export type ReadingSession = z.infer<typeof readingSessionSchema>;
