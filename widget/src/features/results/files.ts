import { serverOf, type ReadingSession } from '@palabre/protocol';
import type { TranscriptMedia } from '@palabre/transcript';
import { createFilms, createKeptRecordings, decryptFile, harmlessType, loadKept } from '@palabre/transcript/documents';
import { WidgetApiFromWidgetAction, type WidgetApi } from 'matrix-widget-api';
import * as z from 'zod/mini';

const answerSchema = z.object({ file: z.union([z.instanceof(Blob), z.instanceof(ArrayBuffer)]) });

/** A film of an hour takes a while; the messenger gives up earlier when nothing comes. */
const TIMEOUT_S = 600;

/** The file as the homeserver has it, by way of the messenger (MSC4039). */
async function download(api: WidgetApi, mxc: string): Promise<Blob> {
  const { transport } = api;
  const usual = transport.timeoutSeconds;
  transport.timeoutSeconds = TIMEOUT_S;
  let asked: Promise<unknown>;
  try {
    // The time limit is read when the request leaves.
    asked = transport.send(WidgetApiFromWidgetAction.MSC4039DownloadFileAction, { content_uri: mxc });
  } finally {
    transport.timeoutSeconds = usual;
  }
  return new Blob([answerSchema.parse(await asked).file]);
}

/** Files of results. */
export interface ResultFiles extends TranscriptMedia {
  close(): void;
}

/**
 * Those of the homeserver come whole by way of the messenger, what our own bridge keeps from there: a player of that is given an
 * address at once, and its parts as it wants them, where the browser lets the page have a worker of its own in the messenger's frame.
 */
export function createFiles(
  api: WidgetApi,
  userId: string,
  readingSession: () => Promise<ReadingSession>,
): ResultFiles {
  const recordings = createKeptRecordings(({ server }) => {
    if (server !== serverOf(userId)) throw new Error('The recording is kept by another organisation');
    return readingSession();
  }, Date.now);
  const films = createFilms(recordings, new URL('.', document.baseURI));

  const load: TranscriptMedia['load'] = async (source, mimeType, options) => {
    if (source.kind === 'kept') return loadKept(recordings, source, options);
    const whole = await download(api, source.kind === 'plain' ? source.mxc : source.file.url);
    options?.signal?.throwIfAborted();
    if (source.kind === 'encrypted') return decryptFile(whole, source.file, mimeType);
    return new Blob([whole], { type: harmlessType(mimeType) });
  };
  return {
    load,
    play: async (source, mimeType, options) => {
      const film = source.kind === 'kept' ? await films.open(source) : undefined;
      if (film !== undefined) return film;
      const url = URL.createObjectURL(await load(source, mimeType, options));
      return { url, close: () => URL.revokeObjectURL(url) };
    },
    close: () => films.close(),
  };
}
