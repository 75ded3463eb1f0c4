import { setTimeout as sleep } from 'node:timers/promises';
import { voiceName } from '@palabre/protocol';
import { UploadRefused, uploadedSchema, type Upload, type Uploaded } from '../publishing/index.ts';
import {
  oneLine,
  sharedMicrophones,
  type AbsoluteGap,
  type Line,
  type NamedLine,
  type TimeSpan,
} from '../transcription/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { Patience } from './patience.ts';
import { TakenBack, type RoomVoice } from './room-voice.ts';
import type { JobRow, SegmentRow } from './store.ts';

/** What transcripts and recordings have in common on their way into the room. */

/** How long results wait for speech engines that are away before the room is free for its next meeting. */
const SPEECH_PATIENCE_MS = 45_000;
/** An utterance is cut before it gets longer (transcription/utterances.ts); its scribe tells every second how far it has heard. */
const LONGEST_SENTENCE_MS = 15_000;
const HEARD_LOOK_MS = 250;
/** Before everything is begun again, and the room told that it is late; making a recording anew is work. */
const UPLOAD_PATIENCE_MS = 10 * 60_000;

export interface Context {
  readonly deps: RunDeps;
  readonly run: RunFacts;
  readonly voice: RoomVoice;
  readonly job: JobRow;
  readonly window: TimeSpan;
  readonly segments: readonly SegmentRow[];
  readonly patience: Patience;
  /** Files that the homeserver does not take; the room is told that they are kept. */
  readonly refused: UploadRefused[];
}

/** Stretches between segments, after the last one when it did not end as asked, and those in which somebody who may be in it could not be heard. */
export async function gapsOf({ deps, run, voice, job, segments, window }: Context): Promise<AbsoluteGap[]> {
  const mayHold = await heldBy({ deps, run, job });
  const unheard = (await deps.store.unheard(run.id)).filter(
    ({ userId, startMs }) => userId === undefined || (mayHold?.(userId, startMs) ?? true),
  );
  const names = new Map(unheard.length === 0 ? [] : (await voice.people()).map(({ userId, name }) => [userId, name]));
  const between = segments.flatMap(({ brokenBy, untilMs }, index): AbsoluteGap[] =>
    brokenBy === undefined || brokenBy === 'paused'
      ? []
      : [{ startMs: untilMs, endMs: segments[index + 1]?.startedMs ?? window.endMs, reason: brokenBy }],
  );
  return [
    ...between,
    ...unheard.map(({ startMs, endMs, reason, userId }): AbsoluteGap => {
      const name = userId === undefined ? undefined : names.get(userId);
      return { startMs, endMs, reason, ...(userId === undefined || name === undefined ? {} : { userId, name }) };
    }),
  ];
}

/** Who may be in this result. undefined: nobody was asked */
function heldBy({ deps, run, job }: Pick<Context, 'deps' | 'run' | 'job'>): ReturnType<RunDeps['consent']['mayHold']> {
  return job.what === 'captions' ? Promise.resolve(undefined) : deps.consent.mayHold(run.meetingId, job.what);
}

/**
 * Where consent was asked: of how many people who were there with the scribe nothing is in this result, because they never agreed. Who was kept
 * before anybody was asked is not counted.
 * @returns facts of its block; none where nobody was asked
 */
export async function notKeptOf({ deps, run, job, window }: Context): Promise<{ readonly not_kept?: number }> {
  const mayHold = await heldBy({ deps, run, job });
  if (mayHold === undefined) return {};
  const people = await deps.store.seen(run.id);
  const notKept = people.filter(
    ({ userId, firstMs }) => firstMs <= window.endMs && !mayHold(userId, Math.max(firstMs, window.startMs)),
  );
  return { not_kept: notKept.length };
}

export interface HeardInWindow {
  readonly lines: NamedLine[];
  readonly missing: readonly TimeSpan[];
  /** No speech engine works, and something still waits for its text. */
  readonly waits: boolean;
}

