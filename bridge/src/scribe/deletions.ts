import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isOutOfSight, isRefusal, MatrixError, matrixPath, type RoomEvent } from '../appservice/index.ts';
import type { Audit, Deletable } from '../governance/index.ts';
import {
  deletedText,
  forgetSource,
  noticeMessage,
  publicationsOf,
  type Posted,
  type PostedEvent,
} from '../publishing/index.ts';
import * as z from 'zod';
import type { Deletion, DeletionStore } from './deletion-store.ts';
import type { RunDeps } from './deps.ts';
import { PUBLISHER_DEVICE } from './devices.ts';
import { keptPath, recordingFolder, recordingPath } from './files.ts';
import type { JobRow, What } from './store.ts';

/**
 * Deletion by redaction: whoever takes back a result in the room, which is for the homeserver to allow, takes back all of it: other
 * messages of the same content, and what the server keeps. A deletion is in the database before the event is checked off, and every step of it may be
 * done again.
 */
export interface Deletions {
  /** Takes up what a former process left. */
  resume(): void;
  /** Resolves when nothing is under way that can be done now; for tests. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface DeletionsDeps extends Pick<
  RunDeps,
  | 'store'
  | 'transcription'
  | 'publications'
  | 'devices'
  | 'client'
  | 'places'
  | 'scribeUserId'
  | 'language'
  | 'log'
  | 'now'
> {
  readonly deletions: DeletionStore;
  readonly posted: Posted;
  readonly inbox: { onRoomEvent: (handler: RedactionHandler) => void };
  readonly audit: Audit;
  readonly watcherUserId: string;
  /** May somebody with this power take back what others sent? Asked where the watcher cannot see what became of it. */
  readonly mayRedact: (roomId: string, userId: string) => Promise<boolean>;
  /** What others keep of results. */
  readonly deletables: readonly Deletable[];
  /** Ends what the scribe still captures. */
  readonly stop: (runId: string, what: What) => Promise<void>;
  /** Nothing else needs the scribe in the room. */
  readonly isFree: (roomId: string) => boolean;
  /** Before what could not be finished is looked at again. */
  readonly retryMs?: number;
}

interface RedactionHandler {
  readonly wants: (event: RoomEvent) => boolean;
  readonly handle: (event: RoomEvent) => Promise<void>;
}

const RETRY_MS = 2_000;

const contentSchema = z.object({ redacts: z.string() });
const redactedSchema = z.object({ unsigned: z.object({ redacted_because: z.unknown() }).optional() });

/** Rooms of version 11 and later name what is redacted in the content, older ones beside it. */
function targetOf({ content, redacts }: RoomEvent): string | undefined {
  const named = contentSchema.safeParse(content);
  return named.success ? named.data.redacts : redacts;
}

