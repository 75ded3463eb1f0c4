import { spawn } from 'node:child_process';
import { NoRoomToFinish } from './work-folder.ts';

/** ffmpeg could not make a recording of what there is. */
export class RemuxFailed extends Error {
  override readonly name = 'RemuxFailed';
}

export interface FfmpegOptions {
  readonly ffmpeg: string;
  /** Unprivileged account for when this process runs as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs ffmpeg in a folder with nothing but its arguments.
 * @returns duration of what it wrote, in milliseconds
 * @throws RemuxFailed, NoRoomToFinish
 */
export function runFfmpeg(options: FfmpegOptions, args: readonly string[]): Promise<number> {
  const { folder, user, signal } = options;
  const drop = process.getuid?.() === 0 && user !== undefined ? { uid: user.uid, gid: user.gid } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(options.ffmpeg, ['-v', 'error', '-nostdin', '-progress', 'pipe:1', ...args], {
      ...drop,
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    // Not left to Node, which forgets to end its own timer when there is no ffmpeg to start.
    const impatience = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
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
    let full = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      full ||= text.includes('No space left on device');
    });
    child.once('error', (cause) => {
      // One that runs is waited for, so that it writes nothing more.
      if (child.pid !== undefined) return;
      clearTimeout(impatience);
      reject(new Error('ffmpeg could not be started', { cause }));
    });
    child.once('close', (code) => {
      clearTimeout(impatience);
      if (signal.aborted) reject(new Error('the recording is not finished now', { cause: signal.reason }));
      else if (code === 0) resolve(Math.round(writtenMs));
      else if (full) reject(new NoRoomToFinish(false));
      else reject(new RemuxFailed(`ffmpeg ended with ${code ?? 'a signal'}`));
    });
  });
}
