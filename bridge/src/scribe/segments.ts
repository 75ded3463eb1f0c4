import { randomUUID } from 'node:crypto';
import { USUAL_RECORDING, type ScribePhase } from '@palabre/protocol';
import { createChunkWriter, type ChunkWriter, type RecordedSpan } from '../recording/index.ts';
import type { RecordedStream } from './contract.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { EgressRecorder } from './egress-recorder.ts';
import { recordingPath } from './files.ts';
import type { Patience } from './patience.ts';
import { startPage, type Recorder, type RecordingDriver } from './recorders.ts';
import { jobOptions, type JobOptions } from './recording-options.ts';
import type { JobRow, SegmentEnd, SegmentRow } from './store.ts';
import type { Worker } from './worker.ts';

/** What a run was asked for and is at work on. */
export interface LiveJob {
  readonly row: JobRow;
  phase: ScribePhase;
  sinceMs: number | undefined;
  /** Somebody wants nothing to be kept for now. */
  paused: boolean;
  /** What comes later than this is not kept: somebody has paused it, and the recorder is still to be ended. */
  keptUntilMs: number | undefined;
  /** Up to when it was recorded before it was paused. */
  pausedAtMs: number | undefined;
  /** User ids of those who paused and resumed it, until that is written down. */
  pausedBy: string | undefined;
  resumedBy: string | undefined;
  /** Of its files. */
  bytes: number;
  /** Gives back its place among the recordings that the machine can do at once. */
  leave: (() => void) | undefined;
  /** Since when it has been captured without a break. */
  upSinceMs: number | undefined;
  segmentId: string | undefined;
  /** By whom the segment is captured. */
  worker: Worker | undefined;
  writers: Record<RecordedStream, ChunkWriter> | undefined;
  /** Of a recording. */
  recorder: Recorder | undefined;
  failures: number;
  /** Somebody asked for its end and that is being written down. */
  stopAsked: boolean;
}

/** One that is to begin, or stays paused. */
export function liveJob(row: JobRow): LiveJob {
  return {
    row,
    phase: row.state === 'paused' ? 'paused' : 'starting',
    sinceMs: undefined,
    paused: row.state === 'paused',
    keptUntilMs: undefined,
    pausedAtMs: undefined,
    pausedBy: undefined,
    resumedBy: undefined,
    bytes: 0,
    leave: undefined,
    upSinceMs: undefined,
    segmentId: undefined,
    worker: undefined,
    writers: undefined,
    recorder: undefined,
    failures: 0,
    stopAsked: false,
  };
}

/** Segments of a recording for the clock of its film. */
export function recordedSpans(segments: readonly SegmentRow[]): RecordedSpan[] {
  return segments.map(({ startedMs, untilMs, brokenBy }) => ({ startedMs, untilMs, paused: brokenBy === 'paused' }));
}

/** Opens and ends the stretches of a job that are captured without a break. */
export interface Segments {
  /** @returns when it began */
  open(job: LiveJob, worker: Worker): Promise<number>;
  /** @param reason why it ended when nobody asked for it */
  end(job: LiveJob, reason: SegmentEnd | undefined, untilMs?: number): Promise<void>;
  append(job: LiveJob | undefined, of: RecordedStream, data: Uint8Array): Promise<void>;
  /** So many bytes more are recorded up to then, by somebody who keeps them. */
  grow(job: LiveJob | undefined, bytes: number, untilMs: number): Promise<void>;
}

