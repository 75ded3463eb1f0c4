import type { MatrixClient } from 'matrix-js-sdk';
import { decryptAttachment } from 'matrix-encrypt-attachment';
import type { IEncryptedFile } from 'matrix-encrypt-attachment';
import { harmlessType } from './attachment.ts';
import type { MediaSource } from './attachment.ts';

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
  /** Address of a small picture (blob:), kept until the session ends. */
  picture(source: MediaSource, mimeType: string, edge: number): Promise<string>;
  close(): void;
}

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

  const load: Media['load'] = async (source, mimeType, options) => {
    if (source.kind === 'plain')
      return new Blob([await request(source.mxc, undefined, options)], { type: harmlessType(mimeType) });
    const ciphertext = await request(source.file.url, undefined, options);
    // Checks the hash before it decrypts.
    const plain = await decryptAttachment(await ciphertext.arrayBuffer(), source.file as IEncryptedFile);
    return new Blob([plain], { type: harmlessType(mimeType) });
  };

  return {
    load,
    picture: (source, mimeType, edge) => {
      const key = source.kind === 'plain' ? `${source.mxc}@${edge}` : source.file.url;
      const known = pictures.get(key);
      if (known !== undefined) return known;
      const address = (async () => {
        if (source.kind === 'encrypted') return URL.createObjectURL(await load(source, mimeType));
        // Thumbnails come as pictures the server made itself.
        return URL.createObjectURL(new Blob([await request(source.mxc, edge)], { type: 'image/png' }));
      })();
      pictures.set(key, address);
      address.catch(() => pictures.delete(key));
      return address;
    },
    close: () => {
      for (const address of pictures.values())
        address.then(
          (url) => URL.revokeObjectURL(url),
          () => undefined,
        );
      pictures.clear();
    },
  };
}
