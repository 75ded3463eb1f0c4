import { stat } from 'node:fs/promises';
import { USUAL_RECORDING, type Gap } from '@palabre/protocol';
import * as z from 'zod';
import {
  recordingMessage,
  resultFileName,
  textsFor,
  transcriptFileMessage,
  UploadRefused,
  type Content,
  type Thumbnail,
} from '../publishing/index.ts';
import { filmTimeOf, type FilmTime, type Poster, type StoredSegment, type StoredStream } from '../recording/index.ts';
import { enginesOf, gapsWithin, webVttOf, type AbsoluteGap, type NamedLine } from '../transcription/index.ts';
import type { RecordedStream } from './contract.ts';
import { takeFromEgress } from './egress-files.ts';
import { recordingPath } from './files.ts';
import { keepTooLarge } from './kept.ts';
import { jobOptions, pictureSize } from './recording-options.ts';
import {
  allHeardIn,
  gapsOf,
  hasItsText,
  heardIn,
  notKeptOf,
  postFile,
  SpeechStaysAway,
  uploadOnce,
  type Context,
  type HeardInWindow,
} from './results.ts';
import { TakenBack } from './room-voice.ts';
import { recordedSpans } from './segments.ts';
import type { SegmentRow } from './store.ts';

/** A crash tears the last chunk; the break that follows is named anyway. */
const TORN_END_MS = 2_000;

interface Stored {
  readonly found: readonly StoredSegment[];
  /** Recorded by Egress, which has no file of it. */
  readonly missing: readonly SegmentRow[];
}

/** Times are those of the film: pauses are cut out. */
async function storedSegments({ deps, run, job, segments }: Context, time: FilmTime): Promise<Stored> {
  const isAudio = job.options?.layout === 'audio';
  const found: StoredSegment[] = [];
  const missing: SegmentRow[] = [];
  for (const segment of segments) {
    const { id, startedMs, soundStartedMs, pictureDelayMs, untilMs, driver } = segment;
    const stored = async (of: RecordedStream | 'whole'): Promise<StoredStream | undefined> => {
      const path = recordingPath(deps.places.filesDir, run.id, id, of);
      const info = await stat(path).catch((error: unknown) => {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      });
      return info === undefined || info.size === 0 ? undefined : { path, context: `${id}:${of}`, bytes: info.size };
    };
    const [picture, sound] = [await stored('picture'), await stored('sound')];
    const whole = await stored('whole');
    if (whole === undefined && driver === 'egress') missing.push(segment);
    if ((whole ?? (isAudio ? sound : picture)) === undefined) continue;
    found.push({
      picture,
      sound,
      whole,
      pictureDelayMs,
      startedMs: time.of(startedMs),
      soundStartedMs: time.of(startedMs) + (soundStartedMs ?? startedMs) - startedMs,
      untilMs: time.of(untilMs),
    });
  }
  return { found, missing };
}

/** Under this key of the outbox its message is remembered while only captions are still to come. */
export const filmKey = (jobId: string): string => `${jobId}:film`;

/** Of the outbox, too. */
export const captionsKey = (jobId: string): string => `${jobId}:captions`;

/** A film that can be posted does not wait longer for its captions. */
const MOST_CAPTION_WAIT_MS = 2 * 60_000;

/** A line on the clock of the film; what was said while it was paused is left out. */
function lineInFilm(line: NamedLine, time: FilmTime): NamedLine[] {
  const [span] = time.within(line);
  if (span === undefined) return [];
  const words = line.words.flatMap((word) => time.within(word).map((part) => ({ ...word, ...part })));
  return words.length === 0 && line.words.length > 0 ? [] : [{ ...line, ...span, words }];
}

/**
 * Captions of a recording, when there is a transcript of the same time: of those who then agreed to both.
 * @param film its message, where that is in the room already
 */
async function postCaptions(
  context: Context,
  time: FilmTime,
  { lines }: HeardInWindow,
  film?: string,
): Promise<string | undefined> {
  const { deps, run, voice, job, window } = context;
  const name = resultFileName('recording', window.startMs, 'vtt', deps.language);
  const agreed = await deps.consent.agreement(run.meetingId, 'recording');
  const shown = lines
    .filter(({ userId, startMs, endMs }) => agreed?.(userId, startMs, endMs) ?? true)
    .flatMap((line) => lineInFilm(line, time));
  const key = captionsKey(job.id);
  const stands = async (): Promise<boolean> => !(await deps.deletions.hasCaptionsEnded(job.id));
  // A deletion waits for those that a former attempt may have sent.
  if (!(await voice.knows(key)) && (shown.length === 0 || !(await stands()))) return undefined;
  const engines = enginesOf(shown, deps.speechModel);
  const origin = textsFor(deps.language).engines(engines.provenance ?? []);
  const source = Buffer.from(webVttOf(shown, window.startMs, origin));
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(time.of(window.endMs) - window.startMs),
    ...engines,
    gaps: [],
    ...(film === undefined ? {} : { recording_event_id: film }),
  };
  const root = await voice.root();
  const build = async (): Promise<Content> => {
    const upload = { source, bytes: source.length, contentType: 'text/vtt' };
    const uploaded = await uploadOnce(context, `${key}:upload`, upload, stands);
    return transcriptFileMessage('vtt', { name, mimetype: 'text/vtt', bytes: source.length }, uploaded, facts, root);
  };
  try {
    return await postFile(context, key, build, stands);
  } catch (error) {
    // The film itself is not deleted.
    if (error instanceof TakenBack && !(await deps.deletions.coversJob(job.id))) return undefined;
    throw error;
  }
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

