import { createWriteStream } from 'node:fs';
import { chmod, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sealer, TimeSpan } from '../transcription/index.ts';
import { readChunks } from './chunk-file.ts';
import { RemuxFailed, runFfmpeg, type FfmpegOptions } from './ffmpeg.ts';
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
  /** Matroska with H.264. */
  readonly picture: StoredStream;
  /** ADTS frames of AAC; undefined when nothing of it was stored. */
  readonly sound: StoredStream | undefined;
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
  dispose(): Promise<void>;
}

export interface RemuxerOptions {
  readonly ffmpeg: string;
  /** Unprivileged account for when this process runs as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Remuxer {
  /**
   * Decrypts the segments, keeps their H.264 as it is, puts their sound beside it and writes one MP4 with its index in front. Time
   * between segments is kept: the last picture stays, the sound is silent, so every moment of the file is a moment of the meeting.
   * One at a time: each needs space for all of a recording.
   * @param memoryOnly the meeting must not be readable on disk
   * @throws NoRoomToFinish, RemuxFailed
   */
  finish(
    segments: readonly StoredSegment[],
    sealer: Sealer,
    memoryOnly: boolean,
    signal: AbortSignal,
  ): Promise<FinishedRecording>;
  /** Removes what killed processes left readable. */
  sweep(): Promise<void>;
}

const LIST = 'list.txt';
const OUTPUT = 'recording.mp4';
/** Segments and result lie there at the same time. */
const ROOM_FACTOR = 2.3;
/** Copying pictures and coding sound goes many times faster than the meeting did, even on a machine that has too much to do. */
const LEAST_TIMEOUT_MS = 60_000;
const SOUND_BITRATE = '96k';
const SOUND_INPUT = ['-f', 'aac', '-i'];
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

/** Inputs and a filter that put every sound at its moment after `zeroMs`, with silence between and after. */
function soundArguments(sounds: Unsealed['sounds'], zeroMs: number): string[] {
  const inputs = sounds.flatMap(({ name }) => [...SOUND_INPUT, name]);
  const placed = sounds.map(({ startedMs }, index) => {
    const atMs = startedMs - zeroMs;
    const at = Math.round(Math.abs(atMs));
    const filter = atMs < 0 ? `atrim=start=${at / 1000},asetpts=PTS-STARTPTS` : `adelay=${at}`;
    return `[${index + 1}:a]aresample=48000,${filter}[s${index}]`;
  });
  const silence = 'anullsrc=r=48000:cl=mono[silence]';
  const all = ['[silence]', ...sounds.map((_, index) => `[s${index}]`)].join('');
  const mix = `${all}amix=inputs=${sounds.length + 1}:normalize=0:duration=first[sound]`;
  return [...inputs, '-filter_complex', [...placed, silence, mix].join(';')];
}

/** Files in a work folder, and what of the segments is in them. */
interface Unsealed {
  readonly names: string[];
  readonly pictures: { readonly name: string; readonly startedMs: number; readonly untilMs: number }[];
  /** `startedMs`: when it is to be heard. */
  readonly sounds: { readonly name: string; readonly startedMs: number; readonly untilMs: number }[];
  readonly lost: TimeSpan[];
}

async function unseal(
  segments: readonly StoredSegment[],
  folder: string,
  sealer: Sealer,
  signal: AbortSignal,
): Promise<Unsealed> {
  const all: Unsealed = { names: [], pictures: [], sounds: [], lost: [] };
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
    const { picture, sound, startedMs, soundStartedMs, untilMs } = segment;
    const name = `picture-${index}.mkv`;
    if (!(await write(picture, name, segment))) continue;
    all.pictures.push({ name, startedMs, untilMs });
    const soundName = `sound-${index}.aac`;
    if (sound === undefined || !(await write(sound, soundName, segment))) continue;
    all.sounds.push({ name: soundName, startedMs: soundStartedMs + soundShiftMs(segment), untilMs });
  }
  return all;
}

