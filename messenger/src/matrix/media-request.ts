import type { Progress } from '@palabre/transcript/documents';
import type { MatrixClient } from 'matrix-js-sdk';

/** A server that sends nothing for so long has gone. */
const SILENCE_MS = 30_000;

export interface MediaRequest {
  /** For a picture that the server makes, this many pixels wide and high; otherwise the file itself. */
  readonly edge?: number;
  /** A longer file is refused. */
  readonly mostBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Reads to the end. The browser may keep a blob's parts on disk: a film of an hour is not held in memory twice. */
async function readBody(
  response: Response,
  alive: () => void,
  { mostBytes = Infinity, onProgress }: MediaRequest,
): Promise<Blob> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const totalBytes = Number.isFinite(length) ? length : undefined;
  if (totalBytes !== undefined && totalBytes > mostBytes) throw new Error('Media: too large');
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
    if (loadedBytes > mostBytes) throw new Error('Media: too large');
    onProgress?.({ loadedBytes, totalBytes });
  }
}

/**
 * Authenticated media (Matrix 1.11), as the server has it.
 * @throws when the server refuses, falls silent or sends too much
 */
export async function fetchMedia(client: MatrixClient, mxc: string, options: MediaRequest = {}): Promise<Blob> {
  const pixels = options.edge === undefined ? undefined : Math.ceil(options.edge * window.devicePixelRatio);
  const method = pixels === undefined ? undefined : 'crop';
  const address = client.mxcUrlToHttp(mxc, pixels, pixels, method, false, true, true);
  if (address === null || address === '') throw new Error('Not a media address');
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => ending.abort(new Error('Media: silence')), SILENCE_MS);
  };
  alive();
  try {
    const response = await fetch(address, {
      headers: { Authorization: `Bearer ${client.getAccessToken() ?? ''}` },
      signal: options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]),
    });
    if (!response.ok) throw new Error(`Media: ${response.status}`);
    return await readBody(response, alive, options);
  } catch (error) {
    // What is too large must not go on arriving.
    ending.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
