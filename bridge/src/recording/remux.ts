import { createWriteStream } from 'node:fs';
import { chmod, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sealer, TimeSpan } from '../transcription/index.ts';
import { readChunks } from './chunk-file.ts';
import {
  drawPoster,
  OUTPUT,
  readableOf,
  splitWholes,
  writeFilm,
  writeSound,
  WRITTEN,
  type Poster,
  type Unsealed,
} from './film.ts';
import { NoRoomToFinish, openWorkFolder, sweepWorkFolders } from './work-folder.ts';

/** Puts the segments of a recording together as one MP4 that plays and seeks in browsers. */

/** A file of sealed chunks. */
export interface StoredStream {
  readonly path: string;
  /** What its chunks were sealed for. */
  readonly context: string;
  readonly bytes: number;
}

/** What was recorded without a break. */
export interface StoredSegment {
  /** Matroska with H.264; undefined where there is sound only. */
  readonly picture: StoredStream | undefined;
  /** ADTS frames of AAC; undefined when nothing of it was stored. */
  readonly sound: StoredStream | undefined;
  /** Instead of the two: one MP4 with H.264 and AAC that are in time with each other. Read up to `untilMs`. */
  readonly whole?: StoredStream | undefined;
  /** Wall clock of the first frame. */
  readonly startedMs: number;
  /** Wall clock of the first sample. */
  readonly soundStartedMs: number;
  /** How much later than its arrival the picture was drawn, where known. */
  readonly pictureDelayMs: number | undefined;
  /** Captured up to here. */
  readonly untilMs: number;
}

export interface FinishedRecording {
  /** Readable; gone after `dispose`. */
  readonly path: string;
  readonly bytes: number;
  /** Wall clock of its beginning. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** What was captured and could not be read any more. */
  readonly lost: readonly TimeSpan[];
  /** JPEG of a telling moment near the beginning, where one could be drawn. */
  readonly poster: Poster | undefined;
  dispose(): Promise<void>;
}

export interface RemuxerOptions {
  readonly ffmpeg: string;
  /** Unprivileged account for when this process runs as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

export interface FinishOptions {
  /** There is no picture, and there was to be none. */
  readonly soundOnly: boolean;
  /** The meeting must not be readable on disk. */
  readonly memoryOnly: boolean;
  readonly signal: AbortSignal;
}

export interface Remuxer {
  /**
   * Decrypts the segments, keeps their H.264 as it is, puts their sound beside it and writes one MP4 with its index in front. Time
   * between segments is kept: the last picture stays, the sound is silent, so every moment of the file is a moment of the meeting.
   * One at a time: each needs space for all of a recording.
   * @throws NoRoomToFinish, RemuxFailed
   */
  finish(segments: readonly StoredSegment[], sealer: Sealer, how: FinishOptions): Promise<FinishedRecording>;
  /** Removes what killed processes left readable. */
  sweep(): Promise<void>;
}

/** Segments and result lie there at the same time. */
const ROOM_FACTOR = 2.3;
/** Of the memory; others use some of it. */
const MEMORY_SHARE = 0.9;
/** And one that is to be split, as a whole and in its parts. */
const WHOLE_ROOM_FACTOR = 3.3;
/** Copying pictures and coding sound goes many times faster than the meeting did, even on a machine that has too much to do. */
const LEAST_TIMEOUT_MS = 60_000;
/** How much may be captured of a meeting that must not be readable on disk, so that it can be put together in so much memory. */
export function mostInMemory(memoryBytes: number): number {
  return (memoryBytes * MEMORY_SHARE) / ROOM_FACTOR;
}

/**
 * A picture is later than its sound: it takes longer to encode at its sender, and is drawn some time after it arrived, which the
 * page measures. Sound is put later by both, so that lips and words stay together. Measured with flash and beep, on machines that
 * had little to do and far too much.
 */
const SENDER_DELAY_MS = 30;
const USUAL_PICTURE_DELAY_MS = 20;
const LARGEST_SHIFT_MS = 400;

function soundShiftMs({ pictureDelayMs = USUAL_PICTURE_DELAY_MS }: StoredSegment): number {
  return Math.min(LARGEST_SHIFT_MS, Math.max(0, pictureDelayMs) + SENDER_DELAY_MS);
}

