import { createDecipheriv } from 'node:crypto';
import {
  blockNonce,
  KEPT_BLOCK,
  KEPT_TAG_BYTES,
  keptRecordingPath,
  keptSchema,
  READING_SESSION_PATH,
  readingSessionSchema,
  sealedSpan,
  type Kept,
} from '@palabre/protocol';
import type { MatrixClient } from './client.ts';

/** A recording that stayed on the bridge, as another client of a member reads it. */
export interface KeptReader {
  /** Sealed bytes, from and to before. */
  ask(start: number, end: number): Promise<Response>;
  /** All of it, opened with the key of the message. */
  film(): Promise<Uint8Array>;
}

export function keptIn(content: Readonly<Record<string, unknown>>): Kept {
  return keptSchema.parse(content[KEPT_BLOCK]);
}

/** @throws MatrixError where the homeserver or the bridge refuse */
export async function openKeptReader(matrix: MatrixClient, roomId: string, kept: Kept): Promise<KeptReader> {
  const answer = await matrix.request('POST', READING_SESSION_PATH, { room_id: roomId });
  const { token, api_url: api } = readingSessionSchema.parse(answer);
  const ask: KeptReader['ask'] = (start, end) =>
    fetch(`${api}${keptRecordingPath(roomId, kept.id)}`, {
      headers: { authorization: `Bearer ${token}`, range: `bytes=${start}-${end - 1}` },
      signal: AbortSignal.timeout(30_000),
    });
  return {
    ask,
    film: async () => {
      const { lengths, sealedEnd } = sealedSpan(kept, 0, kept.bytes);
      const sealed = Buffer.from(await (await ask(0, sealedEnd)).arrayBuffer());
      let from = 0;
      const pieces = lengths.map((length, index) => {
        const key = Buffer.from(kept.key, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', key, blockNonce(index));
        decipher.setAAD(Buffer.from(kept.id));
        decipher.setAuthTag(sealed.subarray(from + length, from + length + KEPT_TAG_BYTES));
        const piece = Buffer.concat([decipher.update(sealed.subarray(from, from + length)), decipher.final()]);
        from += length + KEPT_TAG_BYTES;
        return piece;
      });
      return Buffer.concat(pieces);
    },
  };
}
