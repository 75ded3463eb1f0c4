import type { MatrixClient } from 'matrix-js-sdk';
import { createFilms, createKeptRecordings, decryptFile, harmlessType, loadKept } from '@palabre/transcript/documents';
import type { MediaSource, Progress } from '@palabre/transcript/documents';
import { fetchMedia } from './media-request.ts';
import { openReadingSession } from './reading-session.ts';

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

/**
 * Authenticated media (Matrix 1.11), decrypted where it is encrypted. Always fetched whole: Synapse answers no range requests, so
 * that a film could not be sought in while it streams, and encrypted files are proven by a hash over all of them.
 * @param base where this page's own files lie
 */
export function createMedia(client: MatrixClient, base: URL): Media {
  const pictures = new Map<string, Promise<string>>();
  const recordings = createKeptRecordings((source) => openReadingSession(client, source), Date.now);
  const films = createFilms(recordings, base);

  const load: Media['load'] = async (source, mimeType, options) => {
    if (source.kind === 'kept') return loadKept(recordings, source, options);
    if (source.kind === 'plain')
      return new Blob([await fetchMedia(client, source.mxc, options)], { type: harmlessType(mimeType) });
    return decryptFile(await fetchMedia(client, source.file.url, options), source.file, mimeType);
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
        return URL.createObjectURL(new Blob([await fetchMedia(client, source.mxc, { edge })], { type: 'image/png' }));
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
