import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chown, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sealer } from '../transcription/index.ts';
import { readChunks } from './chunk-file.ts';

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
}

export interface FinishedRecording {
  /** On tmpfs; gone after `dispose`. */
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
  dispose(): Promise<void>;
}

export interface RemuxOptions {
  readonly ffmpeg: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** The meeting must not be readable on disk: memory only. */
  readonly memoryOnly: boolean;
}

/** There is not enough memory file system for a recording that must not touch the disk. */
export class NoRoomToFinish extends Error {
  override readonly name = 'NoRoomToFinish';
}
export class RemuxFailed extends Error {
  override readonly name = 'RemuxFailed';
}

const MEMORY_FOLDER = '/dev/shm';
const OUTPUT = 'recording.mp4';
/** Segments and result lie there at the same time. */
const ROOM_FACTOR = 2.3;
const SOUND_BITRATE = '96k';
/**
 * A picture is later than its sound: it takes longer to encode at its sender, and is drawn some time after it arrived, which the
 * page measures. Sound is put later by both, so that lips and words stay together. Measured with flash and beep, on machines that
 * had little to do and far too much.
 */
const SENDER_DELAY_MS = 30;
const USUAL_PICTURE_DELAY_MS = 20;
const LARGEST_SHIFT_MS = 400;

async function workFolder(neededBytes: number, memoryOnly: boolean): Promise<string> {
  const memory = await statfs(MEMORY_FOLDER).catch(() => undefined);
  if (memory !== undefined && memory.bavail * memory.bsize > neededBytes)
    return mkdtemp(join(MEMORY_FOLDER, 'palabre-'));
  if (memoryOnly) throw new NoRoomToFinish('not enough shared memory to finish an encrypted recording');
  return mkdtemp(join(tmpdir(), 'palabre-'));
}

/** Runs ffmpeg with nothing but its arguments. @returns duration of what it wrote, in milliseconds */
function runFfmpeg(options: RemuxOptions, folder: string, args: readonly string[]): Promise<number> {
  const drop =
    process.getuid?.() === 0 && options.user !== undefined ? { uid: options.user.uid, gid: options.user.gid } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(options.ffmpeg, ['-v', 'error', '-nostdin', '-progress', 'pipe:1', ...args], {
      ...drop,
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let writtenMs = 0;
    let line = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const entry of lines) {
        const match = /^out_time_us=(\d+)$/.exec(entry);
        if (match?.[1] !== undefined) writtenMs = Number(match[1]) / 1000;
      }
    });
    child.once('error', (cause) => reject(new RemuxFailed('ffmpeg could not be started', { cause })));
    child.once('close', (code) => {
      if (code === 0) resolve(Math.round(writtenMs));
      else reject(new RemuxFailed(`ffmpeg ended with ${code}`));
    });
  });
}

function soundShiftMs({ pictureDelayMs = USUAL_PICTURE_DELAY_MS }: StoredSegment): number {
  return Math.min(LARGEST_SHIFT_MS, Math.max(0, pictureDelayMs) + SENDER_DELAY_MS);
}

/** Inputs and a filter that put every sound at its moment, with silence between and after. */
function soundArguments(sounds: readonly { readonly name: string; readonly atMs: number }[]): string[] {
  const inputs = sounds.flatMap(({ name }) => ['-f', 'aac', '-i', name]);
  const placed = sounds.map(({ atMs }, index) => {
    const at = Math.round(Math.abs(atMs));
    const filter = atMs < 0 ? `atrim=start=${at / 1000},asetpts=PTS-STARTPTS` : `adelay=${at}`;
    return `[${index + 1}:a]aresample=48000,${filter}[s${index}]`;
  });
  const silence = 'anullsrc=r=48000:cl=mono[silence]';
  const all = ['[silence]', ...sounds.map((_, index) => `[s${index}]`)].join('');
  const mix = `${all}amix=inputs=${sounds.length + 1}:normalize=0:duration=first[sound]`;
  return [...inputs, '-filter_complex', [...placed, silence, mix].join(';')];
}

/**
 * Decrypts the segments, keeps their H.264 as it is, puts their sound beside it and writes one MP4 with its index in front. Time
 * between segments is kept: the last picture stays, the sound is silent, so every moment of the file is a moment of the meeting.
 * @throws NoRoomToFinish, RemuxFailed
 */
export async function finishRecording(
  segments: readonly StoredSegment[],
  sealer: Sealer,
  options: RemuxOptions,
): Promise<FinishedRecording> {
  const streams = segments.flatMap(({ picture, sound }) => (sound === undefined ? [picture] : [picture, sound]));
  const folder = await workFolder(streams.reduce((sum, { bytes }) => sum + bytes, 0) * ROOM_FACTOR, options.memoryOnly);
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const inputs: string[] = [];
  const unseal = async (stream: StoredStream, name: string): Promise<string> => {
    const target = createWriteStream(join(folder, name), { mode: 0o600 });
    await pipeline(readChunks(stream.path, stream.context, sealer), target);
    inputs.push(name);
    return name;
  };
  try {
    const zeroMs = segments[0]?.startedMs ?? 0;
    const list: string[] = [];
    const sounds: { readonly name: string; readonly atMs: number }[] = [];
    for (const [index, segment] of segments.entries()) {
      const { picture, sound, startedMs, soundStartedMs } = segment;
      const name = await unseal(picture, `picture-${index}.mkv`);
      const next = segments[index + 1];
      const lasts = next === undefined ? '' : `duration ${((next.startedMs - startedMs) / 1000).toFixed(3)}\n`;
      list.push(`file '${name}'\n${lasts}`);
      if (sound === undefined) continue;
      const atMs = soundStartedMs - zeroMs + soundShiftMs(segment);
      sounds.push({ name: await unseal(sound, `sound-${index}.aac`), atMs });
    }
    await writeFile(join(folder, 'list.txt'), `ffconcat version 1.0\n${list.join('')}`, { mode: 0o600 });
    if (process.getuid?.() === 0 && options.user !== undefined) {
      for (const name of ['.', 'list.txt', ...inputs]) {
        await chown(join(folder, name), options.user.uid, options.user.gid);
      }
    }
    const durationMs = await runFfmpeg(options, folder, [
      ...['-f', 'concat', '-safe', '0', '-i', 'list.txt'],
      ...soundArguments(sounds),
      ...['-map', '0:v:0', '-map', '[sound]', '-c:v', 'copy', '-c:a', 'aac', '-b:a', SOUND_BITRATE, '-ac', '1'],
      ...['-shortest', '-movflags', '+faststart', OUTPUT],
    ]);
    const output = join(folder, OUTPUT);
    for (const name of inputs) await rm(join(folder, name));
    return { path: output, bytes: (await stat(output)).size, durationMs, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
