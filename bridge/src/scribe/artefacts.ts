import { rm } from 'node:fs/promises';
import type { Artefacts } from '../governance/index.ts';
import { createPosted, publicationsOf } from '../publishing/index.ts';
import type { RunDeps } from './deps.ts';
import { forgetEgress } from './egress-files.ts';
import { recordingFolder } from './files.ts';

/**
 * What the scribe keeps of meetings that are over: chunks and lines that could not be posted, recordings that were too large, and
 * that it was there. Files go first: what a crash leaves of a deletion is found again by its row.
 */
export function artefactsOf(deps: RunDeps): Artefacts {
  const { store, transcription, publications, places, downloads } = deps;
  return {
    rooms: () => store.roomsWithArtefacts(),
    holdsBefore: async (roomId, beforeMs) =>
      (await store.keptBefore(roomId, beforeMs)).length > 0 ||
      (await store.closedRunsBefore(roomId, beforeMs)).length > 0,
    deleteBefore: async (roomId, beforeMs) => {
      for (const id of await store.keptBefore(roomId, beforeMs)) {
        await downloads.remove(id);
        await store.deleteKept(id);
      }
      for (const runId of await store.closedRunsBefore(roomId, beforeMs)) {
        for (const job of await store.jobs(runId)) await forgetEgress(deps, runId, job.id);
        await rm(recordingFolder(places.filesDir, runId), { recursive: true, force: true });
        await transcription.forget(runId);
        await publicationsOf(publications, runId).forget();
        await createPosted(publications).forgetRun(runId);
        await store.deleteRun(runId);
      }
    },
  };
}
