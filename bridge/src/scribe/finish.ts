import { PublishRefused } from '../publishing/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { removeFromEgress } from './egress-files.ts';
import { finishPicture } from './finish-recording.ts';
import { finishTranscript } from './finish-transcript.ts';
import type { Context } from './results.ts';
import type { Patience } from './patience.ts';
import { TakenBack, type RoomVoice } from './room-voice.ts';
import type { JobRow } from './store.ts';

/** Nobody agreed to it: there is nothing to be posted. */
const UNAGREED = { recording: 'recording_not_agreed', transcription: 'transcription_not_agreed' } as const;

/** Works out what a job captured and posts it. Every step is remembered, so it may be begun again at any time. */
export async function finishJob(
  deps: RunDeps,
  run: RunFacts,
  voice: RoomVoice,
  job: JobRow,
  patience: Patience,
): Promise<void> {
  if (job.what === 'captions') return;
  const segments = await deps.store.segments(job.id);
  const startMs = segments[0]?.startedMs ?? job.createdMs;
  const endMs = Math.max(startMs, job.stoppedMs ?? deps.now(), ...segments.map(({ untilMs }) => untilMs));
  const context: Context = { deps, run, voice, job, segments, patience, window: { startMs, endMs }, refused: [] };
  if (await deps.deletions.coversJob(job.id)) {
    await voice.settle(job.id);
    await removeFromEgress(context);
    return;
  }
  const isEmpty = segments.length > 0 && (await deps.consent.nobodyAgreed(run.meetingId, job.what, context.window));
  try {
    if (isEmpty) await voice.notice(`${job.id}:unagreed`, UNAGREED[job.what], 'info');
    else if (job.what === 'transcription') await finishTranscript(context);
    else await finishPicture(context);
    // Not done, so it is not forgotten.
    const [refused] = context.refused;
    if (refused !== undefined) throw refused;
  } catch (error) {
    if (error instanceof TakenBack) return voice.settle(job.id);
    if (!(error instanceof PublishRefused)) throw error;
    // They go to the successor of a room that was upgraded.
    if ((await deps.tombstoneOf(run.roomId).catch(() => undefined))?.successor !== undefined) throw error;
    // The scribe may not speak here any more: the watcher says that there was something.
    await voice.watcherNotice('results_refused').catch((failure: unknown) => {
      patience.complain('the watcher could not say that results were refused', failure);
    });
    throw error;
  }
}
