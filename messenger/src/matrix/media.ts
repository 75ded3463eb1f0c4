import type { MatrixClient } from 'matrix-js-sdk';
import { decryptAttachment } from 'matrix-encrypt-attachment';
import type { IEncryptedFile } from 'matrix-encrypt-attachment';
import { harmlessType } from './attachment.ts';
import type { KeptSource, MediaSource } from './attachment.ts';
import { createFilms } from './films.ts';
import { createKeptRecordings } from './kept-recordings.ts';

export interface Progress {
  readonly loadedBytes: number;
  readonly totalBytes: number | undefined;
}

export interface Media {
  /** The bytes, decrypted, as a blob of a harmless type. @throws when the server refuses or the file was tampered with */
  load(
    source: MediaSource,
    mimeType: string,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ): Promise<Blob>;
  /**
   * An address for a player: of a recording that a bridge keeps at once, its parts come as they are wanted; of anything else, and
   * where the browser cannot do that, when all of it is here.
   */
  play(
    source: MediaSource,
    mimeType: string,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ): Promise<{ readonly url: string; close(): void }>;
  /** Address of a small picture (blob:), kept until the session ends. */
  picture(source: MediaSource, mimeType: string, edge: number): Promise<string>;
  close(): void;
}

/** Of a recording that a bridge keeps, so much is asked for at once. */
const KEPT_SPAN_BYTES = 4 * 1_048_576;
/** A server that sends nothing for so long has gone. */
const SILENCE_MS = 30_000;

/** Reads to the end. The browser may keep a blob's parts on disk: a film of an hour is not held in memory twice. */
async function readBody(
  response: Response,
  alive: () => void,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<Blob> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const totalBytes = Number.isFinite(length) ? length : undefined;
  if (response.body === null) return response.blob();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let loadedBytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks);
    alive();
    chunks.push(value);
    loadedBytes += value.byteLength;
    onProgress?.({ loadedBytes, totalBytes });
  }
}

/**
 * Authenticated media (Matrix 1.11), decrypted where it is encrypted. Always fetched whole: Synapse answers no range requests, so
 * that a film could not be sought in while it streams, and encrypted files are proven by a hash over all of them.
 */
export function createMedia(client: MatrixClient): Media {
  const pictures = new Map<string, Promise<string>>();
  const recordings = createKeptRecordings(client, Date.now);
  const films = createFilms(recordings);

  const request = async (
    mxc: string,
    edge: number | undefined,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void } = {},
  ): Promise<Blob> => {
    const pixels = edge === undefined ? undefined : Math.ceil(edge * window.devicePixelRatio);
    const address = client.mxcUrlToHttp(
      mxc,
      pixels,
      pixels,
      pixels === undefined ? undefined : 'crop',
      false,
      true,
      true,
    );
    if (address === null || address === '') throw new Error('Not a media address');
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error('Media: silence')), SILENCE_MS);
    };
    alive();
    try {
      const response = await fetch(address, {
        headers: { Authorization: `Bearer ${client.getAccessToken() ?? ''}` },
        signal: options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]),
      });
      if (!response.ok) throw new Error(`Media: ${response.status}`);
      return await readBody(response, alive, options.onProgress);
    } finally {
      clearTimeout(timer);
    }
  };

  /** All of a kept recording, span by span. */
  const loadKept = async (source: KeptSource, options: Parameters<Media['load']>[2] = {}): Promise<Blob> => {
    const totalBytes = source.kept.bytes;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let start = 0; start < totalBytes; start += KEPT_SPAN_BYTES) {
      const end = Math.min(totalBytes, start + KEPT_SPAN_BYTES);
      parts.push(await recordings.read(source, start, end, options.signal));
      options.onProgress?.({ loadedBytes: end, totalBytes });
    }
    return new Blob(parts, { type: harmlessType(source.kept.mimetype) });
  };

  const load: Media['load'] = async (source, mimeType, options) => {
    if (source.kind === 'kept') return loadKept(source, options);
    if (source.kind === 'plain')
      return new Blob([await request(source.mxc, undefined, options)], { type: harmlessType(mimeType) });
    const ciphertext = await request(source.file.url, undefined, options);
    // Checks the hash before it decrypts.
    const plain = await decryptAttachment(await ciphertext.arrayBuffer(), source.file as IEncryptedFile);
    return new Blob([plain], { type: harmlessType(mimeType) });
  };

  return {
    load,
    play: async (source, mimeType, options) => {
      const film = source.kind === 'kept' ? await films.open(source) : undefined;
      if (film !== undefined) return film;
      const url = URL.createObjectURL(await load(source, mimeType, options));
      return { url, close: () => URL.revokeObjectURL(url) };
    },
    picture: (source, mimeType, edge) => {
      const key =
        source.kind === 'plain' ? `${source.mxc}@${edge}` : source.kind === 'kept' ? source.kept.id : source.file.url;
      const known = pictures.get(key);
      if (known !== undefined) return known;
      const address = (async () => {
        if (source.kind !== 'plain') return URL.createObjectURL(await load(source, mimeType));
        // Thumbnails come as pictures the server made itself.
        return URL.createObjectURL(new Blob([await request(source.mxc, edge)], { type: 'image/png' }));
      })();
      pictures.set(key, address);
      address.catch(() => pictures.delete(key));
      return address;
    },
    close: () => {
      films.close();
      for (const address of pictures.values())
        address.then(
          (url) => URL.revokeObjectURL(url),
          () => undefined,
        );
      pictures.clear();
    },
  };
}
