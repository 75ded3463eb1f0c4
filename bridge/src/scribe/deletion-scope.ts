import type { PostedEvent, RemainingKind } from '../publishing/index.ts';
import type { TimeSpan } from '../transcription/index.ts';
import type { Deletion, RunOfMeeting } from './deletion-store.ts';
import type { JobRow } from './store.ts';

/** What a deletion concerns. Pure. */

/** Something the scribe was asked for, with the time it captured. */
export interface JobOfMeeting {
  readonly run: RunOfMeeting;
  readonly job: JobRow;
  readonly window: TimeSpan;
}

export interface DeletionScope {
  /** All that came of these is deleted. */
  readonly jobs: readonly JobOfMeeting[];
  /** Recordings whose captions are the same words. */
  readonly captioned: readonly JobOfMeeting[];
  /** Is this message of the same content? */
  readonly covers: (event: PostedEvent) => boolean;
}

const overlap = (one: TimeSpan, other: TimeSpan): boolean => one.startMs < other.endMs && other.startMs < one.endMs;

/** @param all jobs of the meeting */
export function scopeOf({ kind, jobId, createdMs }: Deletion, all: readonly JobOfMeeting[]): DeletionScope {
  if (kind === 'meeting') {
    // Nothing is kept of captions, and what was begun afterwards was meant.
    const jobs = all.filter(({ job }) => job.what !== 'captions' && job.createdMs <= createdMs);
    const sources = new Set(jobs.flatMap(({ run, job }) => [run.id, job.id]));
    return { jobs, captioned: [], covers: ({ source }) => sources.has(source) };
  }
  const jobs = all.filter(({ job }) => job.id === jobId);
  switch (kind) {
    case 'recording':
      return { jobs, captioned: [], covers: ({ source, kind: held }) => source === jobId && held !== 'notice' };
    case 'transcript': {
      const captioned = all.filter(
        ({ job, window }) => job.what === 'recording' && jobs.some((one) => overlap(one.window, window)),
      );
      const sources = new Set([jobId, ...captioned.map(({ job }) => job.id)]);
      return { jobs, captioned, covers: ({ source, kind: held }) => held === 'transcript' && sources.has(source) };
    }
    case 'minutes':
      // What they were made of stays.
      return { jobs: [], captioned: [], covers: ({ source, kind: held }) => held === 'minutes' && source === jobId };
  }
}

const RESULTS: readonly RemainingKind[] = ['recording', 'transcript', 'minutes'];

/** Which results of a meeting are among these messages. @param all jobs of the meeting */
export function remainingOf(events: readonly PostedEvent[], all: readonly JobOfMeeting[]): readonly RemainingKind[] {
  // The captions of a recording are no transcript.
  const recordings = new Set(all.flatMap(({ job }) => (job.what === 'recording' ? [job.id] : [])));
  return RESULTS.filter((result) =>
    events.some(({ kind, source }) => kind === result && (kind !== 'transcript' || !recordings.has(source))),
  );
}
