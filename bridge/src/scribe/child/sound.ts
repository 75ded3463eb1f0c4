import { spawn } from 'node:child_process';
import { createMixdown, MIX_SAMPLE_RATE } from '../../recording/index.ts';

/**
 * The sound of a recording: everybody mixed on the wall clock, as AAC in ADTS frames, which may be cut anywhere. It is mixed here
 * and not in the recorder page because a browser under load lets its audio buffers grow until sound and picture part.
 */
export interface SoundRecorder {
  /** Wall clock of the first sample. */
  readonly startedMs: number;
  add(samples: Int16Array, startMs: number): void;
  /** Resolves when everything up to now has been handed over. */
  stop(): Promise<void>;
  abort(): void;
}

export interface SoundRecorderOptions {
  readonly ffmpeg: string;
  readonly onChunk: (data: Uint8Array) => Promise<void>;
  /** Told once, unless stopped. */
  readonly onLost: () => void;
}

const TICK_MS = 200;
/** Sound of one moment arrives within this time of others of the same moment, even on a busy machine. */
const WAIT_MS = 500;
const STOP_WAIT_MS = 300;

export function startSoundRecorder({ ffmpeg, onChunk, onLost }: SoundRecorderOptions): SoundRecorder {
  const startedMs = Date.now();
  const mixdown = createMixdown(startedMs);
  const raw = ['-f', 's16le', '-ar', String(MIX_SAMPLE_RATE), '-ac', '1', '-i', 'pipe:0'];
  const coded = ['-c:a', 'aac', '-b:a', '96k', '-f', 'adts', '-flush_packets', '1', 'pipe:1'];
  const encoder = spawn(ffmpeg, ['-v', 'error', '-probesize', '32', '-analyzeduration', '0', ...raw, ...coded], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let stopping = false;
  let lost = false;
  const lose = (): void => {
    if (stopping || lost) return;
    lost = true;
    clearInterval(ticking);
    onLost();
  };
  let handedOver: Promise<void> = Promise.resolve();
  encoder.stdout.on('data', (data: Buffer) => {
    handedOver = handedOver.then(() => onChunk(data)).catch(lose);
  });
  // Broken pipes show as the end of the process.
  encoder.stdin.on('error', () => undefined);
  encoder.once('error', lose);
  encoder.once('exit', lose);
  // From the start: it may end at any moment of a stop.
  const closed = new Promise<void>((resolve) => encoder.once('close', () => resolve()));

  const write = (untilMs: number): void => {
    const samples = mixdown.take(untilMs);
    if (samples.length > 0 && encoder.stdin.writable) {
      encoder.stdin.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    }
  };
  const ticking = setInterval(() => write(Date.now() - WAIT_MS), TICK_MS);

  return {
    startedMs,
    add: (samples, startMs) => mixdown.add(samples, startMs),
    stop: async () => {
      stopping = true;
      const stoppedMs = Date.now();
      await new Promise((resolve) => setTimeout(resolve, STOP_WAIT_MS));
      clearInterval(ticking);
      write(stoppedMs);
      encoder.stdin.end();
      await closed;
      await handedOver;
    },
    abort: () => {
      stopping = true;
      clearInterval(ticking);
      encoder.kill('SIGKILL');
    },
  };
}
