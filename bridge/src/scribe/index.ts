import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALL_SLOT, livekitRoomName, PalabreError, USUAL_RECORDING, type ScribeCommand } from '@palabre/protocol';
import { MatrixError } from '../appservice/index.ts';
import type { Artefacts } from '../governance/index.ts';
import type { PublishMinutes } from '../minutes/index.ts';
import { createPosted, textsFor } from '../publishing/index.ts';
import { artefactsOf } from './artefacts.ts';
import { refusalToStart } from './child-process.ts';
import { createDeletions } from './deletions.ts';
import type { RunFacts } from './deps.ts';
import { PUBLISHER_DEVICE } from './devices.ts';
import { removeLost } from './egress-files.ts';
import { followCorrections } from './follow-corrections.ts';
import { createKeptRuns } from './kept-runs.ts';
import type { RunNews } from './meeting-news.ts';
import { createMinutesPublisher, forgetMinutes } from './publish-minutes.ts';
import { followRedactions } from './redactions.ts';
import { createRunDeps, type ScribeDeps } from './run-deps.ts';
import { createRun, type RecordingStart, type Run, type RunningWork } from './run.ts';
import { createSealer, createWrappingSealer, newMeetingKey } from './sealing.ts';
import { createRetries } from './retries.ts';
import type { KeptWork, RunRow, ScribeTables } from './store.ts';
import { createThreads, type Threads } from './threads.ts';

export { createKeptRuns, type KeptResult } from './kept-runs.ts';
export { createWrappingSealer } from './sealing.ts';
export { scribeMigrations, type ScribeTables, type SeenPerson } from './store.ts';
export type { GrantMedia, MeetingDirectory, ScribeMeeting, ScribePlaces } from './deps.ts';

/** The scribe: joins calls as a visible participant, records, transcribes and brings the results back into the room. */
export interface Scribe {
  /** What is kept of meetings that are over. */
  readonly artefacts: Artefacts;
  /**
   * Rights were checked by the caller. @throws PalabreError with a sentence for the person who asked
   * @param id of a command that may come again: a start is obeyed once, though it was stopped since, as are a pause and a resumption
   */
  command(roomId: string, userId: string, command: ScribeCommand, id?: string): Promise<void>;
  /**
   * A call goes on in this room, so that somebody may want the scribe. To be said again for as long as that is so.
   * @param presentMs time that somebody has spent there
   */
  readonly expect: (roomId: string, presentMs: number) => void;
  /** What is at work in the room, once that is known after a start. */
  running(roomId: string): Promise<readonly RunningWork[]>;
  /** Is this event the message that opens the thread of the meeting that runs in the room? */
  isMeetingMessage(roomId: string, eventId: string): Promise<boolean>;
  /** Meetings of which something was posted. */
  readonly threads: Threads;
  /** What is kept, or about to be, of the meeting that runs in the room. */
  readonly keeps: (roomId: string) => readonly KeptWork[];
  /** Of that, what is paused. */
  readonly pauses: (roomId: string) => readonly KeptWork[];
  /** The meeting is over: everything is stopped and posted. */
  meetingEnded(roomId: string, meetingId: string): Promise<void>;
  /** Lets the scribe into a room. @throws PalabreError with what the moderator must do */
  enter(roomId: string): Promise<void>;
  /** Has it leave a room in which nothing is to be done any more. */
  leaveIfIdle(roomId: string): Promise<void>;
  /** Posts minutes of a meeting that is over; the scribe stays in the room. */
  readonly publishMinutes: PublishMinutes;
  /** Forgets what was kept to be able to post minutes again. */
  forgetMinutes(id: string): Promise<void>;
  /** Takes up what a former process left. Call once meetings are known again and people can enter. */
  resume(): Promise<void>;
  /** Children end; what they captured is kept for the successor. */
  close(): Promise<void>;
}

/** How long a command waits for what a former process left to be taken up. */
const RESUME_PATIENCE_MS = 10_000;
/** How long a start waits for the results of the previous meeting to be posted. */
const FORMER_PATIENCE_MS = 5_000;
/** An administrator's wish to try again is found so soon. */
const RETRIES_EVERY_MS = 20_000;

