import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isRefusal, MatrixError, matrixPath, type DeleteMedia } from '../appservice/index.ts';
import type { Deletable } from '../governance/index.ts';
import {
  deletedText,
  forgetKey,
  forgetSource,
  isUnsent,
  noticeMessage,
  publicationsOf,
  type Posted,
  type Remaining,
} from '../publishing/index.ts';
import { shortName } from '../transcription/index.ts';
import { remainingOf, scopeOf, type JobOfMeeting } from './deletion-scope.ts';
import type { Deletion, DeletionStore } from './deletion-store.ts';
import type { RunDeps } from './deps.ts';
import { PUBLISHER_DEVICE } from './devices.ts';
import { forgetEgress } from './egress-files.ts';
import { recordingFolder, removeRecorded } from './files.ts';
import { captionsKey } from './finish-recording.ts';
import type { What } from './store.ts';
import { findCorrections, type ThreadCorrections } from './thread-corrections.ts';

/**
 * Deletion by redaction: whoever takes back a result in the room, which is for the homeserver to allow, takes back all of it: other
 * messages of the same content, and what the server keeps. A deletion is in the database before the event is checked off, and every step of it may be
 * done again.
 */
export interface Deletions {
  /** There is something new to be deleted. */
  begin(): void;
  /** Is the scribe needed in this room, to take back what it said? */
  worksIn(roomId: string): boolean;
  /** Takes up what a former process left. */
  resume(): void;
  close(): Promise<void>;
}

export interface DeletionsDeps extends Pick<
  RunDeps,
  | 'store'
  | 'transcription'
  | 'publications'
  | 'devices'
  | 'downloads'
  | 'client'
  | 'places'
  | 'egressFiles'
  | 'scribeUserId'
  | 'language'
  | 'pausesMs'
  | 'log'
  | 'now'
> {
  readonly deletions: DeletionStore;
  readonly posted: Posted;
  readonly watcherUserId: string;
  readonly deleteMedia: DeleteMedia;
  /** How the people of a room are called. */
  readonly namesIn: NamesIn;
  /** What others keep of results. */
  readonly deletables: readonly Deletable[];
  /** Ends what the scribe still captures. */
  readonly stop: (runId: string, what: What) => Promise<void>;
  /** Nothing else needs the scribe in the room. */
  readonly isFree: (roomId: string) => boolean;
}

export type NamesIn = (roomId: string) => Promise<ReadonlyMap<string, string>>;

