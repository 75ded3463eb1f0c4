import { KEPT_BLOCK, keptSchema, serverOf, type Kept } from '@palabre/protocol';
import * as z from 'zod/mini';

const encryptedFileSchema = z.looseObject({
  url: z.string(),
  key: z.looseObject({
    kty: z.string(),
    key_ops: z.array(z.string()),
    alg: z.string(),
    k: z.string(),
    ext: z.boolean(),
  }),
  iv: z.string(),
  v: z.optional(z.string()),
  hashes: z.looseObject({ sha256: z.string() }),
});
export type EncryptedFile = z.infer<typeof encryptedFileSchema>;

/** A recording that stayed on the bridge of `server`. */
export interface KeptSource {
  readonly kind: 'kept';
  readonly kept: Kept;
  readonly roomId: string;
  readonly server: string;
}

/** Where the bytes are: plain media of the homeserver, encrypted media with its key, or a bridge. */
export type MediaSource =
  | { readonly kind: 'plain'; readonly mxc: string }
  | { readonly kind: 'encrypted'; readonly file: EncryptedFile }
  | KeptSource;

export interface Attachment {
  readonly type: 'image' | 'video' | 'audio' | 'file';
  /** Empty when the sender gives none. */
  readonly name: string;
  /** What the sender says about it. */
  readonly caption: string | undefined;
  readonly mimeType: string;
  readonly sizeBytes: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly durationMs: number | undefined;
  readonly source: MediaSource;
  readonly thumbnail: MediaSource | undefined;
}

const size = z.optional(z.catch(z.optional(z.number()), undefined));
const infoSchema = z.object({
  mimetype: z.catch(z.optional(z.string()), undefined),
  size,
  w: size,
  h: size,
  duration: size,
  thumbnail_url: z.catch(z.optional(z.string()), undefined),
  thumbnail_file: z.catch(z.optional(encryptedFileSchema), undefined),
});
const contentSchema = z.object({
  msgtype: z.enum(['m.image', 'm.video', 'm.audio', 'm.file']),
  body: z.catch(z.string(), ''),
  filename: z.catch(z.optional(z.string()), undefined),
  url: z.catch(z.optional(z.string()), undefined),
  file: z.catch(z.optional(encryptedFileSchema), undefined),
  info: z.catch(z.optional(infoSchema), undefined),
});

function sourceOf(url: string | undefined, file: EncryptedFile | undefined): MediaSource | undefined {
  if (file?.url.startsWith('mxc://') === true) return { kind: 'encrypted', file };
  if (url?.startsWith('mxc://') === true) return { kind: 'plain', mxc: url };
  return undefined;
}

const TYPES = { 'm.image': 'image', 'm.video': 'video', 'm.audio': 'audio', 'm.file': 'file' } as const;

const keptContentSchema = z.object({
  [KEPT_BLOCK]: keptSchema,
  info: z.catch(z.optional(infoSchema), undefined),
});

function readKept(content: unknown, { roomId, sender }: Origin): Attachment | undefined {
  const parsed = keptContentSchema.safeParse(content);
  const server = serverOf(sender);
  if (!parsed.success || server === undefined) return undefined;
  const { [KEPT_BLOCK]: kept, info = {} } = parsed.data;
  return {
    type: kept.mimetype.startsWith('audio/') ? 'audio' : 'video',
    name: '',
    caption: undefined,
    mimeType: kept.mimetype,
    sizeBytes: kept.bytes,
    width: info.w,
    height: info.h,
    durationMs: info.duration,
    source: { kind: 'kept', kept, roomId, server },
    thumbnail: sourceOf(info.thumbnail_url, info.thumbnail_file),
  };
}

export interface Origin {
  readonly roomId: string;
  readonly sender: string;
}

/**
 * Reads the content of an `m.room.message`.
 * @param origin without it, only files of the homeserver are found
 * @returns undefined when it carries no file
 */
export function readAttachment(content: unknown, origin?: Origin): Attachment | undefined {
  const kept = origin === undefined ? undefined : readKept(content, origin);
  if (kept !== undefined) return kept;
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success) return undefined;
  const { msgtype, body, filename, url, file, info = {} } = parsed.data;
  const source = sourceOf(url, file);
  if (source === undefined) return undefined;
  return {
    type: TYPES[msgtype],
    name: filename ?? body,
    // With a file name, another body is a caption (Matrix 1.10).
    caption: filename === undefined || body === filename || body === '' ? undefined : body,
    mimeType: info.mimetype ?? 'application/octet-stream',
    sizeBytes: info.size,
    width: info.w,
    height: info.h,
    durationMs: info.duration,
    source,
    thumbnail: sourceOf(info.thumbnail_url, info.thumbnail_file),
  };
}

/** Types a browser may show from a blob of our own origin without running anything in it. */
const SHOWABLE = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/webm',
  'audio/wav',
  'audio/flac',
  'text/vtt',
]);

/** The type given to a blob: what the sender says, if it is harmless, otherwise plain bytes. */
export function harmlessType(mimeType: string): string {
  const bare = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  return SHOWABLE.has(bare) ? bare : 'application/octet-stream';
}