async function unseal(
  segments: readonly StoredSegment[],
  folder: string,
  sealer: Sealer,
  signal: AbortSignal,
): Promise<Unsealed> {
  const all: Unsealed = { names: [], wholes: [], pictures: [], sounds: [], lost: [] };
  /** @returns whether there is anything in the file */
  const write = async (stream: StoredStream, name: string, { startedMs, untilMs }: StoredSegment): Promise<boolean> => {
    let readBytes = 0;
    const target = createWriteStream(join(folder, name), { mode: 0o600 });
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      readBytes = yield* readChunks(stream.path, stream.context, sealer);
    };
    await pipeline(chunks, target, { signal });
    all.names.push(name);
    // Bytes come about evenly over time: good enough to name what is missing.
    const readableMs = startedMs + (untilMs - startedMs) * (readBytes / stream.bytes);
    if (readBytes < stream.bytes) all.lost.push({ startMs: readableMs, endMs: untilMs });
    return readBytes > 0;
  };
  for (const [index, segment] of segments.entries()) {
    const { picture, sound, whole, startedMs, soundStartedMs, untilMs } = segment;
    const name = `picture-${index}.mkv`;
    const soundName = `sound-${index}.aac`;
    if (whole !== undefined) {
      const wholeName = `whole-${index}.mp4`;
      if (!(await write(whole, wholeName, segment))) continue;
      for (const part of [name, soundName]) await writeFile(join(folder, part), '', { mode: 0o600 });
      all.names.push(name, soundName);
      all.wholes.push({ name: wholeName, picture: name, sound: soundName, startedMs, untilMs });
      continue;
    }
    if (picture !== undefined) {
      if (!(await write(picture, name, segment))) continue;
      all.pictures.push({ name, startedMs, untilMs });
    }
    if (sound === undefined || !(await write(sound, soundName, segment))) continue;
    const shiftMs = picture === undefined ? 0 : soundShiftMs(segment);
    all.sounds.push({ name: soundName, startedMs: soundStartedMs + shiftMs, untilMs });
  }
  return all;
}

/** A full disk is a matter of space, wherever it shows. */
function asNoRoom(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return isFull ? new NoRoomToFinish(false, { cause: error }) : error;
}

/**
 * Gives the files to another account and keeps the folder: what works there can change its files, but put no link in their place
 * for root to follow.
 */
async function handOver(
  folder: string,
  names: readonly string[],
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  for (const name of names) await chown(join(folder, name), uid, gid);
  await chmod(folder, 0o711);
}

export function createRemuxer({ ffmpeg, user }: RemuxerOptions): Remuxer {
  let turn: Promise<unknown> = Promise.resolve();
  const asRoot = process.getuid?.() === 0;

  const finish = async (
    segments: readonly StoredSegment[],
    sealer: Sealer,
    { soundOnly, memoryOnly, signal }: FinishOptions,
  ): Promise<FinishedRecording> => {
    signal.throwIfAborted();
    const neededBytes = segments.reduce(
      (sum, { picture, sound, whole }) =>
        sum + ((picture?.bytes ?? 0) + (sound?.bytes ?? 0)) * ROOM_FACTOR + (whole?.bytes ?? 0) * WHOLE_ROOM_FACTOR,
      0,
    );
    const folder = await openWorkFolder(neededBytes, memoryOnly);
    const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const unsealed = await unseal(segments, folder, sealer, signal);
      const { names } = unsealed;
      for (const name of WRITTEN) await writeFile(join(folder, name), '', { mode: 0o600 });
      if (asRoot && user !== undefined) await handOver(folder, [...WRITTEN, ...names], user);
      const lastsMs = (segments.at(-1)?.untilMs ?? 0) - (segments[0]?.startedMs ?? 0);
      const run = { ffmpeg, user, folder, signal, timeoutMs: LEAST_TIMEOUT_MS + Math.max(0, lastsMs) };
      const readable = await readableOf(run, await splitWholes(run, unsealed, soundOnly));
      const { startedMs, durationMs, lost } = await (soundOnly ? writeSound : writeFilm)(run, readable);
      const poster = soundOnly ? undefined : await drawPoster(run, durationMs);
      const path = join(folder, OUTPUT);
      for (const name of names) await rm(join(folder, name));
      return { path, bytes: (await stat(path)).size, startedMs, durationMs, lost, poster, dispose };
    } catch (error) {
      await dispose();
      throw asNoRoom(error);
    }
  };

  return {
    finish: (...given) => {
      const finished = turn.then(() => finish(...given));
      turn = finished.catch(() => undefined);
      return finished;
    },
    sweep: () => sweepWorkFolders([process.getuid?.(), user?.uid].filter((uid) => uid !== undefined)),
  };
}