export function createDeletions(deps: DeletionsDeps): Deletions {
  const { store, deletions, posted, client, devices, pausesMs, log, now, scribeUserId } = deps;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const closing = new AbortController();
  const ended = (): boolean => closing.signal.aborted;
  /** Before runs of a former process are taken up, nobody knows which rooms need the scribe. */
  let ready = false;
  let retries = 0;
  /** Of deletions that are not finished: they are worked again. */
  const deletedFiles = new Set<string>();
  /** Where the scribe takes back what it said. */
  let redactsIn: string | undefined;

  async function jobsOf(meetingId: string): Promise<JobOfMeeting[]> {
    const found: JobOfMeeting[] = [];
    for (const run of await deletions.runsOf(meetingId)) {
      for (const job of await store.jobs(run.id)) {
        const segments = await store.segments(job.id);
        const startMs = segments[0]?.startedMs ?? job.createdMs;
        const endMs = Math.max(startMs, job.stoppedMs ?? now(), ...segments.map(({ untilMs }) => untilMs));
        found.push({ run, job, window: { startMs, endMs } });
      }
    }
    return found;
  }

  /** Files go first: what a crash leaves is found again by its rows. */
  async function forgetJob({ run, job, window }: JobOfMeeting): Promise<void> {
    if (job.what === 'recording') {
      for (const { id } of await store.segments(job.id)) await removeRecorded(deps.places.filesDir, run.id, id);
      await forgetEgress(deps, run.id, job.id);
      for (const id of await store.keptOf(job.id)) {
        await deps.downloads.remove(id);
        await store.deleteKept(id);
      }
    }
    if (job.what === 'transcription') await deps.transcription.forgetWithin(run.id, window);
    await forgetSource(deps.publications, job.id);
    await store.setJob(job.id, 'done');
  }

  /** A run of which something was kept, and of which nothing is left to be kept. */
  async function forgetRun(runId: string): Promise<void> {
    if ((await store.jobs(runId)).some(({ state }) => state !== 'done')) return;
    await rm(recordingFolder(deps.places.filesDir, runId), { recursive: true, force: true });
    await deps.transcription.forget(runId);
    await publicationsOf(deps.publications, runId).forget();
    await store.closeRun(runId, false);
  }

  /**
   * What a recording has read of the words before they were forgotten is not posted as its captions any more.
   * @returns whether some are being sent: what became of them is known later
   */
  async function endCaptions(deletion: Deletion): Promise<boolean> {
    let areSent = false;
    const { captioned } = scopeOf(deletion, await jobsOf(deletion.meetingId));
    for (const { run, job } of captioned) {
      if (job.state !== 'posting') continue;
      await deletions.endCaptions(job.id);
      if (!(await isUnsent(deps.publications, captionsKey(job.id)))) continue;
      if (run.isOpen) areSent = true;
      else await forgetKey(deps.publications, captionsKey(job.id));
    }
    return areSent;
  }

  async function redact(roomId: string, eventId: string): Promise<void> {
    const digest = createHash('sha256').update(eventId).digest('base64url');
    await client.request(
      'PUT',
      matrixPath`/_matrix/client/v3/rooms/${roomId}/redact/${eventId}/${`palabre.${digest}`}`,
      {
        asUser: scribeUserId,
        asDevice: PUBLISHER_DEVICE,
        body: {},
      },
    );
  }

  /** The scribe takes back what it said, and what else it may; for that it must be in the room. @returns what it could not */
  async function redactAll(roomId: string, eventIds: readonly string[]): Promise<readonly string[]> {
    if (eventIds.length === 0) return [];
    redactsIn = roomId;
    let left: readonly string[];
    try {
      left = await redactEach(roomId, eventIds);
    } finally {
      redactsIn = undefined;
    }
    if (deps.isFree(roomId)) await devices.leave(roomId);
    return left;
  }

  async function redactEach(roomId: string, eventIds: readonly string[]): Promise<readonly string[]> {
    const left: string[] = [];
    try {
      await devices.ensurePublisher();
      await devices.enter(roomId);
    } catch (error) {
      // Nobody of ours may invite it.
      if (isRefusal(error)) return eventIds;
      throw error;
    }
    for (const eventId of eventIds) {
      try {
        await redact(roomId, eventId);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (error.status !== 404) left.push(eventId);
      }
    }
    return left;
  }

  /** What people corrected goes with the transcript. @param transcript event ids of its messages */
  async function correctionsOf(deletion: Deletion, transcript: ReadonlySet<string>): Promise<ThreadCorrections> {
    const { kind, meetingId, roomId, eventId } = deletion;
    const isOfTranscript = kind === 'meeting' || kind === 'transcript';
    const root = kind === 'meeting' ? eventId : await store.threadRoot(meetingId);
    if (!isOfTranscript || root === undefined) return { eventIds: [], unread: false };
    return findCorrections(client, roomId, root, transcript, [scribeUserId, deps.watcherUserId]);
  }

  async function deleteFiles(uris: readonly string[]): Promise<void> {
    for (const uri of uris.filter((one) => !deletedFiles.has(one))) {
      deletedFiles.add(uri);
      try {
        await deps.deleteMedia(uri);
      } catch (error) {
        if (!isRefusal(error)) {
          deletedFiles.delete(uri);
          throw error;
        }
        log.logger.warn({ err: error }, 'the homeserver does not let the configured administrator delete a file');
      }
    }
  }

  async function personIn(roomId: string, userId: string): Promise<{ user_id: string; name: string }> {
    const names = await deps.namesIn(roomId);
    return { user_id: userId, name: shortName(names.get(userId) ?? '') || shortName(userId) };
  }

  async function announce(deletion: Deletion, remaining: Remaining): Promise<void> {
    const { id, roomId, kind, meetingId, userId } = deletion;
    const by = userId === undefined ? undefined : await personIn(roomId, userId);
    const text = deletedText(kind, remaining, by, deps.language);
    const block = {
      meeting_id: meetingId,
      level: 'info',
      code: 'deleted',
      deleted: kind,
      ...(by === undefined ? {} : { by }),
    } as const;
    const digest = createHash('sha256').update(id).digest('base64url');
    try {
      await client.request(
        'PUT',
        // The same transaction id: told once.
        matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`palabre.deleted.${digest}`}`,
        { body: noticeMessage(text, block, undefined) },
      );
    } catch (error) {
      // The watcher may not speak there any more.
      if (!(error instanceof MatrixError) || error.status !== 403) throw error;
    }
  }

  /** @returns whether it is finished: not while something of it is being captured or posted */
  async function work(deletion: Deletion): Promise<boolean> {
    const { kind, meetingId, jobId } = deletion;
    const all = await jobsOf(meetingId);
    const { jobs, covers } = scopeOf(deletion, all);
    const busy = jobs.filter(({ run, job }) => run.isOpen && job.state !== 'done');
    for (const { run, job } of busy)
      if (job.state === 'active' || job.state === 'paused') await deps.stop(run.id, job.what);
    if (busy.length > 0) return false;

    for (const job of jobs) await forgetJob(job);
    const areCaptionsSent = await endCaptions(deletion);
    const runs = await deletions.runsOf(meetingId);
    for (const { id, isOpen } of runs) if (!isOpen) await forgetRun(id);
    for (const each of deps.deletables) await each.delete({ kind, meetingId, jobId });

    const every = await posted.ofRuns(runs.map(({ id }) => id));
    const events = every.filter(covers);
    const ofContent = new Set([deletion.eventId, ...events.map(({ eventId }) => eventId)]);
    const corrections = await correctionsOf(deletion, ofContent);
    const wanted = [
      ...events.filter(({ eventId }) => eventId !== deletion.eventId),
      ...corrections.eventIds.map((eventId) => ({ eventId, roomId: deletion.roomId })),
    ];
    const left = new Set<string>();
    for (const place of new Set(wanted.map((event) => event.roomId))) {
      const there = wanted.flatMap(({ eventId, roomId }) => (roomId === place ? [eventId] : []));
      for (const eventId of await redactAll(place, there)) left.add(eventId);
    }
    const leftCorrections = corrections.eventIds.filter((eventId) => left.has(eventId)).length;
    await deleteFiles(events.flatMap(({ media }) => media));
    if (areCaptionsSent) return false;
    if (kind === 'meeting') {
      await deletions.forgetThread(meetingId);
      for (const { id } of runs) await forgetSource(deps.publications, id);
    }
    await announce(deletion, {
      messages: left.size - leftCorrections,
      corrections: leftCorrections,
      unread: corrections.unread,
      results: remainingOf(
        every.filter(({ eventId }) => !ofContent.has(eventId)),
        all,
      ),
    });
    await posted.forget([...ofContent]);
    await deletions.remove(deletion.id);
    for (const { media } of events) for (const uri of media) deletedFiles.delete(uri);
    return true;
  }

  async function workAll(): Promise<void> {
    let isLeft = false;
    try {
      for (const deletion of await deletions.pending()) {
        if (ended()) return;
        try {
          if (!(await work(deletion))) isLeft = true;
        } catch (error) {
          isLeft = true;
          if (!ended()) log.logger.warn({ err: error }, 'what was redacted could not be deleted yet');
        }
      }
    } catch (error) {
      isLeft = true;
      log.logger.warn({ err: error }, 'what is to be deleted could not be looked up');
    }
    retries = isLeft ? retries + 1 : 0;
    if (isLeft && !ended()) timer = setTimeout(goOn, pausesMs[retries - 1] ?? pausesMs.at(-1));
  }

  function goOn(): void {
    clearTimeout(timer);
    working = working.then(workAll);
  }

  return {
    begin: () => {
      if (ready) goOn();
    },
    worksIn: (roomId) => roomId === redactsIn,
    resume: () => {
      ready = true;
      goOn();
    },
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
