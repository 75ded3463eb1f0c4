import { rm } from 'node:fs/promises';
import { createChunkWriter } from '../recording/index.ts';
import type { RunDeps } from './deps.ts';
import { egressName, recordingPath } from './files.ts';
import type { Context } from './results.ts';
import type { SegmentRow } from './store.ts';

/** What Egress recorded, from where it put it to the folder of files. */

function egressOf({ egress }: RunDeps): NonNullable<RunDeps['egress']> {
  if (egress === undefined) throw new Error('a recording waits for Egress, which is not set up any more');
  return egress;
}

function recordedThere(segments: readonly SegmentRow[]): SegmentRow[] {
  return segments.filter(({ driver }) => driver === 'egress');
}

/** Seals the files of Egress and removes them there. May be done again at any time: a file that is there was not taken. */
export async function takeFromEgress({ deps, run, segments, patience }: Context): Promise<void> {
  for (const { id } of recordedThere(segments)) {
    const egress = egressOf(deps);
    const name = egressName(run.id, id);
    await egress.settle(run.livekitRoom, name, patience.signal);
    const file = await egress.read(name);
    if (file === undefined) continue;
    const path = recordingPath(deps.places.filesDir, run.id, id, 'whole');
    await rm(path, { force: true });
    const writer = await createChunkWriter(path, `${id}:whole`, run.sealer);
    try {
      for await (const chunk of file) await writer.append(chunk);
    } finally {
      await writer.close();
    }
    await egress.remove(name);
  }
}

/** Removes the files of a segment, wherever they lie. */
export async function removeRecorded(
  { places, egress }: Pick<RunDeps, 'places' | 'egress'>,
  runId: string,
  { id, driver }: SegmentRow,
): Promise<void> {
  for (const stream of ['picture', 'sound', 'whole'] as const) {
    await rm(recordingPath(places.filesDir, runId, id, stream), { force: true });
  }
  if (driver === 'egress') await egress?.remove(egressName(runId, id));
}

/** What Egress may still be writing, and nobody may have. */
export async function removeFromEgress({ deps, run, segments, patience }: Context): Promise<void> {
  for (const { id } of recordedThere(segments)) {
    const name = egressName(run.id, id);
    await egressOf(deps).settle(run.livekitRoom, name, patience.signal);
    await egressOf(deps).remove(name);
  }
}