/** A list for ffmpeg's concat demuxer in which every picture keeps its moment. */
function concatList(pictures: Unsealed['pictures']): string {
  const entries = pictures.map(({ name, startedMs }, index) => {
    const next = pictures[index + 1];
    return `file '${name}'\n${next === undefined ? '' : `duration ${((next.startedMs - startedMs) / 1000).toFixed(3)}\n`}`;
  });
  return `ffconcat version 1.0\n${entries.join('')}`;
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

/** What ffmpeg can read: of a list with a file it cannot, it leaves out all that follows and says nothing. */
async function readableOf(run: FfmpegOptions, { names, pictures, sounds, lost }: Unsealed): Promise<Unsealed> {
  const isReadable = async (...input: readonly string[]): Promise<boolean> => {
    try {
      await runFfmpeg(run, [...input, '-map', '0:0', '-c', 'copy', '-f', 'null', '-']);
      return true;
    } catch (error) {
      if (error instanceof RemuxFailed) return false;
      throw error;
    }
  };
  const readable: Unsealed = { names, pictures: [], sounds: [], lost: [...lost] };
  for (const picture of pictures) {
    if (await isReadable('-i', picture.name)) readable.pictures.push(picture);
    else readable.lost.push({ startMs: picture.startedMs, endMs: picture.untilMs });
  }
  for (const sound of sounds) {
    if (await isReadable(...SOUND_INPUT, sound.name)) readable.sounds.push(sound);
    else readable.lost.push({ startMs: sound.startedMs, endMs: sound.untilMs });
  }
  return readable;
}

/** @throws RemuxFailed, NoRoomToFinish */
async function writeOutput(
  run: FfmpegOptions,
  { pictures, sounds, lost }: Unsealed,
): Promise<Pick<FinishedRecording, 'startedMs' | 'durationMs' | 'lost'>> {
  const [first] = pictures;
  if (first === undefined) throw new RemuxFailed('no picture can be read');
  await writeFile(join(run.folder, LIST), concatList(pictures));
  const durationMs = await runFfmpeg(run, [
    ...['-f', 'concat', '-safe', '0', '-i', LIST],
    ...soundArguments(sounds, first.startedMs),
    ...['-map', '0:v:0', '-map', '[sound]', '-c:v', 'copy', '-c:a', 'aac', '-b:a', SOUND_BITRATE, '-ac', '1'],
    ...['-shortest', '-movflags', '+faststart', '-y', OUTPUT],
  ]);
  return { startedMs: first.startedMs, durationMs, lost };
}

export function createRemuxer({ ffmpeg, user }: RemuxerOptions): Remuxer {
  let turn: Promise<unknown> = Promise.resolve();
  const asRoot = process.getuid?.() === 0;

  const finish = async (
    segments: readonly StoredSegment[],
    sealer: Sealer,
    memoryOnly: boolean,
    signal: AbortSignal,
  ): Promise<FinishedRecording> => {
    signal.throwIfAborted();
    const streams = segments.flatMap(({ picture, sound }) => (sound === undefined ? [picture] : [picture, sound]));
    const neededBytes = streams.reduce((sum, { bytes }) => sum + bytes, 0) * ROOM_FACTOR;
    const folder = await openWorkFolder(neededBytes, memoryOnly);
    const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const unsealed = await unseal(segments, folder, sealer, signal);
      const { names } = unsealed;
      for (const name of [LIST, OUTPUT]) await writeFile(join(folder, name), '', { mode: 0o600 });
      if (asRoot && user !== undefined) await handOver(folder, [LIST, OUTPUT, ...names], user);
      const lastsMs = (segments.at(-1)?.untilMs ?? 0) - (segments[0]?.startedMs ?? 0);
      const run = { ffmpeg, user, folder, signal, timeoutMs: LEAST_TIMEOUT_MS + Math.max(0, lastsMs) };
      const { startedMs, durationMs, lost } = await writeOutput(run, await readableOf(run, unsealed));
      const path = join(folder, OUTPUT);
      for (const name of names) await rm(join(folder, name));
      return { path, bytes: (await stat(path)).size, startedMs, durationMs, lost, dispose };
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
