import { blockNonce, KEPT_TAG_BYTES, keptRecordingPath, sealedSpan, type ReadingSession } from '@palabre/protocol';
import { harmlessType, type KeptSource } from './attachment.ts';

/** Recordings that stayed on a bridge (protocol/src/kept.ts): read in spans, each decrypted and proven by itself. */
export interface KeptRecordings {
  /** Readable bytes from `start` to before `end`. @throws when the bridge refuses, or the bytes are not the sender's */
  read(source: KeptSource, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

/** A session is renewed before it ends. */
const SPARE_MS = 60_000;
const TIMEOUT_MS = 30_000;

async function unseal(
  source: KeptSource,
  sealed: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { kept } = source;
  const { firstBlock, lengths, skip } = sealedSpan(kept, start, end);
  const raw = Uint8Array.from(atob(kept.key.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
    letter.charCodeAt(0),
  );
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const additionalData = new TextEncoder().encode(kept.id);
  const readable = new Uint8Array(end - start);
  let from = 0;
  let at = -skip;
  for (const [index, length] of lengths.entries()) {
    const block = sealed.subarray(from, from + length + KEPT_TAG_BYTES);
    const iv = blockNonce(firstBlock + index);
    const plain = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, block));
    const wanted = plain.subarray(Math.max(0, -at), Math.max(0, -at) + readable.length - Math.max(0, at));
    readable.set(wanted, Math.max(0, at));
    from += length + KEPT_TAG_BYTES;
    at += length;
  }
  return readable;
}

/**
 * @param openSession gives a session that may read what is kept of that room
 * @param now clock, ms
 */
export function createKeptRecordings(
  openSession: (source: KeptSource) => Promise<ReadingSession>,
  now: () => number,
): KeptRecordings {
  const sessions = new Map<string, Promise<ReadingSession & { readonly untilMs: number }>>();

  const sessionFor = async (source: KeptSource): Promise<ReadingSession> => {
    const key = `${source.server} ${source.roomId}`;
    const known = await sessions.get(key)?.catch(() => undefined);
    if (known !== undefined && known.untilMs > now()) return known;
    const opened = openSession(source).then((session) => ({
      ...session,
      untilMs: now() + session.expires_in_ms - SPARE_MS,
    }));
    sessions.set(key, opened);
    opened.catch(() => sessions.delete(key));
    return opened;
  };

  return {
    read: async (source, start, end, signal) => {
      const { sealedStart, sealedEnd } = sealedSpan(source.kept, start, end);
      const { token, api_url: api } = await sessionFor(source);
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`${api}${keptRecordingPath(source.roomId, source.kept.id)}`, {
        headers: { Authorization: `Bearer ${token}`, Range: `bytes=${sealedStart}-${sealedEnd - 1}` },
        referrerPolicy: 'no-referrer',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      if (response.status !== 206) {
        sessions.delete(`${source.server} ${source.roomId}`);
        throw new Error(`Recording: ${response.status}`);
      }
      return unseal(source, new Uint8Array(await response.arrayBuffer()), start, end);
    },
  };
}

/** So much is asked for at once where all of a recording is wanted. */
const SPAN_BYTES = 4 * 1_048_576;

/** How far a file has come. */
export interface Progress {
  readonly loadedBytes: number;
  readonly totalBytes: number | undefined;
}

/** All of a kept recording, span by span. The browser may keep a blob's parts on disk. */
export async function loadKept(
  recordings: KeptRecordings,
  source: KeptSource,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void } = {},
): Promise<Blob> {
  const totalBytes = source.kept.bytes;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < totalBytes; start += SPAN_BYTES) {
    const end = Math.min(totalBytes, start + SPAN_BYTES);
    parts.push(await recordings.read(source, start, end, options.signal));
    options.onProgress?.({ loadedBytes: end, totalBytes });
  }
  return new Blob(parts, { type: harmlessType(source.kept.mimetype) });
}
