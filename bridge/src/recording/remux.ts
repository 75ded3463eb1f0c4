import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chown, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sealer } from '../transcription/index.ts';
import { readChunks } from './chunk-file.ts';

/** Puts the segments of a recording together as one MP4 that plays and seeks in browsers. */

export interface StoredSegment {
  readonly id: string;
  readonly path: string;
  /** Wall clock of the first frame. */
  readonly startedMs: number;
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
/** Segments and result lie there at the same time. */
const ROOM_FACTOR = 2.3;
const AUDIO_BITRATE = '96k';

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

/**
 * Decrypts the segments, keeps their H.264 as it is, makes AAC of their sound and writes one MP4 with its index in front. Time
 * between segments is kept: the last picture stays, the sound is silent, so every moment of the file is a moment of the meeting.
 * @throws NoRoomToFinish, RemuxFailed
 */
export async function finishRecording(
  segments: readonly StoredSegment[],
  sealer: Sealer,
  options: RemuxOptions,
): Promise<FinishedRecording> {
  const sizes = await Promise.all(segments.map(async ({ path }) => (await stat(path)).size));
  const folder = await workFolder(sizes.reduce((sum, size) => sum + size, 0) * ROOM_FACTOR, options.memoryOnly);
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const inputs: string[] = [];
    for (const [index, segment] of segments.entries()) {
      const name = `segment-${index}.mkv`;
      await pipeline(
        readChunks(segment.path, segment.id, sealer),
        createWriteStream(join(folder, name), { mode: 0o600 }),
      );
      inputs.push(name);
    }
    const list = inputs.map((name, index) => {
      const next = segments[index + 1];
      const lasts = next === undefined ? undefined : (next.startedMs - (segments[index]?.startedMs ?? 0)) / 1000;
      return `file '${name}'\n${lasts === undefined ? '' : `duration ${lasts.toFixed(3)}\n`}`;
    });
    await writeFile(join(folder, 'list.txt'), `ffconcat version 1.0\n${list.join('')}`, { mode: 0o600 });
    if (process.getuid?.() === 0 && options.user !== undefined) {
      for (const name of ['.', 'list.txt', ...inputs]) {
        await chown(join(folder, name), options.user.uid, options.user.gid);
      }
    }
    const output = join(folder, 'recording.mp4');
    const durationMs = await runFfmpeg(options, folder, [
      ...['-f', 'concat', '-safe', '0', '-i', 'list.txt'],
      ...['-map', '0:v:0', '-map', '0:a:0', '-c:v', 'copy'],
      ...['-c:a', 'aac', '-b:a', AUDIO_BITRATE, '-af', 'aresample=async=1000:first_pts=0'],
      ...['-movflags', '+faststart', 'recording.mp4'],
    ]);
    for (const name of inputs) await rm(join(folder, name));
    return { path: output, bytes: (await stat(output)).size, durationMs, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
