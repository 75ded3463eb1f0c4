import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedStream } from './contract.ts';

/** Where the scribe's files lie in the folder of files. All are encrypted. */

/** Chunks of a run's recordings, until they are posted. */
export function recordingFolder(filesDir: string, runId: string): string {
  return join(filesDir, 'recordings', runId);
}

/** `whole`: picture and sound in one, as Egress makes it. */
export function recordingPath(
  filesDir: string,
  runId: string,
  segmentId: string,
  of: RecordedStream | 'whole',
): string {
  return join(recordingFolder(filesDir, runId), `${segmentId}.${of}`);
}

/** No error where there is nothing. */
export async function removeRecorded(filesDir: string, runId: string, segmentId: string): Promise<void> {
  for (const stream of ['picture', 'sound', 'whole'] as const) {
    await rm(recordingPath(filesDir, runId, segmentId, stream), { force: true });
  }
}

/** What Egress calls a segment, below the place that it shares with the bridge. Not sealed, and removed once it is. */
export function egressName(runId: string, segmentId: string): string {
  return `${egressNames(runId)}${segmentId}.mp4`;
}

/** What all of a run's begin with. */
export function egressNames(runId: string): string {
  return `egress/${runId}-`;
}

/** How much of a run's recordings is on disk. */
export async function recordedBytes(filesDir: string, runId: string): Promise<number> {
  const folder = recordingFolder(filesDir, runId);
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
