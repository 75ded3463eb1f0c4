import { readdir, stat } from 'node:fs/promises';
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

/** How much of a run's recordings is on disk. */
export async function recordedBytes(filesDir: string, runId: string): Promise<number> {
  const folder = recordingFolder(filesDir, runId);
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
