import { rm } from 'node:fs/promises';
import type { RunDeps, RunFacts } from './deps.ts';
import { recordingFolder } from './files.ts';
import type { Patience } from './patience.ts';
import type { RoomVoice } from './room-voice.ts';
import { moveToSuccessor } from './successor.ts';
import type { WorkerKeeper } from './worker-keeper.ts';

interface Ending {
  readonly voice: RoomVoice;
  readonly workers: WorkerKeeper;
  /** Brings the meeting's message up to date, where nobody else will. */
  readonly tellEnd: () => Promise<void>;
  /** No other run needs the scribe in the room. */
  readonly isAlone: () => boolean;
}

/** How a run came to its end. `moved`: what is left of it is to be posted in the room that replaces its own. */
export type RunEnd = 'over' | 'moved';

/** Ends a run of which everything is posted or kept. Nobody else would: each step until it works. */
export async function endRun(
  deps: RunDeps,
  facts: RunFacts,
  patience: Patience,
  { voice, workers, tellEnd, isAlone }: Ending,
): Promise<RunEnd> {
  const { store } = deps;
  const { complain, insist } = patience;
  const jobs = await insist('closing', () => store.jobs(facts.id));
  const isKept = jobs.some(({ state }) => state !== 'done');
  if (jobs.some(({ what }) => what !== 'captions')) await tellEnd();
  await insist('closing', workers.drop);
  await insist('closing', workers.clearFormerDevice);
  if (isAlone()) {
    await deps.devices.leave(facts.roomId).catch((error: unknown) => complain('leaving the room', error));
  }
  deps.transcriber?.close(facts.id);
  if (isKept && (await moveToSuccessor(deps, facts, voice, patience))) return 'moved';
  // What could not be posted is kept; everything else is forgotten, and its key with it.
  if (!isKept) {
    await insist('forgetting', async () => {
      await deps.transcription.forget(facts.id);
      await voice.forget();
      await rm(recordingFolder(deps.places.filesDir, facts.id), { recursive: true, force: true });
    });
  }
  await insist('closing', () => store.closeRun(facts.id, isKept));
  return 'over';
}