/**
 * Posts what was drawn and mixed, with captions where there is a transcript of the same time: before it, or after it where their text
 * is not there in time.
 * @throws SpeechStaysAway when only captions are still to come
 */
export async function finishPicture(context: Context): Promise<void> {
  const { voice, job } = context;
  const time = filmTimeOf(recordedSpans(context.segments));
  // Decided once: who names whom must not change with what is back after a crash.
  const inTime = await voice.once(`${job.id}:captions:in-time`, z.boolean(), () =>
    hasItsText(context, MOST_CAPTION_WAIT_MS),
  );
  if (inTime) {
    await postFilm(context, time, inTime);
    return;
  }
  let isNew = false as boolean;
  const film = await voice.once(filmKey(job.id), z.string().nullable(), () => {
    isNew = true;
    return postFilm(context, time, inTime);
  });
  if (film === null) return;
  // The room need not wait for them with its next meeting.
  if (isNew) throw new SpeechStaysAway();
  await postCaptions(context, time, await allHeardIn(context), film);
}

/** @returns its message; null: nothing was recorded, as the room was told */
async function postFilm(context: Context, time: FilmTime, withCaptions: boolean): Promise<string | null> {
  const { deps, run, voice, job, window } = context;
  await takeFromEgress(context);
  const { found: stored, missing } = await storedSegments(context, time);
  if (stored.length === 0) {
    await voice.notice(`${job.id}:empty`, 'recording_empty', 'error');
    return null;
  }
  // Kept until there is one again.
  if (deps.remuxer === undefined) throw new Error('a recording waits for ffmpeg, which is not set up any more');
  const captions = withCaptions ? await postCaptions(context, time, await heardIn(context)) : undefined;
  const options = job.options ?? jobOptions(USUAL_RECORDING, deps.recording);
  const isAudio = options.layout === 'audio';
  const finished = await deps.remuxer.finish(stored, run.sealer, {
    soundOnly: isAudio,
    memoryOnly: await voice.isEncrypted(),
    signal: context.patience.signal,
  });
  try {
    const { path, bytes, startedMs, durationMs, lost, poster } = finished;
    const unread = lost
      .filter(({ startMs, endMs }) => endMs - startMs > TORN_END_MS)
      .map((span): AbsoluteGap => ({ ...span, reason: 'recorder_restarted' }));
    const inFilm = (await gapsOf(context)).flatMap((gap) =>
      time.within(gap).map((span): AbsoluteGap => ({ ...span, reason: gap.reason })),
    );
    const unwritten = missing.map(({ startedMs: from, untilMs }): AbsoluteGap => ({
      startMs: time.of(from),
      endMs: time.of(untilMs),
      reason: 'recorder_restarted',
    }));
    const filmWindow = { startMs: window.startMs, endMs: time.of(window.endMs) };
    const gaps: Gap[] = gapsWithin([...inFilm, ...unread, ...unwritten], filmWindow);
    const pauses = time.pauses.map(({ startMs, endMs }) => ({
      at_ms: Math.round(time.of(startMs) - startedMs),
      duration_ms: Math.round(endMs - startMs),
    }));
    const name = resultFileName('recording', startedMs, isAudio ? 'm4a' : 'mp4', deps.language);
    const mimetype = isAudio ? 'audio/mp4' : 'video/mp4';
    const file = { name, mimetype, bytes };
    const facts = {
      meeting_id: run.meetingId,
      started_ms: Math.round(startedMs),
      duration_ms: durationMs,
      ...(isAudio ? {} : pictureSize(options)),
      ...(pauses.length === 0 ? {} : { pauses }),
      gaps,
      ...(await notKeptOf(context)),
      ...(captions === undefined ? {} : { captions_event_id: captions }),
    };
    try {
      if (bytes > deps.places.uploadLimitBytes) throw new UploadRefused(true);
      const uploaded = await uploadOnce(context, `${job.id}:video:upload`, {
        source: path,
        bytes,
        contentType: mimetype,
      });
      const thumbnail = await uploadPoster(context, poster);
      return await voice.post(`${job.id}:video`, (root) =>
        recordingMessage({ ...file, thumbnail }, uploaded, facts, root, deps.language),
      );
    } catch (error) {
      if (!(error instanceof UploadRefused)) throw error;
      if (error.tooLarge) {
        const thumbnail = await uploadPoster(context, poster);
        return await keepTooLarge(context, { path, bytes, mimetype: file.mimetype, facts, thumbnail });
      }
      await voice.notice(`${job.id}:refused`, 'upload_refused', 'error');
      throw error;
    }
  } finally {
    await finished.dispose();
  }
}