/** @param egress where it may record, instead of the page */
export function createSegments(
  deps: RunDeps,
  facts: RunFacts,
  { complain, insist }: Patience,
  egress: EgressRecorder | undefined,
): Segments {
  const { store, places } = deps;

  /** @returns whether everything that was appended is in the files */
  const close = async (writers: LiveJob['writers']): Promise<boolean> => {
    const closed = await Promise.allSettled(Object.values(writers ?? {}).map((writer) => writer.close()));
    const [unwritten] = closed.filter((result) => result.status === 'rejected');
    if (unwritten !== undefined) complain('the end of a recording could not be written', unwritten.reason);
    return unwritten === undefined;
  };

  const openPage = async (job: LiveJob, id: string, worker: Worker, options: JobOptions): Promise<Recorder> => {
    const open = (of: RecordedStream): Promise<ChunkWriter> =>
      createChunkWriter(recordingPath(places.filesDir, facts.id, id, of), `${id}:${of}`, facts.sealer);
    const picture = await open('picture');
    const sound = await open('sound').catch(async (error: unknown) => {
      await picture.close();
      throw error;
    });
    job.writers = { picture, sound };
    return startPage(deps, worker, options);
  };

  const record = async (job: LiveJob, id: string, worker: Worker): Promise<number> => {
    const options = job.row.options ?? jobOptions(USUAL_RECORDING, deps.recording);
    const byEgress = egress !== undefined && (await egress.takes(options));
    const recorder = byEgress ? await egress.start(id, job.row.id, options) : await openPage(job, id, worker, options);
    job.recorder = recorder;
    const { begun } = recorder;
    const { resumedBy } = job;
    job.resumedBy = undefined;
    const driver: RecordingDriver = byEgress ? 'egress' : 'page';
    // The recorder runs: it is not started anew because the database is away.
    await insist('beginning', () =>
      store.addSegment({ id, jobId: job.row.id, ...begun, untilMs: begun.startedMs, driver, resumedBy }),
    );
    return begun.startedMs;
  };

  const listen = async (job: LiveJob, id: string, worker: Worker): Promise<number> => {
    const { startedMs } = await worker.remote.listen();
    await insist('beginning', () => store.addSegment({ id, jobId: job.row.id, startedMs, untilMs: startedMs }));
    return startedMs;
  };

  /** Nothing is kept of captions, so they have no place in the database either. */
  const caption = async (_job: LiveJob, _id: string, worker: Worker): Promise<number> =>
    (await worker.remote.caption()).startedMs;
  const begin = { recording: record, transcription: listen, captions: caption };

  // What was recorded is kept, and the next one says the same.
  const extend = (segmentId: string, untilMs: number): Promise<void> =>
    store.extendSegment(segmentId, untilMs).catch((error: unknown) => complain('heartbeat', error));

  return {
    open: async (job, worker) => {
      const id = randomUUID();
      try {
        const startedMs = await begin[job.row.what](job, id, worker);
        job.segmentId = id;
        job.worker = worker;
        job.upSinceMs = deps.now();
        if (job.keptUntilMs !== undefined) job.keptUntilMs = Math.max(job.keptUntilMs, startedMs);
        return startedMs;
      } catch (error) {
        const { writers, recorder } = job;
        job.writers = job.recorder = undefined;
        recorder?.drop();
        await close(writers);
        throw error;
      }
    },
    end: async (job, reason, untilMs) => {
      const { segmentId, writers, recorder } = job;
      job.segmentId = job.worker = job.writers = job.recorder = undefined;
      recorder?.drop();
      const whole = await close(writers);
      if (segmentId === undefined || job.row.what === 'captions') return;
      if (untilMs !== undefined) await insist('ending', () => store.extendSegment(segmentId, untilMs));
      const brokenBy = reason ?? (whole ? undefined : 'recorder_restarted');
      const { pausedBy } = job;
      job.pausedBy = undefined;
      if (brokenBy !== undefined) await insist('ending', () => store.breakSegment(segmentId, brokenBy, pausedBy));
    },
    append: async (job, of, data) => {
      if (job?.writers === undefined) return;
      if (job.keptUntilMs !== undefined && deps.now() > job.keptUntilMs) return;
      await job.writers[of].append(data);
      job.bytes += data.length;
      const leads = job.row.options?.layout === 'audio' ? 'sound' : 'picture';
      if (of !== leads || job.segmentId === undefined) return;
      await extend(job.segmentId, deps.now());
    },
    grow: async (job, bytes, untilMs) => {
      if (job?.segmentId === undefined) return;
      job.bytes += bytes;
      await extend(job.segmentId, Math.min(untilMs, job.keptUntilMs ?? untilMs));
    },
  };
}
