import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gap } from '@palabre/protocol';
import * as z from 'zod';
import {
  createAttachmentCipher,
  encryptedFileSchema,
  minutesMessage,
  noticeMessage,
  PublishRefused,
  recordingMessage,
  sizeText,
  textsFor,
  transcriptFile,
  transcriptFileMessage,
  transcriptMessages,
  UploadRefused,
  uploadedSchema,
  type Upload,
  type Uploaded,
} from '../publishing/index.ts';
import { finishRecording, type StoredSegment, type StoredStream } from '../recording/index.ts';
import { extractOf } from '../summary/index.ts';
import {
  gapsWithin,
  paragraphsOf,
  webVttOf,
  type AbsoluteGap,
  type NamedLine,
  type TimeSpan,
} from '../transcription/index.ts';
import type { RecordedStream } from './contract.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { RoomVoice } from './room-voice.ts';
import { keptPath, recordingPath } from './files.ts';
import type { JobRow, SegmentRow } from './store.ts';

/** Works out what a job captured and posts it. Every step is remembered, so it may be begun again at any time. */

/** How long results wait for a speech engine that is away before they name what is missing. */
const SPEECH_PATIENCE_MS = 45_000;
const UPLOAD_PAUSE_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const SIZE = { width: 1280, height: 720 };

interface Context {
  readonly deps: RunDeps;
  readonly run: RunFacts;
  readonly voice: RoomVoice;
  readonly job: JobRow;
  readonly window: TimeSpan;
  readonly segments: readonly SegmentRow[];
  readonly signal: AbortSignal;
  /** Files that the homeserver does not take; the room is told that they are kept. */
  readonly refused: UploadRefused[];
}

export async function finishJob(
  deps: RunDeps,
  run: RunFacts,
  voice: RoomVoice,
  job: JobRow,
  signal: AbortSignal,
): Promise<void> {
  const segments = await deps.store.segments(job.id);
  const startMs = segments[0]?.startedMs ?? job.createdMs;
  const endMs = Math.max(startMs, job.stoppedMs ?? deps.now(), ...segments.map(({ untilMs }) => untilMs));
  const context: Context = { deps, run, voice, job, segments, signal, window: { startMs, endMs }, refused: [] };
  try {
    if (job.what === 'transcription') await finishTranscript(context);
    else await finishPicture(context);
    // Not done, so it is not forgotten.
    const [refused] = context.refused;
    if (refused !== undefined) throw refused;
  } catch (error) {
    if (!(error instanceof PublishRefused)) throw error;
    // The scribe may not speak here any more: the watcher says that there was something.
    await voice.watcherNotice('results_refused').catch((failure: unknown) => {
      deps.log.logger.warn({ err: failure, run: run.id }, 'the watcher could not say that results were refused');
    });
    throw error;
  }
}

/** Stretches between segments, and after the last one when it did not end as asked. */
function gapsBetween(segments: readonly SegmentRow[], endMs: number): AbsoluteGap[] {
  return segments.flatMap(({ brokenBy, untilMs }, index): AbsoluteGap[] =>
    brokenBy === undefined
      ? []
      : [{ startMs: untilMs, endMs: segments[index + 1]?.startedMs ?? endMs, reason: brokenBy }],
  );
}

async function namedLines({ deps, run, voice }: Context, window: TimeSpan): Promise<NamedLine[]> {
  const names = new Map((await voice.people()).map(({ userId, name }) => [userId, name]));
  const lines = await deps.transcription.lines(run.sealer, run.id, window);
  return lines.map((line) => ({ ...line, name: names.get(line.userId) ?? line.userId }));
}

/** Uploads once; tries for as long as the homeserver is only away. */
function uploadOnce(
  { deps, run, voice, signal }: Context,
  key: string,
  upload: Omit<Upload, 'encrypted'>,
): Promise<Uploaded> {
  return voice.once(key, uploadedSchema, async () => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await deps.upload({ ...upload, encrypted: run.encrypted }, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UploadRefused) throw error;
        deps.log.logger.warn({ err: error, run: run.id }, 'an upload is tried again');
        await sleep(UPLOAD_PAUSE_MS[Math.min(attempt, UPLOAD_PAUSE_MS.length - 1)], undefined, { signal });
      }
    }
  });
}

