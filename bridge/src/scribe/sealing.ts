import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealer } from '../transcription/index.ts';

/** Authenticated encryption of what a meeting leaves on disk until it is posted (AES-256-GCM, layout: nonce, text, tag). */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** @param key 32 bytes */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, context) => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      return Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
        decipher.final(),
      ]);
    },
  };
}

export function newMeetingKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/**
 * The key that wraps meeting keys and the scribe's identity in the database. It follows from a secret of the configuration, so
 * neither a copy of the database nor of the files is enough to read a meeting.
 */
export function createWrappingSealer(secret: string): Sealer {
  return createSealer(Buffer.from(hkdfSync('sha256', secret, '', 'palabre scribe secrets', KEY_BYTES)));
}