export function createDeletions(deps: DeletionsDeps): Deletions {
  const { store, deletions, posted, client, devices, log, now, scribeUserId } = deps;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  let closed = false;

  /** The homeserver decides who may redact; an event of another server may be here that it did not follow. */
  async function isApplied(roomId: string, eventId: string, userId: string): Promise<boolean> {
    try {
      const event = redactedSchema.parse(
        await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/event/${eventId}`),
      );
      return event.unsigned?.redacted_because !== undefined;
    } catch (error) {
      if (!isOutOfSight(error)) throw error;
      return deps.mayRedact(roomId, userId);
    }
  }

  /** What a redaction of this event takes back; undefined: nothing but the event. */
  async function takenBack(event: PostedEvent): Promise<Pick<Deletion, 'kind' | 'meetingId' | 'jobId'> | undefined> {
    const meetingId = await deletions.meetingOf(event.runId);
    if (meetingId === undefined || event.kind === 'notice') return undefined;
    if (event.kind !== 'meeting') {
      // Captions of a recording are a file of its own: the recording stays, and so does the transcript.
      const what = event.kind === 'transcript' ? await deletions.whatOf(event.source) : undefined;
      return what === 'recording' ? undefined : { kind: event.kind, meetingId, jobId: event.source };
    }
    // Not one of its edits.
    return (await store.threadRoot(meetingId)) === event.eventId
      ? { kind: 'meeting', meetingId, jobId: undefined }
      : undefined;
  }

  async function windowOf(job: JobRow): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const segments = await store.segments(job.id);
    const startMs = segments[0]?.startedMs ?? job.createdMs;
    return { startMs, endMs: Math.max(startMs, job.stoppedMs ?? now(), ...segments.map(({ untilMs }) => untilMs)) };
  }

  /** Files go first: what a crash leaves is found again by its rows. */
  async function forgetJob(runId: string, job: JobRow): Promise<void> {
    const { filesDir } = deps.places;
    if (job.what === 'recording') {
      for (const { id } of await store.segments(job.id)) {
        for (const stream of ['picture', 'sound'] as const)
          await rm(recordingPath(filesDir, runId, id, stream), { force: true });
      }
      for (const id of await deletions.keptOf(job.id)) {
        await rm(keptPath(filesDir, id), { force: true });
        await store.deleteKept(id);
      }
    }
    if (job.what === 'transcription') await deps.transcription.forgetWithin(runId, await windowOf(job));
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

  /** The scribe takes back what it said; for that it must be in the room. @returns how many it could not */
  async function redactAll(roomId: string, eventIds: readonly string[]): Promise<number> {
    if (eventIds.length === 0) return 0;
    let left = 0;
    try {
      await devices.ensurePublisher();
      await devices.enter(roomId);
    } catch (error) {
      // Nobody of ours may invite it.
      if (isRefusal(error)) return eventIds.length;
      throw error;
    }
    for (const eventId of eventIds) {
      try {
        await redact(roomId, eventId);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (error.status !== 404) left += 1;
      }
    }
    if (deps.isFree(roomId)) await devices.leave(roomId);
    return left;
  }

  async function announce({ id, roomId, kind, meetingId }: Deletion, left: number): Promise<void> {
    const text = deletedText(kind, left, deps.language);
    const block = { meeting_id: meetingId, level: 'info', code: 'deleted' } as const;
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
    const runs = await deletions.runsOf(meetingId);
    const jobs = (
      await Promise.all(runs.map(async (run) => (await store.jobs(run.id)).map((job) => ({ run, job }))))
    ).flat();
    // Nothing is kept of captions, and what was begun afterwards was meant.
    const concerned = jobs.filter(({ job }) =>
      kind === 'meeting' ? job.what !== 'captions' && job.createdMs <= deletion.createdMs : job.id === jobId,
    );
    const whole = kind === 'minutes' ? [] : concerned;
    const busy = whole.filter(({ run, job }) => run.isOpen && job.state !== 'done');
    for (const { run, job } of busy) if (job.state === 'active') await deps.stop(run.id, job.what);
    if (busy.length > 0) return false;

    const sources = new Set(concerned.map(({ job }) => job.id));
    const overlapping = new Set<string>();
    if (kind === 'transcript') {
      // The captions of a recording are the same words.
      for (const { job } of whole) {
        const { startMs, endMs } = await windowOf(job);
        for (const { job: other } of jobs.filter(({ job: { what } }) => what === 'recording')) {
          const window = await windowOf(other);
          if (window.startMs < endMs && window.endMs > startMs) overlapping.add(other.id);
        }
      }
    }
    const belongs = (event: PostedEvent): boolean => {
      if (kind === 'meeting') return sources.has(event.source) || runs.some(({ id }) => id === event.source);
      if (!sources.has(event.source)) return event.kind === 'transcript' && overlapping.has(event.source);
      return kind === 'recording' ? event.kind !== 'notice' : event.kind === kind;
    };
    for (const { run, job } of whole) await forgetJob(run.id, job);
    for (const { id, isOpen } of runs) if (!isOpen) await forgetRun(id);
    for (const each of deps.deletables) await each.delete({ kind, meetingId, jobId });

    const events = (await posted.ofRuns(runs.map(({ id }) => id))).filter(belongs);
    let left = 0;
    for (const place of new Set(events.map((event) => event.roomId))) {
      const there = events.filter((event) => event.roomId === place && event.eventId !== deletion.eventId);
      left += await redactAll(
        place,
        there.map(({ eventId }) => eventId),
      );
    }
    if (kind === 'meeting') {
      await deletions.forgetThread(meetingId);
      for (const { id } of runs) await forgetSource(deps.publications, id);
    }
    await announce(deletion, left);
    await posted.forget([deletion.eventId, ...events.map(({ eventId }) => eventId)]);
    await deletions.remove(deletion.id);
    return true;
  }

  async function workAll(): Promise<void> {
    let isLeft = false;
    try {
      for (const deletion of await deletions.pending()) {
        if (closed) return;
        try {
          if (!(await work(deletion))) isLeft = true;
        } catch (error) {
          isLeft = true;
          if (!closed) log.logger.warn({ err: error }, 'what was redacted could not be deleted yet');
        }
      }
    } catch (error) {
      isLeft = true;
      log.logger.warn({ err: error }, 'what is to be deleted could not be looked up');
    }
    if (isLeft && !closed) timer = setTimeout(begin, deps.retryMs ?? RETRY_MS);
  }

  function begin(): void {
    clearTimeout(timer);
    working = working.then(workAll);
  }

  deps.inbox.onRoomEvent({
    wants: ({ type, sender }) =>
      type === 'm.room.redaction' && sender !== scribeUserId && sender !== deps.watcherUserId,
    handle: async (event) => {
      const { event_id: id, room_id: roomId, sender: userId } = event;
      const eventId = targetOf(event);
      const found = eventId === undefined ? undefined : await posted.find(eventId);
      if (found?.roomId !== roomId) return;
      const what = await takenBack(found);
      if (what === undefined || !(await isApplied(roomId, found.eventId, userId))) return;
      const { kind, meetingId } = what;
      await deps.audit.during(
        { action: `${kind}.delete`, means: 'redaction', userId, roomId, meetingId, key: id },
        () => deletions.add({ ...what, id, roomId, eventId: found.eventId, createdMs: now() }),
      );
      begin();
    },
  });

  return {
    resume: begin,
    idle: async () => {
      for (let seen; seen !== working;) {
        seen = working;
        await seen;
      }
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await working;
    },
  };
}