async function finishTranscript(context: Context): Promise<void> {
  const { deps, run, voice, job, window, segments } = context;
  const { language } = deps;
  if (segments.length === 0) {
    await voice.notice(`${job.id}:never`, 'scribe_failed', 'error');
    return;
  }
  await deps.transcriber?.settle(run.id, window.endMs, SPEECH_PATIENCE_MS);
  const missing = await deps.transcription.missingSpans(run.id, window);
  const gaps = gapsWithin(
    [
      ...gapsBetween(segments, window.endMs),
      ...missing.map((span): AbsoluteGap => ({ ...span, reason: 'speech_unavailable' })),
    ],
    window,
  );
  const lines = await namedLines(context, window);
  const paragraphs = paragraphsOf(lines);
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(window.endMs - window.startMs),
    model: deps.speechModel,
    gaps,
  };
  const texts = textsFor(language);

  const root = await voice.root();
  const messages = transcriptMessages(paragraphs, facts, root, language);
  for (const [index, content] of messages.entries()) await voice.post(`${job.id}:text:${index}`, () => content);

  const files = [
    {
      format: 'txt',
      name: texts.transcriptFile,
      mimetype: 'text/plain',
      text: transcriptFile(paragraphs, gaps, window.startMs, language),
    },
    { format: 'vtt', name: texts.captionsFile, mimetype: 'text/vtt', text: webVttOf(lines, window.startMs) },
  ] as const;
  for (const { format, name, mimetype, text } of files) {
    const source = Buffer.from(text);
    await postFile(context, `${job.id}:${format}`, async () => {
      const upload = { source, bytes: source.length, contentType: mimetype };
      const uploaded = await uploadOnce(context, `${job.id}:${format}:upload`, upload);
      return transcriptFileMessage(format, { name, mimetype, bytes: source.length }, uploaded, facts, root);
    });
  }

  const people = await voice.people();
  const extract = extractOf(paragraphs);
  await voice.post(`${job.id}:minutes`, (thread) =>
    minutesMessage(
      {
        meeting_id: run.meetingId,
        duration_ms: Math.round(window.endMs - run.meetingStartedMs),
        participants: people.map(({ userId, name }) => ({ user_id: userId, name })),
        method: 'extractive',
        extract: extract.map(({ userId, name, startMs, text }) => ({
          user_id: userId,
          name,
          start_ms: Math.round(startMs - window.startMs),
          text,
        })),
      },
      thread,
      language,
    ),
  );
  if (missing.length > 0) await voice.notice(`${job.id}:speech`, 'speech_unavailable', 'warning');
}

/** Posts a file; one that the homeserver refuses is named instead. */
async function postFile(
  { voice, refused }: Context,
  key: string,
  build: () => Promise<Record<string, unknown>>,
): Promise<string | undefined> {
  try {
    return await voice.post(key, build);
  } catch (error) {
    if (!(error instanceof UploadRefused)) throw error;
    await voice.notice(`${key}:refused`, 'upload_refused', 'error');
    refused.push(error);
    return undefined;
  }
}

async function storedSegments({ deps, run, segments }: Context): Promise<StoredSegment[]> {
  const found: StoredSegment[] = [];
  for (const { id, startedMs, soundStartedMs, pictureDelayMs } of segments) {
    const stored = async (of: RecordedStream): Promise<StoredStream | undefined> => {
      const path = recordingPath(deps.places.filesDir, run.id, id, of);
      const info = await stat(path).catch(() => undefined);
      return info === undefined || info.size === 0 ? undefined : { path, context: `${id}:${of}`, bytes: info.size };
    };
    const picture = await stored('picture');
    if (picture === undefined) continue;
    const sound = await stored('sound');
    found.push({ picture, sound, startedMs, soundStartedMs: soundStartedMs ?? startedMs, pictureDelayMs });
  }
  return found;
}

