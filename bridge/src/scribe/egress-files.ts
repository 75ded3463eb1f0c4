import { rm } from 'node:fs/promises';
import { createChunkWriter } from '../recording/index.ts';
import type { RunDeps } from './deps.ts';
import { egressName, recordingPath } from './files.ts';
import type { Context } from './results.ts';

/** What Egress recorded, from where it put it to the folder of files. Its row is there for as long as a file of it may be. */

/** What is deleted is deleted also where Egress was given up since. */
type EgressRemoval = Pick<RunDeps, 'store' | 'egressFiles' | 'log'>;

/** So long after the end of a recording, one that the SFU still lists and that nobody can end is lost: its machine is gone. */
const LOST_MS = 10 * 60_000;

function egressOf({ egress }: Pick<RunDeps, 'egress'>): NonNullable<RunDeps['egress']> {
  if (egress === undefined) throw new Error('a recording waits for Egress, which is not set up any more');
  return egress;
}

function isSegment(segments: Context['segments'], id: string): boolean {
  return segments.some((segment) => segment.id === id);
}

/** @returns whether its file grows no more; otherwise it is lost */
async function settle({ deps, run, job, patience }: Context, name: string): Promise<boolean> {
  const egress = egressOf(deps);
  try {
    await egress.settle(run.livekitRoom, name, patience.signal);
    return true;
  } catch (error) {
    if (deps.now() - (job.stoppedMs ?? deps.now()) < LOST_MS) throw error;
    // Only where the SFU answers: while that is away, nothing is known.
    await egress.look(run.livekitRoom, name);
    patience.complain('a recording of Egress is lost', error);
    return false;
  }
}

async function take({ deps, run }: Context, id: string): Promise<void> {
  const file = await egressOf(deps).read(egressName(run.id, id));
  if (file === undefined) return;
  const path = recordingPath(deps.places.filesDir, run.id, id, 'whole');
  await rm(path, { force: true });
  const writer = await createChunkWriter(path, `${id}:whole`, run.sealer);
  try {
    for await (const chunk of file) await writer.append(chunk);
  } finally {
    await writer.close();
  }
}

/** Removes the file that Egress wrote, wherever it lies. */
async function remove({ store, egressFiles, log }: EgressRemoval, runId: string, id: string): Promise<void> {
  if (egressFiles === undefined) log.logger.warn({ run: runId }, 'a file that Egress may have left is out of reach');
  else await egressFiles.remove(egressName(runId, id));
  await store.deleteEgress(id);
}

/** Where Egress was given up, nothing is left that could still grow. */
async function settleIfAny({ deps, run, patience }: Context, id: string): Promise<void> {
  await deps.egress?.settle(run.livekitRoom, egressName(run.id, id), patience.signal);
}

/** What never became a segment is nobody's: it holds nothing up, and is tried again at the next start. */
async function dropUnused(context: Context, ids: readonly string[]): Promise<void> {
  const { deps, run, segments, patience } = context;
  for (const id of ids.filter((each) => !isSegment(segments, each))) {
    try {
      await settleIfAny(context, id);
      await remove(deps, run.id, id);
    } catch (error) {
      patience.signal.throwIfAborted();
      patience.complain('what Egress was asked for in vain stays for now', error);
    }
  }
}

/** Seals the files of Egress and removes them there. May be done again at any time: a file that is there was not taken. */
export async function takeFromEgress(context: Context): Promise<void> {
  const { deps, run, job, segments } = context;
  const ids = await deps.store.egressOf(job.id);
  for (const id of ids.filter((each) => isSegment(segments, each))) {
    // The file of one that is lost may still come: its row stays.
    if (!(await settle(context, egressName(run.id, id)))) continue;
    await take(context, id);
    await remove(deps, run.id, id);
  }
  await dropUnused(context, ids);
}

/** What Egress may still be writing, and nobody may have. */
export async function removeFromEgress(context: Context): Promise<void> {
  const { deps, run, job, segments } = context;
  const ids = await deps.store.egressOf(job.id);
  for (const id of ids.filter((each) => isSegment(segments, each))) {
    await settleIfAny(context, id);
    await remove(deps, run.id, id);
  }
  await dropUnused(context, ids);
}

/** Files that came after they were given up. Their rows stay as long as the run: files may come still. */
export async function removeLost({ store, egressFiles }: EgressRemoval): Promise<void> {
  for (const { id, runId } of await store.lostEgress()) await egressFiles?.remove(egressName(runId, id));
}

/** What Egress may have left of a recording that is over. */
export async function forgetEgress(deps: EgressRemoval, runId: string, jobId: string): Promise<void> {
  for (const id of await deps.store.egressOf(jobId)) await remove(deps, runId, id);
}