export function createScribe(deps: ScribeDeps): Scribe {
  const { log, now, places, scribeUserId } = deps;
  const { refusals } = textsFor(deps.language);
  const refusal = deps.startChild === undefined ? refusalToStart(places.user) : undefined;
  if (refusal !== undefined) log.logger.error(refusal);
  const wrapping = createWrappingSealer(deps.asToken);
  const runDeps = createRunDeps(deps, wrapping);
  const { store, devices, transcriber, captioner } = runDeps;

  /** The run of each room that may be given commands. */
  const runs = new Map<string, Run>();
  /** Those, and others that only have late results left. */
  const all = new Set<Run>();
  const opening = new Map<string, Promise<Run>>();
  /** Left by a former process, and waiting for another in their room. */
  const waiting = new Map<string, RunRow>();
  const adopted = new Set<string>();
  const resumed = Promise.withResolvers<undefined>();
  /** By room: settles when the run found there knows again what it was doing. */
  const takenUp = new Map<string, Promise<void>>();
  let closed = false;

  /** @returns whether it came about in time */
  const within = async (milliseconds: number, promise: Promise<unknown>): Promise<boolean> => {
    const waiting = new AbortController();
    const late = sleep(milliseconds, false, { signal: waiting.signal }).catch(() => false);
    try {
      return await Promise.race([promise.then(() => true), late]);
    } finally {
      waiting.abort();
    }
  };

  /** Before that nobody knows which rooms have a run already, and a second one could be opened. */
  const untilResumed = async (roomId: string): Promise<void> => {
    const ready = resumed.promise.then(() => takenUp.get(roomId));
    if (await within(RESUME_PATIENCE_MS, ready)) return;
    throw new PalabreError('PALABRE_UPSTREAM_UNAVAILABLE', refusals.serverStarting);
  };

  /** Is nothing else at work, or left to be done, in the room or, if named, for one meeting there? */
  const isFree = (roomId: string, meetingId?: string, except?: Run): boolean => {
    const concerns = (other: { readonly roomId: string; readonly meetingId: string }): boolean =>
      other.roomId === roomId && (meetingId === undefined || other.meetingId === meetingId);
    // Of a meeting, these are the last thing: that it is over can be told before.
    const others = [deps.minutes, deletions, retries];
    if (meetingId === undefined && others.some((other) => other?.worksIn(roomId) === true)) return false;
    const busy = [...all].filter((other) => other !== except && !other.isLeaving()).map(({ facts }) => facts);
    return ![...waiting.values(), ...busy].some(concerns);
  };

  const adopt = (facts: RunFacts): Run => {
    const { roomId } = facts;
    const isAlone = (meetingId?: string): boolean => !opening.has(roomId) && isFree(roomId, meetingId, run);
    const others = (): RunNews[] =>
      [...all].flatMap((other) => (other !== run && other.facts.meetingId === facts.meetingId ? other.news() : []));
    const run = createRun(runDeps, facts, isAlone, others);
    adopted.add(facts.id);
    all.add(run);
    runs.set(facts.roomId, run);
    void run.released.then(() => {
      if (runs.get(facts.roomId) === run) runs.delete(facts.roomId);
    });
    void run.ended.then((end) => {
      all.delete(run);
      if (end === 'moved') followRoom(facts.id);
    });
    return run;
  };

  /** Results whose room was upgraded are posted in its successor. */
  const followRoom = (runId: string): void => {
    adopted.delete(runId);
    store.openRuns().then(
      (rows) => rows.filter(({ id }) => id === runId).forEach(takeUp),
      (error: unknown) => log.logger.error({ err: error, run: runId }, 'results wait for the next start'),
    );
  };

  /** Lets the scribe into the room, or says what the moderator must do. */
  const enter = async (roomId: string): Promise<void> => {
    try {
      await devices.ensurePublisher();
      await devices.enter(roomId);
    } catch (cause) {
      if (!(cause instanceof MatrixError) || cause.status >= 500) throw cause;
      throw new PalabreError('PALABRE_SCRIBE_ABSENT', refusals.inviteScribe(scribeUserId), { cause });
    }
  };

  const leaveIfIdle = async (roomId: string): Promise<void> => {
    if (!opening.has(roomId) && isFree(roomId)) await devices.leave(roomId);
  };

  const openRun = async (roomId: string): Promise<Run> => {
    const meeting = deps.meetings.current(roomId);
    if (meeting === undefined) throw new PalabreError('PALABRE_WRONG_STATE', refusals.nobodyInCall);
    const encrypted = await deps.isEncrypted(roomId);
    if (encrypted === undefined) throw new PalabreError('PALABRE_WATCHER_ABSENT', refusals.inviteWatcher);
    // Who comes late could not come in, and ordinary members may no longer write there.
    if ((await deps.tombstoneOf(roomId)) !== undefined) {
      throw new PalabreError('PALABRE_ROOM_REPLACED', refusals.roomReplaced);
    }
    await enter(roomId);
    const key = newMeetingKey();
    const id = randomUUID();
    const facts = {
      id,
      roomId,
      meetingId: meeting.id,
      meetingStartedMs: meeting.startedMs,
      encrypted,
    };
    try {
      await store.addRun({ ...facts, wrappedKey: wrapping.seal(key, `run:${id}`), createdMs: now() });
    } catch (error) {
      if (isFree(roomId)) await devices.leave(roomId).catch(() => undefined);
      throw error;
    }
    return adopt({ ...facts, livekitRoom: meeting.livekitRoom, sealer: createSealer(key) });
  };

  const runFor = (roomId: string): Promise<Run> => {
    const known = runs.get(roomId);
    if (known !== undefined) return Promise.resolve(known);
    const pending = opening.get(roomId) ?? openRun(roomId).finally(() => opening.delete(roomId));
    opening.set(roomId, pending);
    return pending;
  };

  const posted = createPosted(runDeps.publications);
  const { inbox, audit, watcherUserId, mayRedact } = deps;
  const deletions = createDeletions({
    ...runDeps,
    posted,
    watcherUserId,
    deleteMedia: deps.deleteMedia,
    namesIn: deps.namesIn,
    deletables: deps.deletables,
    stop: async (runId, what) => {
      const run = [...all].find(({ facts }) => facts.id === runId);
      // It may be ending already.
      if (run?.running().some((work) => work.what === what && work.phase !== 'stopping') === true) await run.stop(what);
    },
    isFree: (roomId) => !opening.has(roomId) && isFree(roomId),
  });
  followRedactions({
    ...runDeps,
    posted,
    inbox,
    audit,
    watcherUserId,
    mayRedact,
    onDeletion: () => deletions.begin(),
  });
  followCorrections({ inbox, posted, deletions: runDeps.deletions, audit });

  const start = async (
    roomId: string,
    { what, recording }: ScribeCommand,
    id: string,
    userId: string,
  ): Promise<void> => {
    if (refusal !== undefined) throw new PalabreError('PALABRE_NO_CAPACITY', refusals.noScribe);
    if ((what !== 'recording' || recording?.captions === true) && transcriber === undefined) {
      throw new PalabreError('PALABRE_NO_CAPACITY', refusals.noSpeech);
    }
    const browserMissing = places.chromium === undefined && recording?.layout !== 'audio';
    if (what === 'recording' && (browserMissing || places.ffmpeg === undefined)) {
      throw new PalabreError('PALABRE_NO_CAPACITY', refusals.noRecording);
    }
    // What runs already says so itself.
    const isNew = what === 'recording' && runs.get(roomId)?.does(what) !== true;
    const leave = isNew
      ? await runDeps.admission.enter(recording?.layout !== 'audio', await deps.isEncrypted(roomId))
      : undefined;
    if (isNew && leave === undefined) throw new PalabreError('PALABRE_NO_CAPACITY', refusals.noCapacity);
    try {
      await startIn(
        roomId,
        what,
        id,
        userId,
        leave === undefined ? undefined : { options: recording ?? USUAL_RECORDING, leave },
      );
    } catch (error) {
      leave?.();
      throw error;
    }
  };

  const startIn = async (
    roomId: string,
    what: ScribeCommand['what'],
    id: string,
    userId: string,
    recording: RecordingStart | undefined,
  ): Promise<void> => {
    for (;;) {
      const run = await runFor(roomId);
      const meeting = deps.meetings.current(roomId);
      if (meeting === undefined) {
        // It ended while the run was opened, when there was nothing yet to be stopped.
        await run.stopAll();
        throw new PalabreError('PALABRE_WRONG_STATE', refusals.nobodyInCall);
      }
      // A run belongs to one meeting: its results carry that meeting's people and thread.
      if (run.facts.meetingId === meeting.id) {
        if (await run.start(what, id, userId, recording)) return;
      } else {
        run.stopAll().catch((error: unknown) => {
          if (!closed) log.logger.warn({ err: error, run: run.facts.id }, 'a run of a former meeting is not stopped');
        });
      }
      if (await within(FORMER_PATIENCE_MS, run.released)) continue;
      throw new PalabreError('PALABRE_WRONG_STATE', refusals.formerResults);
    }
  };

  const restored = (row: RunRow): RunFacts => {
    const key = wrapping.open(row.wrappedKey, `run:${row.id}`);
    const { id, roomId, meetingId, meetingStartedMs, encrypted } = row;
    return {
      id,
      roomId,
      meetingId,
      meetingStartedMs,
      encrypted,
      livekitRoom: livekitRoomName(roomId, CALL_SLOT),
      sealer: createSealer(key),
    };
  };

  /** One run in a room at a time: another that was left there is taken up when the first makes room. */
  const takeUp = (row: RunRow): void => {
    if (closed || adopted.has(row.id)) return;
    const before = runs.get(row.roomId);
    if (before !== undefined) {
      waiting.set(row.id, row);
      void before.released.then(() => takeUp(row));
      return;
    }
    waiting.delete(row.id);
    const failed = (error: unknown): void => {
      if (!closed) log.logger.error({ err: error, run: row.id }, 'a run could not be taken up');
    };
    try {
      const run = adopt(restored(row));
      const meets = deps.meetings.current(row.roomId)?.id === row.meetingId;
      takenUp.set(row.roomId, run.resume(meets).catch(failed));
      void run.released.then(() => takenUp.delete(row.roomId));
    } catch (error) {
      failed(error);
    }
  };

  const retries = createRetries({
    kept: createKeptRuns(deps.database.$extendTables<ScribeTables>()),
    enter,
    leaveIfIdle,
    takeUp: (row) => {
      adopted.delete(row.id);
      takeUp(row);
    },
    log,
    everyMs: deps.retriesEveryMs ?? RETRIES_EVERY_MS,
  });

  // Put out of the room: nothing more is captured, and nothing more can be said there.
  deps.inbox.onRoomEvent({
    wants: (event) =>
      event.type === 'm.room.member' && event.state_key === scribeUserId && event.sender !== scribeUserId,
    handle: async (event) => {
      if (event.content['membership'] !== 'leave' && event.content['membership'] !== 'ban') return;
      // The room's next events need not wait until it is done.
      await runs.get(event.room_id)?.dismiss();
    },
  });

  return {
    artefacts: artefactsOf(runDeps),
    command: async (roomId, userId, command, commandId) => {
      const { action, what } = command;
      await untilResumed(roomId);
      if (closed) throw new PalabreError('PALABRE_NO_CAPACITY', refusals.serverRestarting);
      if (action === 'start') {
        const id = commandId ?? randomUUID();
        await runDeps.failedStarts.get(id);
        if (!(await store.hasJob(id))) await start(roomId, command, id, userId);
        return;
      }
      const run = runs.get(roomId);
      if (run === undefined) throw new PalabreError('PALABRE_WRONG_STATE', refusals.nothingRuns);
      switch (action) {
        case 'stop':
          return run.stop(what);
        case 'pause':
          return run.pause(userId, commandId);
        case 'resume':
          return run.resumeRecording(userId, commandId);
      }
    },
    expect: (roomId, presentMs) => {
      if (closed || refusal !== undefined || runs.has(roomId) || opening.has(roomId)) return;
      if (transcriber === undefined && places.ffmpeg === undefined) return;
      try {
        runDeps.spareChild.expect(presentMs);
      } catch (error) {
        log.logger.warn({ err: error }, 'no scribe could be started in advance');
      }
    },
    running: async (roomId) => {
      await untilResumed(roomId);
      return runs.get(roomId)?.running() ?? [];
    },
    enter,
    leaveIfIdle,
    publishMinutes: createMinutesPublisher(runDeps, wrapping),
    forgetMinutes: (id) => forgetMinutes(runDeps.publications, id),
    isMeetingMessage: async (roomId, eventId) => {
      const meeting = deps.meetings.current(roomId);
      return meeting !== undefined && (await store.threadRoot(meeting.id)) === eventId;
    },
    threads: createThreads(deps.database),
    keeps: (roomId) => runs.get(roomId)?.keeps() ?? [],
    pauses: (roomId) => runs.get(roomId)?.pauses() ?? [],
    meetingEnded: async (roomId, meetingId) => {
      await untilResumed(roomId);
      const run = runs.get(roomId);
      if (run?.facts.meetingId === meetingId) await run.stopAll();
    },
    resume: async () => {
      await runDeps.remuxer?.sweep().catch((error: unknown) => {
        log.logger.warn({ err: error }, 'what former recordings left readable stays for now');
      });
      const rows = await store.openRuns();
      // Listed before any child of this process can have logged in.
      const devicesBefore = await devices.list().catch((error: unknown) => {
        log.logger.warn({ err: error }, 'devices of former scribes stay for now');
        return [];
      });
      for (const row of rows) takeUp(row);
      resumed.resolve(undefined);
      retries.begin();
      deletions.resume();
      // Devices whose child is gone for good have no use; each would still be sent keys.
      try {
        const keep = new Set([PUBLISHER_DEVICE, ...(await store.liveDevices())]);
        for (const device of devicesBefore) if (!keep.has(device)) await devices.remove(device);
      } catch (error) {
        log.logger.warn({ err: error }, 'devices of former scribes stay for now');
      }
      await removeLost(runDeps).catch((error: unknown) => {
        log.logger.warn({ err: error }, 'files that Egress left stay for now');
      });
    },
    close: async () => {
      closed = true;
      runDeps.spareChild.close();
      captioner?.stop();
      await deletions.close();
      // Together: a run may be waiting for speech that only the stop of the transcriber gives up.
      await Promise.all([...[...all].map((run) => run.abandon()), transcriber?.stop(), retries.close()]);
    },
  };
}
