import { stat } from 'node:fs/promises';
import type { Gap } from '@palabre/protocol';
import {
  recordingMessage,
  textsFor,
  transcriptFileMessage,
  UploadRefused,
  type Thumbnail,
} from '../publishing/index.ts';
import type { Poster, StoredSegment, StoredStream } from '../recording/index.ts';
import { enginesOf, gapsWithin, webVttOf, type AbsoluteGap } from '../transcription/index.ts';
import type { RecordedStream } from './contract.ts';
import { recordingPath } from './files.ts';
import { keepTooLarge } from './kept.ts';
import { gapsOf, heardIn, notKeptOf, postFile, uploadOnce, type Context } from './results.ts';

/** A crash tears the last chunk; the break that follows is named anyway. */
const TORN_END_MS = 2_000;
const SIZE = { width: 1280, height: 720 };

async function storedSegments({ deps, run, segments }: Context): Promise<StoredSegment[]> {
  const found: StoredSegment[] = [];
  for (const { id, startedMs, soundStartedMs, pictureDelayMs, untilMs } of segments) {
    const stored = async (of: RecordedStream): Promise<StoredStream | undefined> => {
      const path = recordingPath(deps.places.filesDir, run.id, id, of);
      const info = await stat(path).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      });
      return info === undefined || info.size === 0 ? undefined : { path, context: `${id}:${of}`, bytes: info.size };
    };
    const picture = await stored('picture');
    if (picture === undefined) continue;
    const sound = await stored('sound');
    found.push({ picture, sound, startedMs, soundStartedMs: soundStartedMs ?? startedMs, pictureDelayMs, untilMs });
  }
  return found;
}

/** Captions of a recording, when there is a transcript of the same time. */
async function postCaptions(context: Context): Promise<string | undefined> {
  const { deps, run, voice, job, window } = context;
  const name = textsFor(deps.language).recordingCaptionsFile;
  const { lines } = await heardIn(context);
  if (lines.length === 0) return undefined;
  const source = Buffer.from(webVttOf(lines, window.startMs));
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(window.endMs - window.startMs),
    ...enginesOf(lines, deps.speechModel),
    gaps: [],
  };
  const root = await voice.root();
  return postFile(context, `${job.id}:captions`, async () => {
    const upload = { source, bytes: source.length, contentType: 'text/vtt' };
    const uploaded = await uploadOnce(context, `${job.id}:captions:upload`, upload);
    return transcriptFileMessage('vtt', { name, mimetype: 'text/vtt', bytes: source.length }, uploaded, facts, root);
  });
}

async function uploadPoster(context: Context, poster: Poster | undefined): Promise<Thumbnail | undefined> {
  if (poster === undefined) return undefined;
  const { path, bytes, width, height } = poster;
  try {
    const upload = { source: path, bytes, contentType: 'image/jpeg' };
    return { uploaded: await uploadOnce(context, `${context.job.id}:poster:upload`, upload), bytes, width, height };
  } catch (error) {
    // The recording itself will say what the homeserver refuses.
    if (error instanceof UploadRefused) return undefined;
    throw error;
  }
}

/** Posts what was drawn and mixed, with captions where there is a transcript of the same time. */
export async function finishPicture(context: Context): Promise<void> {
  const { deps, run, voice, job, window } = context;
  const stored = await storedSegments(context);
  if (stored.length === 0) {
    await voice.notice(`${job.id}:empty`, 'recording_empty', 'error');
    return;
  }
  // Kept until there is one again.
  if (deps.remuxer === undefined) throw new Error('a recording waits for ffmpeg, which is not set up any more');
  const captions = await postCaptions(context);
  const finished = await deps.remuxer.finish(stored, run.sealer, await voice.isEncrypted(), context.patience.signal);
  try {
    const { path, bytes, startedMs, durationMs, lost, poster } = finished;
    const unread = lost
      .filter(({ startMs, endMs }) => endMs - startMs > TORN_END_MS)
      .map((span): AbsoluteGap => ({ ...span, reason: 'recorder_restarted' }));
    const gaps: Gap[] = gapsWithin([...(await gapsOf(context)), ...unread], window);
    const file = { name: textsFor(deps.language).recordingFile, mimetype: 'video/mp4', bytes };
    const facts = {
      meeting_id: run.meetingId,
      started_ms: Math.round(startedMs),
      duration_ms: durationMs,
      ...SIZE,
      gaps,
      ...(await notKeptOf(context)),
      ...(captions === undefined ? {} : { captions_event_id: captions }),
    };
    try {
      if (bytes > deps.places.uploadLimitBytes) throw new UploadRefused(true);
      const uploaded = await uploadOnce(context, `${job.id}:video:upload`, {
        source: path,
        bytes,
        contentType: 'video/mp4',
      });
      const thumbnail = await uploadPoster(context, poster);
      await voice.post(`${job.id}:video`, (root) =>
        recordingMessage({ ...file, thumbnail }, uploaded, facts, root, deps.language),
      );
    } catch (error) {
      if (!(error instanceof UploadRefused)) throw error;
      if (error.tooLarge) await keepTooLarge(context, path, bytes);
      else {
        await voice.notice(`${job.id}:refused`, 'upload_refused', 'error');
        throw error;
      }
    }
  } finally {
    await finished.dispose();
  }
}
