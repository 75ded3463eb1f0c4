import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Colour } from './looking.ts';

const run = promisify(execFile);

export interface Probe {
  readonly durationMs: number;
  readonly videoCodec: string | undefined;
  readonly audioCodec: string | undefined;
  readonly width: number;
  readonly height: number;
  /** Times of the video frames, ms. */
  readonly frameTimesMs: readonly number[];
}

/** What ffprobe finds in a file. */
export async function probe(path: string): Promise<Probe> {
  const { stdout } = await run('ffprobe', [
    ...[
      '-v',
      'error',
      '-of',
      'json',
      '-show_entries',
      'format=duration:stream=codec_type,codec_name,width,height',
      path,
    ],
  ]);
  const found = JSON.parse(stdout) as {
    format: { duration: string };
    streams: { codec_type: string; codec_name: string; width?: number; height?: number }[];
  };
  const { stdout: times } = await run(
    'ffprobe',
    ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const video = found.streams.find((stream) => stream.codec_type === 'video');
  return {
    durationMs: Number(found.format.duration) * 1000,
    videoCodec: video?.codec_name,
    audioCodec: found.streams.find((stream) => stream.codec_type === 'audio')?.codec_name,
    width: video?.width ?? 0,
    height: video?.height ?? 0,
    frameTimesMs: times
      .split('\n')
      .map((line) => Number.parseFloat(line) * 1000)
      .filter((time) => Number.isFinite(time))
      .sort((a, b) => a - b),
  };
}

/** Names of the top-level boxes of an MP4 file, in order: `moov` before `mdat` means that it can be played while it loads. */
export function boxesOf(file: Uint8Array): readonly string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const names: string[] = [];
  let at = 0;
  while (at + 8 <= file.byteLength) {
    const size = view.getUint32(at);
    names.push(new TextDecoder('latin1').decode(file.subarray(at + 4, at + 8)));
    const length = size === 1 ? Number(view.getBigUint64(at + 8)) : size;
    if (length < 8) break; // 0: to the end of the file
    at += length;
  }
  return names;
}

async function decoded(parameters: readonly string[]): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-v', 'fatal', ...parameters, '-'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg ended with ${String(code)}`);
  return Buffer.concat(chunks);
}

export interface Picture {
  readonly timeMs: number;
  readonly width: number;
  readonly height: number;
  /** Red, green, blue for each pixel. */
  readonly pixels: Uint8Array;
}

/** All frames, made small, each with its time. */
export async function picturesOf(path: string, width = 128, height = 72): Promise<readonly Picture[]> {
  const { frameTimesMs } = await probe(path);
  const raw = await decoded([
    '-i',
    path,
    '-map',
    '0:v',
    '-fps_mode',
    'passthrough',
    '-vf',
    `scale=${String(width)}:${String(height)}`,
    '-pix_fmt',
    'rgb24',
    '-f',
    'rawvideo',
  ]);
  const size = width * height * 3;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, index) => ({
    timeMs: frameTimesMs[index] ?? NaN,
    width,
    height,
    pixels: raw.subarray(index * size, (index + 1) * size),
  }));
}

/** Pixels of about this colour: their share of the picture and the box that holds them (0..1). */
export function regionOf(picture: Picture, colour: Colour, tolerance = 60) {
  let count = 0;
  const box = { left: 1, top: 1, right: 0, bottom: 0 };
  for (let index = 0; index < picture.width * picture.height; index += 1) {
    const near = [0, 1, 2].every((c) => Math.abs((picture.pixels[index * 3 + c] ?? 0) - (colour[c] ?? 0)) <= tolerance);
    if (!near) continue;
    count += 1;
    const x = (index % picture.width) / picture.width;
    const y = Math.floor(index / picture.width) / picture.height;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return { share: count / (picture.width * picture.height), box };
}

/** Where captions stand in a grid of two people: below their pictures, where nothing else is. */
const CAPTIONS_FROM = 0.83;

/** Times (ms) of the frames with light letters at the bottom. */
export async function captionsIn(path: string): Promise<readonly number[]> {
  const pictures = await picturesOf(path, 320, 180);
  return pictures.flatMap(({ timeMs, width, height, pixels }) => {
    const top = Math.round(height * CAPTIONS_FROM);
    const strip = { timeMs, width, height: height - top, pixels: pixels.subarray(top * width * 3) };
    return regionOf(strip, [255, 255, 255], 120).share > 0.005 ? [timeMs] : [];
  });
}

/** Moments (ms) at which a large part of the picture turns white. */
export function flashesIn(pictures: readonly Picture[]): readonly number[] {
  const share = pictures.map((picture) => regionOf(picture, [255, 255, 255], 40).share);
  const usual = [...share].sort((a, b) => a - b)[Math.floor(share.length / 2)] ?? 0;
  const flashes: number[] = [];
  for (const [index, white] of share.entries()) {
    const bright = white > usual + 0.1;
    const before = (share[index - 1] ?? 0) > usual + 0.1;
    if (bright && !before) flashes.push(pictures[index]?.timeMs ?? NaN);
  }
  return flashes;
}

/** The sound of a file, mono. */
export async function soundOf(path: string, sampleRate = 48_000): Promise<Float32Array> {
  const raw = await decoded(['-i', path, '-map', '0:a', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le']);
  return new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4));
}

/** Strength of one frequency in a window (Goertzel), as an amplitude. */
export function strengthOf(sound: Float32Array, from: number, length: number, hz: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  let previous = 0;
  let beforeThat = 0;
  for (let index = from; index < from + length && index < sound.length; index += 1) {
    const value = (sound[index] ?? 0) + coefficient * previous - beforeThat;
    beforeThat = previous;
    previous = value;
  }
  const power = previous ** 2 + beforeThat ** 2 - coefficient * previous * beforeThat;
  return (2 * Math.sqrt(Math.max(0, power))) / length;
}

/** Moments (ms) at which a tone of this frequency begins. */
export function onsetsOf(sound: Float32Array, hz: number, sampleRate = 48_000, threshold = 0.05): readonly number[] {
  const window = sampleRate / 50;
  const step = sampleRate / 200;
  const onsets: number[] = [];
  let sounding = false;
  for (let from = 0; from + window <= sound.length; from += step) {
    const strong = strengthOf(sound, from, window, hz, sampleRate) > threshold;
    // The middle of the first window that is half full of the tone.
    if (strong && !sounding) onsets.push(((from + window / 2) / sampleRate) * 1000);
    sounding = strong;
  }
  return onsets;
}
