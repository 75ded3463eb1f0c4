import { filmTimeOf } from '../recording/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { recordedBytes } from './files.ts';
import type { Patience } from './patience.ts';
import { recordedSpans, type LiveJob } from './segments.ts';
import type { JobRow } from './store.ts';

/** What a crash takes of a segment that was about to end anyway; less than this is not worth a word. */
const TAIL_MS = 1_500;

/** How far a job came that a former process was at work on. */
export interface LeftJob {
  /** What is to be set on it, if it goes on. */
  readonly job: Partial<Pick<LiveJob, 'sinceMs' | 'pausedAtMs' | 'bytes'>>;
  /** When it ended; undefined: it goes on. */
  readonly stoppedMs: number | undefined;
}

/**
 * Reads how far it came, and marks where it broke off.
 * @param row neither done nor being posted
 */
export async function readLeft(
  { store, places, now }: Pick<RunDeps, 'store' | 'places' | 'now'>,
  { id: runId }: Pick<RunFacts, 'id'>,
  insist: Patience['insist'],
  row: JobRow,
  meetingRuns: boolean,
): Promise<LeftJob> {
  const captured = await insist('resuming', () => store.segments(row.id));
  const [first, last] = [captured[0], captured.at(-1)];
  const untilMs = last?.untilMs ?? now();
  const stoppedMs = row.state === 'stopping' ? (row.stoppedMs ?? untilMs) : meetingRuns ? undefined : untilMs;
  const complete = stoppedMs !== undefined && stoppedMs - untilMs <= TAIL_MS;
  if (last !== undefined && last.brokenBy === undefined && !complete) {
    const reason = row.state === 'paused' ? 'paused' : 'scribe_restarted';
    await insist('resuming', () => store.breakSegment(last.id, reason));
  }
  if (row.what !== 'recording') return { job: { sinceMs: first?.startedMs }, stoppedMs };
  const { pauses } = filmTimeOf(recordedSpans(captured));
  const pausedMs = pauses.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const job = {
    sinceMs: first === undefined ? undefined : Math.round(first.startedMs + pausedMs),
    pausedAtMs: last?.brokenBy === 'paused' || row.state === 'paused' ? untilMs : undefined,
    bytes: await recordedBytes(places.filesDir, runId),
  };
  return { job, stoppedMs };
}
