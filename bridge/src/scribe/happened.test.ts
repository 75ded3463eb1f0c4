import { expect, test } from '@jest/globals';
import type { TranscriptMark } from '@palabre/protocol';
import { happenedIn } from './happened.ts';
import type { PresenceChange } from './marks.ts';
import type { Context } from './results.ts';
import type { JobRow, SegmentRow } from './store.ts';

test('who came or went is named for the time before anybody was asked, later only if they agreed, until they withdrew', async () => {
  const [ASKED_MS, WITHDRAWN_MS] = [30_000, 45_000];
  const presence: PresenceChange[] = [
    { userId: '@bob:hs', atMs: 10_000, change: 'joined' },
    { userId: '@alice:hs', atMs: 20_000, change: 'joined' },
    { userId: '@carol:outside', atMs: ASKED_MS, change: 'joined' },
    { userId: '@alice:hs', atMs: 40_000, change: 'left' },
    { userId: '@alice:hs', atMs: WITHDRAWN_MS, change: 'joined' },
    { userId: '@bob:hs', atMs: 50_000, change: 'left' },
  ];
  // Only what it uses.
  const context = {
    deps: {
      store: { jobs: () => Promise.resolve([]), presence: () => Promise.resolve(presence) },
      consent: {
        mayName: () =>
          Promise.resolve(
            (userId: string, atMs: number) => atMs < ASKED_MS || (userId === '@alice:hs' && atMs < WITHDRAWN_MS),
          ),
      },
      scribeUserId: '@scribe:hs',
    },
    run: { id: 'run', meetingId: 'meeting' },
    voice: { isEncrypted: () => Promise.resolve(true), people: () => Promise.resolve([]) },
    window: { startMs: 0, endMs: 60_000 },
  } as unknown as Context;
  expect((await happenedIn(context)).map((mark) => [mark.kind, mark.kind === 'joined' && mark.user_id])).toEqual([
    ['joined', '@bob:hs'],
    ['joined', '@alice:hs'],
    ['left', false],
  ]);
});

/** @param segments of the recording: from, to, and why it ended */
async function marksOfRecording(
  segments: readonly (readonly [number, number, SegmentRow['brokenBy'], Partial<SegmentRow>?])[],
): Promise<TranscriptMark[]> {
  const job: JobRow = { id: 'film', what: 'recording', state: 'done', createdMs: 0, stoppedMs: 50_000, startedBy: 'a' };
  const rows = segments.map(([startedMs, untilMs, brokenBy, more], index) => ({
    id: `${index}`,
    jobId: job.id,
    startedMs,
    untilMs,
    brokenBy,
    ...more,
  }));
  // Only what it uses.
  const context = {
    deps: {
      store: {
        jobs: () => Promise.resolve([job]),
        segments: () => Promise.resolve(rows),
        presence: () => Promise.resolve([]),
      },
      consent: { mayName: () => Promise.resolve((userId: string) => userId !== '@bob:hs') },
    },
    run: { id: 'run', meetingId: 'meeting' },
    voice: { isEncrypted: () => Promise.resolve(true), people: () => Promise.resolve([]) },
    window: { startMs: 0, endMs: 60_000 },
  } as unknown as Context;
  return happenedIn(context);
}

test('a recording that was paused says when, and when it went on; a fault is no pause', async () => {
  const marks = await marksOfRecording([
    [1_000, 10_000, 'paused'],
    [20_000, 30_000, 'recorder_restarted'],
    [31_000, 50_000, undefined],
  ]);
  expect(marks.map(({ kind, at_ms: atMs }) => [kind, atMs])).toEqual([
    ['recording_started', 1_000],
    ['recording_paused', 10_000],
    ['recording_resumed', 20_000],
    ['recording_stopped', 50_000],
  ]);
});

test('who paused or resumed it is told, if they agreed to be in the transcript', async () => {
  const marks = await marksOfRecording([
    [1_000, 10_000, 'paused', { pausedBy: '@alice:hs' }],
    [20_000, 50_000, undefined, { resumedBy: '@bob:hs' }],
  ]);
  expect(marks.map(({ kind, user_id: userId }) => [kind, userId])).toEqual([
    ['recording_started', undefined],
    ['recording_paused', '@alice:hs'],
    ['recording_resumed', undefined],
    ['recording_stopped', undefined],
  ]);
});

test('a recording that was stopped while it was paused never went on', async () => {
  expect((await marksOfRecording([[1_000, 10_000, 'paused']])).map(({ kind }) => kind)).toEqual([
    'recording_started',
    'recording_paused',
    'recording_stopped',
  ]);
});
