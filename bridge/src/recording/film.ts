import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimeSpan } from '../transcription/index.ts';
import { RemuxFailed, runFfmpeg, type FfmpegOptions } from './ffmpeg.ts';
import { NoRoomToFinish } from './work-folder.ts';

/** What ffmpeg makes of readable segments: one film and its poster. */

const LIST = 'list.txt';
export const OUTPUT = 'recording.mp4';
const POSTER = 'poster.jpg';
/** Files that must be there before, so that ffmpeg's account may write them in a folder that is not its own. */
export const WRITTEN = [LIST, OUTPUT, POSTER];
const POSTER_SIZE = { width: 640, height: 360 };
/** Of so many frames the one that differs least from all is taken: nobody in mid-change, no empty stage. */
const POSTER_FRAMES = 100;
const POSTER_TIMEOUT_MS = 20_000;
const SOUND_BITRATE = '96k';
const SOUND_INPUT = ['-f', 'aac', '-i'];

/** Files in a work folder, and what of the segments is in them. */
export interface Unsealed {
  readonly names: string[];
  /** Files that hold both, and the empty ones that their parts are to be written to. */
  readonly wholes: {
    readonly name: string;
    readonly picture: string;
    readonly sound: string;
    readonly startedMs: number;
    readonly untilMs: number;
  }[];
  readonly pictures: { readonly name: string; readonly startedMs: number; readonly untilMs: number }[];
  /** `startedMs`: when it is to be heard. */
  readonly sounds: { readonly name: string; readonly startedMs: number; readonly untilMs: number }[];
  readonly lost: TimeSpan[];
}

