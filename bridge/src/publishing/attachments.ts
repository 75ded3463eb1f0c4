import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import { Agent, request } from 'undici';
import * as z from 'zod';
import { isRefusalStatus } from '../appservice/index.ts';

/** Uploads files as Matrix media; for encrypted rooms encrypted on the way (spec: "Sending encrypted attachments"). */

export const encryptedFileSchema = z.object({
  v: z.literal('v2'),
  url: z.string(),
  key: z.object({
    alg: z.literal('A256CTR'),
    kty: z.literal('oct'),
    k: z.string(),
    ext: z.literal(true),
    key_ops: z.array(z.string()),
  }),
  iv: z.string(),
  hashes: z.object({ sha256: z.string() }),
});
type EncryptedFile = z.infer<typeof encryptedFileSchema>;

export const uploadedSchema = z.union([z.object({ url: z.string() }), z.object({ file: encryptedFileSchema })]);
/** `url` or `file`, as they go into an `m.file` or `m.video` message. */
export type Uploaded = z.infer<typeof uploadedSchema>;

/** The homeserver does not take the file; `tooLarge`: because of its size. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  readonly tooLarge: boolean;
  constructor(tooLarge: boolean) {
    super(tooLarge ? 'the file is larger than the homeserver takes' : 'the homeserver refuses the file');
    this.tooLarge = tooLarge;
  }
}

export interface Upload {
  /** Bytes, or the path of a file. */
  readonly source: Uint8Array | string;
  readonly bytes: number;
  readonly contentType: string;
  readonly encrypted: boolean;
}

export interface MediaUploaderOptions {
  readonly baseUrl: string;
  readonly asToken: string;
  readonly userId: string;
  /** PEM of a private certificate authority. */
  readonly ca?: string | undefined;
}

export type UploadMedia = (upload: Upload, signal: AbortSignal) => Promise<Uploaded>;

const answerSchema = z.object({ content_uri: z.string() });
/** A large file takes its time, but the homeserver must answer once it has it. */
const ANSWER_TIMEOUT_MS = 120_000;

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** AES-256-CTR on the way through, with the hash of what comes out. */
export function createAttachmentCipher(): {
  readonly stream: Transform;
  readonly file: (url: string) => EncryptedFile;
} {
  const key = randomBytes(32);
  // The counter half of the IV starts at zero, so that it cannot overflow.
  const iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  const hash = createHash('sha256');
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
      const encrypted = cipher.update(chunk);
      hash.update(encrypted);
      done(null, encrypted);
    },
  });
  return {
    stream,
    file: (url) => ({
      v: 'v2',
      url,
      key: { alg: 'A256CTR', kty: 'oct', k: key.toString('base64url'), ext: true, key_ops: ['encrypt', 'decrypt'] },
      iv: unpadded(iv),
      hashes: { sha256: unpadded(hash.digest()) },
    }),
  };
}

/** @returns a function that uploads as the scribe and throws UploadRefused for good, any other error for now */
export function createMediaUploader({ baseUrl, asToken, userId, ca }: MediaUploaderOptions): UploadMedia {
  const trust = ca === undefined ? {} : { dispatcher: new Agent({ connect: { ca } }) };
  const url = `${baseUrl.replace(/\/+$/, '')}/_matrix/media/v3/upload?user_id=${encodeURIComponent(userId)}`;
  return async ({ source, bytes, contentType, encrypted }, signal) => {
    const plain = typeof source === 'string' ? createReadStream(source) : Readable.from([Buffer.from(source)]);
    const cipher = encrypted ? createAttachmentCipher() : undefined;
    // A pipeline: whichever end fails, the other is closed too.
    const body = cipher === undefined ? plain : pipeline(plain, cipher.stream, () => undefined);
    let statusCode: number;
    let text: string;
    try {
      const response = await request(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${asToken}`,
          // An encrypted file says nothing about what it is.
          'content-type': encrypted ? 'application/octet-stream' : contentType,
          'content-length': String(bytes),
        },
        body,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        headersTimeout: ANSWER_TIMEOUT_MS,
        signal,
        ...trust,
      });
      statusCode = response.statusCode;
      text = await response.body.text();
    } finally {
      // The homeserver may answer, or fail, before it has read everything.
      body.destroy();
    }
    if (statusCode === 413) throw new UploadRefused(true);
    if (isRefusalStatus(statusCode)) throw new UploadRefused(false);
    if (statusCode !== 200) throw new Error(`the upload was answered ${statusCode}`);
    const { content_uri: uri } = answerSchema.parse(JSON.parse(text));
    return cipher === undefined ? { url: uri } : { file: cipher.file(uri) };
  };
}
