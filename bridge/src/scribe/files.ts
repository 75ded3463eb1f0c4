import { join } from 'node:path';
import type { RecordedStream } from './contract.ts';

/** Where the scribe's files lie in the folder of files. All are encrypted. */

/** Chunks of a run's recordings, until they are posted. */
export function recordingFolder(filesDir: string, runId: string): string {
  return join(filesDir, 'recordings', runId);
}

export function recordingPath(filesDir: string, runId: string, segmentId: string, of: RecordedStream): string {
  return join(recordingFolder(filesDir, runId), `${segmentId}.${of}`);
}

/** A recording that the homeserver did not take. */
export function keptPath(filesDir: string, id: string): string {
  return join(filesDir, 'kept', `${id}.mp4.encrypted`);
}
