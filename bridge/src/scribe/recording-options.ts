import { RECORDING_LAYOUTS, type RecorderOptions, type RecordingOptions } from '@palabre/protocol';
import * as z from 'zod';

/** What a recording was asked for, and how large policy lets its picture be. Kept with the job: the same after a crash. */
export const optionsSchema = z.object({
  layout: z.enum(RECORDING_LAYOUTS),
  captions: z.boolean(),
  height: z.int(),
});
export type JobOptions = z.infer<typeof optionsSchema>;

/** What policy allows of recordings (`recording` of the configuration). */
export interface RecordingRules {
  readonly height: number;
  /** Stopped when it is so long; undefined: as long as the meeting. */
  readonly maxMinutes: number | undefined;
  /** Stopped when so much was captured. */
  readonly maxBytes: number | undefined;
}

export const FRAMES_PER_SECOND = 20;
/** For a picture of 1280 by 720; others by their area. */
const BITS_PER_SECOND = 1_800_000;
const CHUNK_MS = 1_000;

export function jobOptions(asked: RecordingOptions, { height }: RecordingRules): JobOptions {
  return { ...asked, height };
}

/** Pictures of 16:9 with even sides, as H.264 wants them. */
export function pictureSize({ height }: JobOptions): { readonly width: number; readonly height: number } {
  return { width: Math.round((height * 8) / 9) * 2, height: Math.round(height / 2) * 2 };
}

/** Of the picture. */
export function bitsPerSecond(options: JobOptions): number {
  const { width, height } = pictureSize(options);
  return Math.round((BITS_PER_SECOND * width * height) / (1280 * 720));
}

export function recorderOptions(
  options: JobOptions,
  layout: RecorderOptions['layout'],
  words: Pick<RecorderOptions, 'language' | 'notRecorded'>,
): RecorderOptions {
  const { width, height } = pictureSize(options);
  return {
    layout,
    width,
    height,
    framesPerSecond: FRAMES_PER_SECOND,
    videoBitsPerSecond: bitsPerSecond(options),
    chunkMs: CHUNK_MS,
    title: 'Palabre',
    ...words,
  };
}

/** @param job since when it has been recorded, less its pauses, and how large its files are */
export function isOverLimit(
  job: { readonly sinceMs: number | undefined; readonly bytes: number },
  { maxMinutes, maxBytes }: RecordingRules,
  nowMs: number,
): boolean {
  if (maxBytes !== undefined && job.bytes > maxBytes) return true;
  return maxMinutes !== undefined && job.sinceMs !== undefined && nowMs - job.sinceMs > maxMinutes * 60_000;
}
