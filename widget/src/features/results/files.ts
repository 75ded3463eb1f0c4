import { serverOf, type ReadingSession } from '@palabre/protocol';
import type { TranscriptMedia } from '@palabre/transcript';
import { createKeptRecordings, decryptFile, harmlessType, loadKept } from '@palabre/transcript/documents';
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

/**
 * Files of results: those of the homeserver by way of the messenger, what our own bridge keeps from there. A player is given an
 * address when all of a file is here.
 */
export function createFiles(
  api: WidgetApi,
  userId: string,
  readingSession: () => Promise<ReadingSession>,
): TranscriptMedia {
  const recordings = createKeptRecordings(({ server }) => {
    if (server !== serverOf(userId)) throw new Error('The recording is kept by another organisation');
    return readingSession();
  }, Date.now);

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
      const url = URL.createObjectURL(await load(source, mimeType, options));
      return { url, close: () => URL.revokeObjectURL(url) };
    },
  };
}
