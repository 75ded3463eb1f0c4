import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { blockNonce, KEPT_TAG_BYTES, type Kept } from '@palabre/protocol';

/** Files sealed in blocks, as protocol/src/kept.ts says. */

const BLOCK_BYTES = 262_144;
const KEY_BYTES = 32;

export function newKept(id: string, bytes: number, mimetype: string): Kept {
  return { id, mimetype, bytes, block_bytes: BLOCK_BYTES, key: randomBytes(KEY_BYTES).toString('base64url') };
}

/** Cuts a stream into pieces of one length; the last may be shorter. */
async function* piecesOf(content: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of content) {
    let rest = chunk;
    while (held + rest.length >= length) {
      yield Buffer.concat([...parts, rest.subarray(0, length - held)]);
      rest = rest.subarray(length - held);
      parts = [];
      held = 0;
    }
    if (rest.length > 0) parts.push(rest);
    held += rest.length;
  }
  if (held > 0) yield Buffer.concat(parts);
}

/** @throws when the content is not as long as the message will say */
export async function* seal(kept: Kept, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const key = Buffer.from(kept.key, 'base64url');
  let index = 0;
  let bytes = 0;
  for await (const piece of piecesOf(content, kept.block_bytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, blockNonce(index));
    cipher.setAAD(Buffer.from(kept.id));
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    index += 1;
    bytes += piece.length;
  }
  if (bytes !== kept.bytes) throw new Error('a file changed its length while it was sealed');
}

/** All of a file, from its first block. @throws when it is not the one of this message, or not whole */
export async function* unseal(kept: Kept, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const key = Buffer.from(kept.key, 'base64url');
  let index = 0;
  let bytes = 0;
  for await (const block of piecesOf(sealed, kept.block_bytes + KEPT_TAG_BYTES)) {
    const end = Math.max(0, block.length - KEPT_TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, blockNonce(index));
    decipher.setAAD(Buffer.from(kept.id));
    let piece: Buffer;
    try {
      decipher.setAuthTag(block.subarray(end));
      piece = Buffer.concat([decipher.update(block.subarray(0, end)), decipher.final()]);
    } catch (cause) {
      throw new Error('the file is not the one of this message, or is damaged', { cause });
    }
    yield piece;
    index += 1;
    bytes += piece.length;
  }
  if (bytes !== kept.bytes) throw new Error('the file is not whole');
}
