import { rm } from 'node:fs/promises';
import type { RunDeps, RunFacts } from './deps.ts';
import { recordingFolder } from './files.ts';
import type { Patience } from './patience.ts';
import type { RoomVoice } from './room-voice.ts';
import type { WorkerKeeper } from './worker-keeper.ts';

interface Ending {
  readonly voice: RoomVoice;
  readonly workers: WorkerKeeper;
  /** No other run needs the scribe in the room or, if named, for a meeting there. */
  readonly isAlone: (meetingId?: string) => boolean;
}

/** Ends a run of which everything is posted or kept. Nobody else would: each step until it works. */
export async function endRun(
  deps: RunDeps,
  facts: RunFacts,
  { complain, insist }: Patience,
  { voice, workers, isAlone }: Ending,
): Promise<void> {
  const { store } = deps;
  const jobs = await insist('closing', () => store.jobs(facts.id));
  const isKept = jobs.some(({ state }) => state !== 'done');
  if (jobs.length > 0 && isAlone(facts.meetingId)) {
    await voice.meeting({ doing: [], over: true }).catch((error: unknown) => complain('meeting message', error));
  }
  await insist('closing', workers.drop);
  await insist('closing', workers.clearFormerDevice);
  if (isAlone()) {
    await deps.devices.leave(facts.roomId).catch((error: unknown) => complain('leaving the room', error));
  }
  deps.transcriber?.close(facts.id);
  // What could not be posted is kept; everything else is forgotten, and its key with it.
  if (!isKept) {
    await insist('forgetting', async () => {
      await deps.transcription.forget(facts.id);
      await voice.forget();
      await rm(recordingFolder(deps.places.filesDir, facts.id), { recursive: true, force: true });
    });
  }
  await insist('closing', () => store.closeRun(facts.id, isKept));
}