/** Captions of a recording, when there is a transcript of the same time. */
async function postCaptions(context: Context): Promise<string | undefined> {
  const { deps, run, voice, job, window } = context;
  const name = textsFor(deps.language).recordingCaptionsFile;
  await deps.transcriber?.settle(run.id, window.endMs, SPEECH_PATIENCE_MS);
  const lines = await namedLines(context, window);
  if (lines.length === 0) return undefined;
  const source = Buffer.from(webVttOf(lines, window.startMs));
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(window.endMs - window.startMs),
    model: deps.speechModel,
    gaps: [],
  };
  const root = await voice.root();
  return postFile(context, `${job.id}:captions`, async () => {
    const upload = { source, bytes: source.length, contentType: 'text/vtt' };
    const uploaded = await uploadOnce(context, `${job.id}:captions:upload`, upload);
    return transcriptFileMessage('vtt', { name, mimetype: 'text/vtt', bytes: source.length }, uploaded, facts, root);
  });
}

async function finishPicture(context: Context): Promise<void> {
  const { deps, run, voice, job, window, segments } = context;
  const stored = await storedSegments(context);
  const [first] = stored;
  if (first === undefined || deps.places.ffmpeg === undefined) {
    await voice.notice(`${job.id}:empty`, 'recording_empty', 'error');
    return;
  }
  const captions = await postCaptions(context);
  const finished = await finishRecording(stored, run.sealer, {
    ffmpeg: deps.places.ffmpeg,
    user: deps.places.user,
    memoryOnly: run.encrypted,
  });
  try {
    const { path, bytes, durationMs } = finished;
    const gaps: Gap[] = gapsWithin(gapsBetween(segments, window.endMs), window);
    const file = { name: textsFor(deps.language).recordingFile, mimetype: 'video/mp4', bytes };
    const facts = {
      meeting_id: run.meetingId,
      started_ms: Math.round(first.startedMs),
      duration_ms: durationMs,
      ...SIZE,
      gaps,
      ...(captions === undefined ? {} : { captions_event_id: captions }),
    };
    try {
      if (bytes > deps.places.uploadLimitBytes) throw new UploadRefused(true);
      const uploaded = await uploadOnce(context, `${job.id}:video:upload`, {
        source: path,
        bytes,
        contentType: 'video/mp4',
      });
      await voice.post(`${job.id}:video`, (root) => recordingMessage(file, uploaded, facts, root, deps.language));
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

const keptSchema = z.object({ id: z.string(), bytes: z.number(), file: encryptedFileSchema });
/** Content block of a notice about a file that stayed on the server; its key travels only here. */
const KEPT_BLOCK = 'app.palabre.kept';

/** Larger than the homeserver takes: stays in storage, encrypted, and the room is told where and why. */
async function keepTooLarge({ deps, run, voice, job, signal }: Context, path: string, bytes: number): Promise<void> {
  const kept = await voice.once(`${job.id}:kept`, keptSchema, async () => {
    const id = randomUUID();
    const target = keptPath(deps.places.filesDir, id);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const cipher = createAttachmentCipher();
    await pipeline(createReadStream(path), cipher.stream, createWriteStream(target, { mode: 0o600 }), { signal });
    return { id, bytes, file: cipher.file(`palabre-kept:${id}`) };
  });
  const limit = sizeText(deps.places.uploadLimitBytes, deps.language);
  const text = textsFor(deps.language).recordingKept(sizeText(bytes, deps.language), limit, kept.id);
  await voice.post(`${job.id}:kept:notice`, (root) => ({
    ...noticeMessage(text, { meeting_id: run.meetingId, level: 'warning', code: 'recording_kept' }, root),
    [KEPT_BLOCK]: kept,
  }));
}
