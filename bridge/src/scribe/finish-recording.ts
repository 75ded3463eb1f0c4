import { stat } from 'node:fs/promises';
import { USUAL_RECORDING, type Gap } from '@palabre/protocol';
import {
  recordingMessage,
  textsFor,
  transcriptFileMessage,
  UploadRefused,
  type Thumbnail,
} from '../publishing/index.ts';
import { filmTimeOf, type FilmTime, type Poster, type StoredSegment, type StoredStream } from '../recording/index.ts';
import { enginesOf, gapsWithin, webVttOf, type AbsoluteGap, type NamedLine } from '../transcription/index.ts';
import type { RecordedStream } from './contract.ts';
import { takeFromEgress } from './egress-files.ts';
import { recordingPath } from './files.ts';
import { keepTooLarge } from './kept.ts';
import { jobOptions, pictureSize } from './recording-options.ts';
import { gapsOf, heardIn, notKeptOf, postFile, uploadOnce, type Context } from './results.ts';
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

/** A line on the clock of the film; what was said while it was paused is left out. */
function lineInFilm(line: NamedLine, time: FilmTime): NamedLine[] {
  const [span] = time.within(line);
  if (span === undefined) return [];
  const words = line.words.flatMap((word) => time.within(word).map((part) => ({ ...word, ...part })));
  return words.length === 0 && line.words.length > 0 ? [] : [{ ...line, ...span, words }];
}

/** Captions of a recording, when there is a transcript of the same time: of those who agreed to both. */
async function postCaptions(context: Context, time: FilmTime): Promise<string | undefined> {
  const { deps, run, voice, job, window } = context;
  const name = textsFor(deps.language).recordingCaptionsFile;
  const { lines } = await heardIn(context);
  const agreed = await deps.consent.everAgreed(run.meetingId, 'recording');
  const shown = lines.filter(({ userId }) => agreed?.has(userId) ?? true).flatMap((line) => lineInFilm(line, time));
  if (shown.length === 0) return undefined;
  const source = Buffer.from(webVttOf(shown, window.startMs));
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(time.of(window.endMs) - window.startMs),
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
  const time = filmTimeOf(recordedSpans(context.segments));
  await takeFromEgress(context);
  const { found: stored, missing } = await storedSegments(context, time);
  if (stored.length === 0) {
    await voice.notice(`${job.id}:empty`, 'recording_empty', 'error');
    return;
  }
  // Kept until there is one again.
  if (deps.remuxer === undefined) throw new Error('a recording waits for ffmpeg, which is not set up any more');
  const captions = await postCaptions(context, time);
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
    const { recordingFile, soundFile } = textsFor(deps.language);
    const mimetype = isAudio ? 'audio/mp4' : 'video/mp4';
    const file = { name: isAudio ? soundFile : recordingFile, mimetype, bytes };
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
      await voice.post(`${job.id}:video`, (root) =>
        recordingMessage({ ...file, thumbnail }, uploaded, facts, root, deps.language),
      );
    } catch (error) {
      if (!(error instanceof UploadRefused)) throw error;
      if (error.tooLarge) {
        const thumbnail = await uploadPoster(context, poster);
        await keepTooLarge(context, { path, bytes, mimetype: file.mimetype, facts, thumbnail });
      } else {
        await voice.notice(`${job.id}:refused`, 'upload_refused', 'error');
        throw error;
      }
    }
  } finally {
    await finished.dispose();
  }
}