/** A sentence that somebody is saying when the recording ends is handed over when it is over, or when the transcript is. */
async function whenHandedOver({ deps, run, job, window, patience }: Context): Promise<void> {
  const untilMs = (job.stoppedMs ?? window.endMs) + LONGEST_SENTENCE_MS;
  const isHeard = async (): Promise<boolean> => {
    const goingOn = (await deps.store.jobs(run.id)).filter(
      ({ what, state }) => what === 'transcription' && (state === 'active' || state === 'stopping'),
    );
    const last = await Promise.all(goingOn.map(async ({ id }) => (await deps.store.segments(id)).at(-1)));
    return last.every((one) => one === undefined || one.brokenBy !== undefined || one.untilMs >= window.endMs);
  };
  while (deps.now() < untilMs && !(await isHeard())) await sleep(HEARD_LOOK_MS, undefined, { signal: patience.signal });
}

/** Whether what was said in the window has its text. Waits for it while a speech engine works. @param mostMs at most so long */
export async function hasItsText(context: Context, mostMs?: number): Promise<boolean> {
  const { deps, run, window } = context;
  if (deps.transcriber === undefined) return true;
  await whenHandedOver(context);
  return deps.transcriber.settle(run.id, window.endMs, SPEECH_PATIENCE_MS, mostMs);
}

/** What was said in the window under the names of those who said it, and what has no text. */
export async function heardIn(context: Context): Promise<HeardInWindow> {
  const { deps, run, voice, window } = context;
  const settled = await hasItsText(context);
  const names = new Map((await voice.people()).map(({ userId, name }) => [userId, name]));
  const { lines, missing } = await deps.transcription.heard(run.sealer, run.id, window);
  const shared = sharedMicrophones(lines);
  const nameOf = ({ userId, voice: which }: Line): string => {
    const name = names.get(userId) ?? oneLine(userId);
    return which !== undefined && shared.has(userId) ? voiceName(name, which, deps.language) : name;
  };
  return { lines: lines.map((line) => ({ ...line, name: nameOf(line) })), missing, waits: !settled };
}

/** What was said is kept, and no speech engine works: its text comes when one is back. */
export class SpeechStaysAway extends Error {
  override readonly name = 'SpeechStaysAway';
}

/** What has no text by then is named as missing. */
const LONGEST_WAIT_MS = 6 * 60 * 60_000;

/** @throws SpeechStaysAway while there is hope for the rest */
export async function allHeardIn(context: Context): Promise<HeardInWindow> {
  const { deps, run, job, window } = context;
  const heard = await heardIn(context);
  if (!heard.waits) return heard;
  if (deps.now() - (job.stoppedMs ?? window.endMs) < LONGEST_WAIT_MS) throw new SpeechStaysAway();
  await deps.transcriber?.giveUp(run.id, window.endMs);
  return heardIn(context);
}

/**
 * Uploads once; tries for a while when the homeserver is only away.
 * @param stands what else it depends on, where somebody may take that back
 */
export function uploadOnce(
  { deps, voice, job, patience }: Context,
  key: string,
  upload: Omit<Upload, 'encrypted'>,
  stands?: () => Promise<boolean>,
): Promise<Uploaded> {
  return voice.once(key, uploadedSchema, async () => {
    const untilMs = deps.now() + UPLOAD_PATIENCE_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await deps.upload({ ...upload, encrypted: await voice.isEncrypted() }, patience.signal);
      } catch (error) {
        patience.signal.throwIfAborted();
        if (error instanceof UploadRefused || deps.now() > untilMs) throw error;
        patience.complain('an upload is tried again', error);
        await patience.pause(attempt);
        if ((await deps.deletions.coversJob(job.id)) || (await stands?.()) === false) throw new TakenBack();
      }
    }
  });
}

/** Posts a file; one that the homeserver refuses is named instead. */
export async function postFile(
  { voice, refused }: Context,
  key: string,
  build: () => Promise<Record<string, unknown>>,
  stands?: () => Promise<boolean>,
): Promise<string | undefined> {
  try {
    return await voice.post(key, build, stands);
  } catch (error) {
    if (!(error instanceof UploadRefused)) throw error;
    await voice.notice(`${key}:refused`, 'upload_refused', 'error');
    refused.push(error);
    return undefined;
  }
}
