import { createDecipheriv, createHash } from 'node:crypto';
import type { MatrixClient } from './client.ts';

export interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
}

/** An event as somebody in the room can read it. */
export interface ReadEvent {
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly timeMs: number;
  readonly content: Readonly<Record<string, unknown>>;
  /** `m.relates_to`, which stays outside what is encrypted. */
  readonly relation: Relation | undefined;
  /** It travelled and is stored encrypted. */
  readonly encrypted: boolean;
}

/** Reads a room as an independent client of some member does. */
export interface RoomReader {
  events(): Promise<readonly ReadEvent[]>;
  /** The file of a message, decrypted where it is encrypted. */
  file(content: Readonly<Record<string, unknown>>): Promise<Uint8Array>;
  close(): Promise<void>;
}

interface EncryptedFile {
  readonly url: string;
  readonly iv: string;
  readonly key: { readonly k: string };
  readonly hashes: { readonly sha256: string };
}

/** Downloads what a file message points to. Encrypted attachments: specification, "Sending encrypted attachments". */
export async function readFile(matrix: MatrixClient, content: Readonly<Record<string, unknown>>): Promise<Uint8Array> {
  if (typeof content['url'] === 'string') return matrix.download(content['url']);
  const file = content['file'] as EncryptedFile | undefined;
  if (file === undefined) throw new Error('this message has no file');
  const stored = await matrix.download(file.url);
  const hash = createHash('sha256').update(stored).digest('base64').replace(/=+$/, '');
  if (hash !== file.hashes.sha256.replace(/=+$/, '')) throw new Error('the attachment is not what was posted');
  const decipher = createDecipheriv(
    'aes-256-ctr',
    Buffer.from(file.key.k, 'base64url'),
    Buffer.from(file.iv, 'base64'),
  );
  return new Uint8Array(Buffer.concat([decipher.update(stored), decipher.final()]));
}

/** For rooms that are not encrypted. */
export function createPlainReader(matrix: MatrixClient, roomId: string): RoomReader {
  return {
    events: async () =>
      (await matrix.timeline(roomId)).map((event) => ({
        eventId: event.event_id,
        type: event.type,
        sender: event.sender,
        timeMs: event.origin_server_ts,
        content: event.content,
        relation: event.content['m.relates_to'] as Relation | undefined,
        encrypted: event.type === 'm.room.encrypted',
      })),
    file: (content) => readFile(matrix, content),
    close: () => Promise.resolve(),
  };
}