export interface Poster {
  readonly path: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

/** Inputs and a filter that put every sound at its moment after `zeroMs`, with silence between and after. */
function soundArguments(sounds: Unsealed['sounds'], zeroMs: number, firstInput: number): string[] {
  const inputs = sounds.flatMap(({ name }) => [...SOUND_INPUT, name]);
  const placed = sounds.map(({ startedMs }, index) => {
    const atMs = startedMs - zeroMs;
    const at = Math.round(Math.abs(atMs));
    const filter = atMs < 0 ? `atrim=start=${at / 1000},asetpts=PTS-STARTPTS` : `adelay=${at}`;
    return `[${index + firstInput}:a]aresample=48000,${filter}[s${index}]`;
  });
  const silence = 'anullsrc=r=48000:cl=mono[silence]';
  const all = ['[silence]', ...sounds.map((_, index) => `[s${index}]`)].join('');
  const mix = `${all}amix=inputs=${sounds.length + 1}:normalize=0:duration=first[sound]`;
  return [...inputs, '-filter_complex', [...placed, silence, mix].join(';')];
}

/** A list for ffmpeg's concat demuxer in which every picture keeps its moment. */
function concatList(pictures: Unsealed['pictures']): string {
  const entries = pictures.map(({ name, startedMs }, index) => {
    const next = pictures[index + 1];
    return `file '${name}'\n${next === undefined ? '' : `duration ${((next.startedMs - startedMs) / 1000).toFixed(3)}\n`}`;
  });
  return `ffconcat version 1.0\n${entries.join('')}`;
}

/**
 * Takes files that hold both apart, up to where they count: nothing later may be kept. A file without sound is silent.
 */
export async function splitWholes(run: FfmpegOptions, unsealed: Unsealed, soundOnly: boolean): Promise<Unsealed> {
  const { names, pictures, sounds, lost } = unsealed;
  const split: Unsealed = { names, wholes: [], pictures: [...pictures], sounds: [...sounds], lost: [...lost] };
  for (const { name, picture, sound, startedMs, untilMs } of unsealed.wholes) {
    if (untilMs <= startedMs) continue;
    const part = async (stream: string, format: string, to: string): Promise<boolean> => {
      try {
        const lasts = ((untilMs - startedMs) / 1000).toFixed(3);
        await runFfmpeg(run, ['-i', name, '-map', stream, '-c', 'copy', '-t', lasts, '-f', format, '-y', to]);
        return true;
      } catch (error) {
        if (error instanceof RemuxFailed) return false;
        throw error;
      }
    };
    const drawn = !soundOnly && (await part('0:v:0', 'matroska', picture));
    const heard = (soundOnly || drawn) && (await part('0:a:0', 'adts', sound));
    if (drawn) split.pictures.push({ name: picture, startedMs, untilMs });
    if (heard) split.sounds.push({ name: sound, startedMs, untilMs });
    if (!drawn && !heard) split.lost.push({ startMs: startedMs, endMs: untilMs });
  }
  const inOrder = (one: { readonly startedMs: number }, other: { readonly startedMs: number }): number =>
    one.startedMs - other.startedMs;
  split.pictures.sort(inOrder);
  split.sounds.sort(inOrder);
  return split;
}

/** What ffmpeg can read: of a list with a file it cannot, it leaves out all that follows and says nothing. */
export async function readableOf(run: FfmpegOptions, { names, pictures, sounds, lost }: Unsealed): Promise<Unsealed> {
  const isReadable = async (...input: readonly string[]): Promise<boolean> => {
    try {
      await runFfmpeg(run, [...input, '-map', '0:0', '-c', 'copy', '-f', 'null', '-']);
      return true;
    } catch (error) {
      if (error instanceof RemuxFailed) return false;
      throw error;
    }
  };
  const readable: Unsealed = { names, wholes: [], pictures: [], sounds: [], lost: [...lost] };
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
export async function writeFilm(
  run: FfmpegOptions,
  { pictures, sounds, lost }: Unsealed,
): Promise<{ startedMs: number; durationMs: number; lost: readonly TimeSpan[] }> {
  const [first] = pictures;
  if (first === undefined) throw new RemuxFailed('no picture can be read');
  await writeFile(join(run.folder, LIST), concatList(pictures));
  const durationMs = await runFfmpeg(run, [
    ...['-f', 'concat', '-safe', '0', '-i', LIST],
    ...soundArguments(sounds, first.startedMs, 1),
    ...['-map', '0:v:0', '-map', '[sound]', '-c:v', 'copy', '-c:a', 'aac', '-b:a', SOUND_BITRATE, '-ac', '1'],
    ...['-shortest', '-movflags', '+faststart', '-y', OUTPUT],
  ]);
  return { startedMs: first.startedMs, durationMs, lost };
}

/** Sound alone, with silence where nothing was captured. @throws RemuxFailed, NoRoomToFinish */
export async function writeSound(
  run: FfmpegOptions,
  { sounds, lost }: Unsealed,
): Promise<{ startedMs: number; durationMs: number; lost: readonly TimeSpan[] }> {
  const [first] = sounds;
  if (first === undefined) throw new RemuxFailed('no sound can be read');
  const lastsMs = Math.max(...sounds.map(({ untilMs }) => untilMs)) - first.startedMs;
  const durationMs = await runFfmpeg(run, [
    ...soundArguments(sounds, first.startedMs, 0),
    ...['-map', '[sound]', '-c:a', 'aac', '-b:a', SOUND_BITRATE, '-ac', '1'],
    ...['-t', (Math.max(1, lastsMs) / 1000).toFixed(3), '-movflags', '+faststart', '-y', OUTPUT],
  ]);
  return { startedMs: first.startedMs, durationMs, lost };
}

export async function drawPoster(run: FfmpegOptions, durationMs: number): Promise<Poster | undefined> {
  // Not from the beginning: people are still coming, or are asked whether they agree.
  const fromS = (durationMs / 1000) * 0.4;
  const { width, height } = POSTER_SIZE;
  try {
    await runFfmpeg({ ...run, timeoutMs: POSTER_TIMEOUT_MS }, [
      ...['-ss', fromS.toFixed(3), '-i', OUTPUT, '-vf', `thumbnail=${POSTER_FRAMES},scale=${width}:${height}`],
      ...['-frames:v', '1', '-update', '1', '-y', POSTER],
    ]);
  } catch (error) {
    // A recording without its poster is still a recording.
    if (error instanceof RemuxFailed || error instanceof NoRoomToFinish) return undefined;
    throw error;
  }
  const path = join(run.folder, POSTER);
  const { size } = await stat(path);
  return size === 0 ? undefined : { path, bytes: size, ...POSTER_SIZE };
}
