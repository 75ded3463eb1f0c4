import { consentTextsFor } from '../publishing/index.ts';
import type { RecordingBegun } from './contract.ts';
import type { RunDeps } from './deps.ts';
import { recorderOptions, type JobOptions } from './recording-options.ts';
import type { Worker } from './worker.ts';

/** What captures one stretch of a recording: the scribe's own page, or LiveKit Egress. */
export interface Recorder {
  readonly begun: RecordingBegun;
  /**
   * Nothing after `stoppedMs` (wall clock) comes into the film. `pictureDelayMs`: how much later than its arrival the picture was
   * drawn, where that is known.
   */
  stop(): Promise<{ readonly stoppedMs: number; readonly pictureDelayMs: number | undefined }>;
  /** It cannot go on, or was stopped. */
  drop(): void;
}

/** In whose hands a segment was recorded: its files are found there. */
export type RecordingDriver = 'page' | 'egress';

/** The recorder page of the scribe's child; what it captures comes in chunks. */
export async function startPage(
  { language }: Pick<RunDeps, 'language'>,
  { remote }: Worker,
  options: JobOptions,
): Promise<Recorder> {
  const { layout, captions } = options;
  const { notRecorded } = consentTextsFor(language);
  const picture = layout === 'audio' ? undefined : recorderOptions(options, layout, { language, notRecorded });
  const begun = await remote.record({ picture, captions });
  // One that is lost is dropped by the child, or with it.
  return { begun, stop: () => remote.stopRecording(), drop: () => undefined };
}
