import { setTimeout as sleep } from 'node:timers/promises';
import { PalabreError, USUAL_RECORDING, type RecordingOptions, type ScribePhase } from '@palabre/protocol';
import { textsFor } from '../publishing/index.ts';
import { createTurns } from '../sfu/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { createEgressRecorder } from './egress-recorder.ts';
import { endRun, type RunEnd } from './end-run.ts';
import { filmKey } from './finish-recording.ts';
import { watchInterruption, type Interruption } from './interruption.ts';
import { createKeeping } from './keeping.ts';
import { readLeft } from './left-job.ts';
import type { RunNews } from './meeting-news.ts';
import { createTeller } from './meeting-teller.ts';
import { createPatience } from './patience.ts';
import { createPhases } from './phases.ts';
import { createPosting } from './posting.ts';
import { isOverLimit, jobOptions } from './recording-options.ts';
import { createPresence } from './presence.ts';
import { createRoomVoice } from './room-voice.ts';
import { createSegments, liveJob, type LiveJob } from './segments.ts';
import type { JobRow, KeptWork, What } from './store.ts';
import { createWorkerKeeper } from './worker-keeper.ts';

/**
 * One scribe in one meeting: starts and stops recording and transcription, replaces children that die, and posts what came of it.
 * Everything it decides is in the database first, so that a successor of this process can go on.
 */
export interface Run {
  readonly facts: RunFacts;
  /**
   * @param id what the job is called from now on
   * @param startedBy user id of who asked
   * @param recording how it is to look, and its place among those that the machine can do at once, if it is one
   * @returns false when this run is already on its way out: a new one is needed
   */
  start(what: What, id: string, startedBy: string, recording?: RecordingStart): Promise<boolean>;
  does(what: What): boolean;
  /** What it is at work on, in the order in which it was asked. */
  running(): readonly RunningWork[];
  /** @throws PalabreError when it does not run */
  stop(what: What): Promise<void>;
  /**
   * From now on nothing is kept of the recording. @throws PalabreError when it does not run, or is paused already
   * @param by user id of who wants it
   * @param commandId of a command that may come again, and is then obeyed already
   */
  pause(by: string, commandId?: string): Promise<void>;
  /** @throws PalabreError when it is not paused */
  resumeRecording(by: string, commandId?: string): Promise<void>;
  /** The meeting is over, or the scribe was put out: what was captured is posted. */
  stopAll(): Promise<void>;
  /** The same, and resolves as soon as a crash would not undo it. */
  dismiss(): Promise<void>;
  /** Takes up what a former process left. */
  resume(meetingRuns: boolean): Promise<void>;
  /** Resolves when another run may begin in this room: this one has ended, or only its late results are left. */
  readonly released: Promise<void>;
  /** Resolves when everything is posted, or is to be posted elsewhere. */
  readonly ended: Promise<RunEnd>;
  /** What it has to say of its meeting. */
  news(): RunNews;
  /** What is kept now, or is about to be. */
  keeps(): readonly KeptWork[];
  /** Of that, what is paused. */
  pauses(): readonly KeptWork[];
  /** Everything is posted and it is about to leave the room. */
  isLeaving(): boolean;
  /** This process ends: the child goes, everything else is left to a successor. */
  abandon(): Promise<void>;
}

/** One thing a run is at work on. Wall clock: when it was asked for, and since when, once it has begun. */
export interface RunningWork {
  readonly what: What;
  readonly phase: ScribePhase;
  readonly askedMs: number;
  readonly sinceMs: number | undefined;
  readonly startedBy: string | undefined;
}

export interface RecordingStart {
  readonly options: RecordingOptions;
  /** Gives its place back. */
  readonly leave: () => void;
}

/** So many failures without a good minute between, and it is given up. */
const MOST_FAILURES = 5;
const GOOD_MS = 60_000;
/** What the recorder had captured when somebody pressed "pause" is still on its way for so long. */
const PAUSE_TAIL_MS = 1_500;
/** A run that ends waits so long for the room to be told that somebody reads captions; the next meeting's start waits a little longer. */
const ANNOUNCED_WITHIN_MS = 3_000;

/** Nothing is to be captured for it now. */
function isAtRest({ phase, paused }: LiveJob): boolean {
  return paused || phase === 'stopping';
}

/**
 * @param isAlone no other run needs the scribe in the room or, if named, for a meeting there
 * @param others what the other runs of its meeting have to say of it
 */
export function createRun(
  deps: RunDeps,
  facts: RunFacts,
  isAlone: (meetingId?: string) => boolean,
  others: () => readonly RunNews[],
): Run {
  const { store, log, now } = deps;
  const { refusals } = textsFor(deps.language);
  const jobs = new Map<What, LiveJob>();
  /** Asked for and being written down. */
  const asked = new Set<What>();
  const closing = new AbortController();
  const patience = createPatience(deps, facts.id, closing.signal);
  const { complain, insist, pause } = patience;
  const egress = createEgressRecorder(deps, facts, patience, {
    keepsEverybody: () => keeping.allowsEverybody('recording'),
    onAlive: (bytes, untilMs) => {
      grown(bytes, untilMs).catch((error: unknown) => complain('heartbeat', error));
    },
    onLost: () => later('recorder', recorderLost),
  });
  const segments = createSegments(deps, facts, patience, egress);
  const presence = createPresence(store, facts.id);
  const { promise: ended, resolve: markEnded } = Promise.withResolvers<RunEnd>();
  const { promise: released, resolve: markReleased } = Promise.withResolvers<undefined>();
  /** The worker has lost the call, and tries to come back. */
  let away = false;
  let isReleased = false;
  /** The room is being told that somebody reads captions: a run that ended would not remember it. */
  let announcing: Promise<void> = Promise.resolve();
  let isClosing = false;
  /** How often everything was stopped. */
  let stops = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** One change of state after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };
  /** The same, for what nobody waits for. */
  const later = (message: string, work: () => Promise<unknown>): void => {
    inTurn(work).catch((error: unknown) => complain(message, error));
  };

  const phases = createPhases(deps, facts, jobs, complain, () => keeping.metadata());
  const setPhase = (job: LiveJob, phase: ScribePhase, sinceMs?: number): void => {
    job.phase = phase;
    if (sinceMs !== undefined) {
      // Moved on by what was paused, so that what has gone by since is what was recorded.
      const pausedMs = job.pausedAtMs === undefined ? 0 : sinceMs - job.pausedAtMs;
      job.sinceMs = job.sinceMs === undefined ? Math.round(sinceMs) : Math.round(job.sinceMs + pausedMs);
      job.pausedAtMs = undefined;
    }
    phases.tell();
  };

  const workers = createWorkerKeeper(deps, facts, patience, {
    // Speech waits for its place in the database: until it is there, the scribe counts it as not handed over.
    onUtterance: ({ pcm, language, ...utterance }) =>
      insist('an utterance', async () => {
        // They withdrew while it was on its way.
        if (!keeping.allows('transcription', utterance.userId)) return;
        await deps.transcriber?.add({ ...utterance, runId: facts.id }, pcm, language);
      }),
    onUnheard: async (span) => {
      const { userId } = span;
      // Live captions hear everybody; of those who are not kept, nothing is missing.
      const isMissing = (what: KeptWork): boolean => userId === undefined || keeping.allows(what, userId);
      if (isMissing('transcription') || isMissing('recording')) await store.setUnheard(facts.id, span);
    },
    onChunk: async (of, data) => {
      const job = jobs.get('recording');
      await segments.append(job, of, data);
      lookAtLimit(job);
    },
    onMembers: async (members) => {
      // Nobody whose coming has everybody asked is taken for somebody who was kept before.
      await keeping.see(members.map(({ userId }) => userId));
      const people = [...new Map(members.map((member) => [member.userId, member])).values()];
      await store.see(facts.id, people, now());
      await presence.seen(
        people.map(({ userId }) => userId),
        now(),
      );
    },
    onMetadata: phases.seen,
    onRecorderLost: () => later('recorder', recorderLost),
    onHeard: (untilMs) => {
      const segmentId = jobs.get('transcription')?.segmentId;
      if (segmentId !== undefined) {
        store.extendSegment(segmentId, untilMs).catch((error: unknown) => complain('heartbeat', error));
      }
    },
    onAway: (isAway) => {
      away = isAway;
    },
    onCaptions: ({ wanted, late }) => {
      phases.setLate(late);
      if (!wanted) later('captions', captionsUnwanted);
    },
    onLost: () => later('scribe', workerLost),
    drawsSoon: () => {
      const job = jobs.get('recording');
      // The page may have to take over from Egress; that is soon enough for its browser.
      const byPage = deps.egress === undefined || facts.encrypted;
      return byPage && job !== undefined && !isAtRest(job) && job.row.options?.layout !== 'audio';
    },
  });
  const keeping = createKeeping(deps, facts, patience, {
    worker: () => workers.current(),
    onChange: () => {
      egress?.check();
      phases.tell();
      teller.tellAnswers();
    },
  });
  const voice = createRoomVoice(deps, facts, workers.encrypt, closing.signal);
  const posting = createPosting(deps, facts, voice, patience, {
    onEnded: () => {
      later('closing', closeIfDone);
      // The last word on it is that of its end.
      if (jobs.size > 0 || !posting.isDone()) tellMeeting();
    },
    onLate: () => releaseIfLate(),
  });

  /** Late results are posted whenever that works; the room need not wait for them with its next meeting. */
  function releaseIfLate(): void {
    if (isReleased || jobs.size > 0 || asked.size > 0 || !posting.isLate()) return;
    isReleased = true;
    markReleased(undefined);
  }

  const interruption = (): Interruption | undefined => {
    const stuck = [...jobs.values()].filter(
      (job) => job.row.what !== 'captions' && !isAtRest(job) && (away || job.phase === 'starting'),
    );
    if (stuck.length === 0) return undefined;
    return stuck.some(({ sinceMs }) => sinceMs !== undefined) ? 'interrupted' : 'delayed';
  };
  /** @returns whether there was still something to be said: to open the thread may take as long as the fault does */
  const sayInterruption = async (kind: Interruption, sinceMs: number): Promise<boolean> => {
    const isOpen = await voice.root().then(
      () => true,
      () => false,
    );
    if (interruption() !== kind || closing.signal.aborted) return false;
    const byWatcher = (): Promise<void> => voice.watcherNotice(`capture_${kind}`, { key: `.${sinceMs}` });
    const said = isOpen
      ? voice.notice(`${facts.id}:interrupted:${sinceMs}`, `capture_${kind}`, 'warning').catch(byWatcher)
      : byWatcher();
    await said.catch((error: unknown) => complain('notice', error));
    return true;
  };
  watchInterruption({
    interruption,
    onLate: (kind, sinceMs) => {
      const said = sayInterruption(kind, sinceMs);
      posting.say(said.then(() => undefined));
      return said;
    },
    now,
    signal: closing.signal,
  });

  const teller = createTeller(facts, deps, {
    jobs,
    recording: () => phases.of('recording'),
    consent: () => keeping.asked(),
    preparing: () => posting.underWay(),
    voice,
    isAlone: () => isAlone(facts.meetingId),
    others,
    complain,
    signal: closing.signal,
  });
  const { doing } = teller;
  const tellMeeting = (): void => void teller.tell();

  /** Brings every active job to life that has no segment; after failures again, and at last gives up. */
  const bringUp = async (): Promise<void> => {
    if (doing().length > 0) {
      const isNews = keeping.metadata() === undefined;
      await keeping.read();
      // Before anything is kept: whoever is asked has the time in which the scribe comes.
      if (isNews) phases.tell();
    }
    for (const job of [...jobs.values()]) {
      while (jobs.get(job.row.what) === job && job.segmentId === undefined && !isAtRest(job)) {
        closing.signal.throwIfAborted();
        try {
          if (workers.current()?.leftCall() === true) await workers.drop();
          const worker = await workers.need();
          if (!worker.inCall()) await worker.joinCall();
          if (job.row.what !== 'captions') await keeping.tell(worker);
          const startedMs = await segments.open(job, worker);
          // Somebody may have paused it meanwhile: that comes next.
          setPhase(job, job.paused ? 'paused' : 'on', startedMs);
          if (job.row.what !== 'captions')
            await presence.open(now()).catch((error: unknown) => complain('who is in the call', error));
        } catch (error) {
          closing.signal.throwIfAborted();
          complain('starting is tried again', error);
          job.failures += 1;
          if (workers.current()?.inCall() === false) await workers.drop();
          if (job.failures >= MOST_FAILURES) await giveUp(job);
          else await pause(job.failures - 1);
        }
      }
    }
    if (doing().length > 0) tellMeeting();
    if (jobs.has('captions'))
      announcing = voice.captions().catch((error: unknown) => complain('captions message', error));
  };

  const noteFailure = async (job: LiveJob): Promise<void> => {
    if (job.upSinceMs !== undefined && now() - job.upSinceMs > GOOD_MS) job.failures = 0;
    job.upSinceMs = undefined;
    job.failures += 1;
    if (job.failures >= MOST_FAILURES) await giveUp(job);
  };

  const workerLost = async (): Promise<void> => {
    if (jobs.size === 0) return;
    log.logger.warn({ run: facts.id }, 'a scribe ended unexpectedly and is replaced');
    for (const job of [...jobs.values()]) {
      // What is being brought up counts its failures itself, and may go on with a successor already.
      if (job.segmentId === undefined || job.worker === workers.current()) continue;
      await segments.end(job, 'scribe_restarted');
      if (!isAtRest(job)) setPhase(job, 'starting');
      await noteFailure(job);
    }
    await bringUp();
  };

  const recorderLost = async (): Promise<void> => {
    const job = jobs.get('recording');
    if (job?.segmentId === undefined || isAtRest(job)) return;
    log.logger.warn({ run: facts.id }, 'a recorder ended unexpectedly and is replaced');
    await segments.end(job, 'recorder_restarted');
    setPhase(job, 'starting');
    await noteFailure(job);
    await bringUp();
  };

  const giveUp = async (job: LiveJob): Promise<void> => {
    log.logger.error({ run: facts.id, what: job.row.what }, 'a scribe gives up');
    phases.failed.add(job.row.what);
    // Of captions the screens say so; nothing is missing in the room.
    if (job.row.what === 'captions') {
      await post(job, now());
      return;
    }
    const code = job.row.what === 'recording' ? 'recorder_failed' : 'scribe_failed';
    const notice = voice.notice(`${job.row.id}:failed`, code, 'error');
    posting.say(notice.catch((error: unknown) => complain('notice', error)));
    await post(job, now());
  };

  /** Capturing is over for this job: its results are worked out and posted beside whatever else goes on. */
  const post = async (job: LiveJob, stoppedMs: number): Promise<void> => {
    await insist('posting', () => store.setJob(job.row.id, 'posting', stoppedMs));
    jobs.delete(job.row.what);
    job.recorder?.drop();
    job.leave?.();
    phases.tell();
    posting.start({ ...job.row, state: 'posting', stoppedMs });
    releaseIfLate();
  };

  const stopJob = async (job: LiveJob): Promise<void> => {
    if (jobs.get(job.row.what) !== job) return;
    setPhase(job, 'stopping');
    const worker = workers.current();
    let stoppedMs = now();
    try {
      await store
        .setJob(job.row.id, 'stopping', stoppedMs)
        .catch((error: unknown) => complain('a stop could not be written down', error));
      if (worker !== undefined && job.segmentId !== undefined) {
        if (job.row.what === 'recording') {
          if (job.recorder === undefined) throw new Error('nobody records');
          const stopped = await job.recorder.stop();
          stoppedMs = stopped.stoppedMs;
          await store.setPictureDelay(job.segmentId, stopped.pictureDelayMs);
        } else if (job.row.what === 'transcription') {
          ({ stoppedMs } = await worker.remote.stopListening());
        } else {
          ({ stoppedMs } = await worker.remote.stopCaptions());
        }
        await segments.end(job, undefined, stoppedMs);
      }
    } catch (error) {
      complain('stopping was not orderly', error);
      await segments.end(job, job.row.what === 'recording' ? 'recorder_restarted' : 'scribe_restarted');
    }
    await post(job, Math.round(stoppedMs));
    if (job.row.what !== 'captions') tellMeeting();
    if (jobs.size > 0) return;
    // Nobody is listened to any more: the scribe leaves the call at once, and the room when its results are posted.
    await workers
      .current()
      ?.leaveCall()
      .catch((error: unknown) => complain('leaving the call', error));
  };

  const stopEverything = async (): Promise<void> => {
    stops += 1;
    for (const job of [...jobs.values()]) await stopJob(job);
    await closeIfDone();
  };

  /** The recorder ends, so that nothing can be kept; another one begins when it is resumed. */
  const pauseJob = async (job: LiveJob): Promise<void> => {
    const { keptUntilMs } = job;
    if (jobs.get('recording') !== job || keptUntilMs === undefined) return;
    if (job.segmentId !== undefined) {
      job.pausedAtMs = Math.min(now(), keptUntilMs);
      try {
        if (job.recorder === undefined) throw new Error('nobody records');
        const { stoppedMs, pictureDelayMs } = await job.recorder.stop();
        job.pausedAtMs = Math.min(stoppedMs, keptUntilMs);
        await store.setPictureDelay(job.segmentId, pictureDelayMs);
      } catch (error) {
        complain('pausing was not orderly', error);
      }
      await segments.end(job, 'paused', job.pausedAtMs);
    }
    job.keptUntilMs = undefined;
    phases.tell();
    tellMeeting();
  };

  const lookAtLimit = (job: LiveJob | undefined): void => {
    if (job?.phase !== 'on') return;
    if (isOverLimit(job, deps.recording, now())) later('limit', () => stopAtLimit(job));
    else if (job.bytes > deps.mostInMemoryBytes) {
      lookAtMemory(facts.id).catch((error: unknown) => complain('limit', error));
    }
  };
  /** A longer film of an encrypted room could never be put together. Asked anew: rooms are encrypted in mid-meeting, too. */
  const lookAtMemory = createTurns(async () => {
    const job = jobs.get('recording');
    if (job !== undefined && (await voice.isEncrypted())) later('limit', () => stopAtLimit(job));
  });
  const grown = async (bytes: number, untilMs: number): Promise<void> => {
    const job = jobs.get('recording');
    await segments.grow(job, bytes, untilMs);
    lookAtLimit(job);
  };

  /** Longer or larger than policy allows: what there is comes back. */
  const stopAtLimit = async (job: LiveJob): Promise<void> => {
    if (jobs.get('recording') !== job || job.phase !== 'on') return;
    const notice = voice.notice(`${job.row.id}:limit`, 'recording_limit', 'warning');
    posting.say(notice.catch((error: unknown) => complain('notice', error)));
    await stopJob(job);
  };

  /** Nobody reads them any more. */
  const captionsUnwanted = async (): Promise<void> => {
    const job = jobs.get('captions');
    if (job?.phase === 'on') await stopJob(job);
  };

  const closeIfDone = async (): Promise<void> => {
    // A start that fails closes it, too.
    if (isClosing || jobs.size > 0 || asked.size > 0 || !posting.isDone()) return;
    isClosing = true;
    await Promise.race([announcing, sleep(ANNOUNCED_WITHIN_MS, undefined, { ref: false })]);
    const end = await endRun(deps, facts, patience, { voice, workers, tellEnd: teller.tellEnd, isAlone });
    keeping.close();
    closing.abort();
    markEnded(end);
    markReleased(undefined);
  };

  const addJob = (row: JobRow): LiveJob => {
    const job = liveJob(row);
    jobs.set(row.what, job);
    phases.failed.delete(row.what);
    return job;
  };

  const isObeyed = async (commandId: string | undefined): Promise<boolean> => {
    const job = jobs.get('recording');
    return job !== undefined && commandId !== undefined && (await store.obeyed(job.row.id, commandId));
  };

  /** One job of a former process: goes on, or is posted. */
  const takeUp = async (row: JobRow, meetingRuns: boolean): Promise<void> => {
    const left = await readLeft(deps, facts, insist, row, meetingRuns);
    const job = Object.assign(addJob(row), left.job);
    if (row.what === 'recording') {
      job.leave = deps.admission.take();
      if (egress !== undefined) {
        insist('what Egress still records', egress.stopLeft).catch((error: unknown) => complain('Egress', error));
      }
    }
    if (left.stoppedMs !== undefined) await post(job, left.stoppedMs);
  };

  deps.transcriber?.open(facts.id, facts.sealer, (oldest) => {
    // Once for each outage, also when this process is replaced meanwhile: what waits longest names it.
    insist('notice', () => voice.notice(`${facts.id}:away:${oldest}`, 'speech_away', 'warning')).catch(
      (error: unknown) => complain('notice', error),
    );
  });

  return {
    facts,
    news: teller.news,
    ended,
    released,
    isLeaving: () => isClosing,
    keeps: doing,
    pauses: () => doing().filter((what) => jobs.get(what)?.phase === 'paused'),
    running: () =>
      [...jobs.values()].map(({ row: { what, createdMs, startedBy }, phase, sinceMs }) => ({
        what,
        phase,
        askedMs: createdMs,
        sinceMs,
        startedBy,
      })),
    does: (what) => jobs.has(what) || asked.has(what),
    start: async (what, id, startedBy, recording) => {
      if (isClosing || isReleased) return false;
      const known = jobs.get(what);
      // Captions are everybody's own: they may be asked for by one after the other.
      if (what === 'captions' && (asked.has(what) || (known !== undefined && known.phase !== 'stopping'))) return true;
      if (known !== undefined || asked.has(what)) throw new PalabreError('PALABRE_WRONG_STATE', refusals.already[what]);
      const options =
        what === 'recording' ? jobOptions(recording?.options ?? USUAL_RECORDING, deps.recording) : undefined;
      const row = { id, what, createdMs: now(), startedBy, options };
      asked.add(what);
      const stopsBefore = stops;
      let job: LiveJob;
      try {
        await store.addJob(facts.id, row);
        job = addJob({ ...row, state: 'active', stoppedMs: undefined });
        job.leave = recording?.leave;
      } catch (error) {
        // It may be written down without anybody having heard so: what was refused must not begin with a restart.
        // The run, which may have been found busy when it was to be closed, is closed after that.
        const forgotten = insist('a start that failed', () => store.dropJob(facts.id, row))
          .catch((failure: unknown) => complain('a start that failed', failure))
          .finally(() => deps.failedStarts.delete(id));
        deps.failedStarts.set(id, forgotten);
        posting.say(forgotten);
        throw error;
      } finally {
        asked.delete(what);
      }
      phases.tell();
      // In the background: whoever pressed the button sees "starting", then "on" or "failed".
      if (stops === stopsBefore) later('starting', bringUp);
      else later('stopping', () => stopJob(job));
      return true;
    },
    stop: async (what) => {
      const job = jobs.get(what);
      if (job === undefined || job.phase === 'stopping' || job.stopAsked) {
        throw new PalabreError('PALABRE_WRONG_STATE', refusals.notRunning[what]);
      }
      job.stopAsked = true;
      try {
        await store.setJob(job.row.id, 'stopping', now());
      } finally {
        job.stopAsked = false;
      }
      // It may have been given up meanwhile.
      if (jobs.get(what) !== job) return;
      setPhase(job, 'stopping');
      later('stopping', () => stopJob(job));
    },
    pause: async (by, commandId) => {
      if (await isObeyed(commandId)) return;
      const job = jobs.get('recording');
      if (job?.phase === 'paused') throw new PalabreError('PALABRE_WRONG_STATE', refusals.alreadyPaused);
      if (job === undefined || job.paused || (job.phase !== 'on' && job.phase !== 'starting')) {
        throw new PalabreError('PALABRE_WRONG_STATE', refusals.notRunning.recording);
      }
      await store.pauseJob(job.row.id, true, commandId);
      // It may have been stopped or given up meanwhile.
      if (jobs.get('recording') !== job || isAtRest(job)) return;
      job.paused = true;
      job.pausedBy = by;
      job.keptUntilMs ??= now() + PAUSE_TAIL_MS;
      setPhase(job, 'paused');
      later('pausing', () => pauseJob(job));
    },
    resumeRecording: async (by, commandId) => {
      if (await isObeyed(commandId)) return;
      const job = jobs.get('recording');
      if (job?.phase !== 'paused') throw new PalabreError('PALABRE_WRONG_STATE', refusals.notPaused);
      await store.pauseJob(job.row.id, false, commandId);
      if (jobs.get('recording') !== job || !job.paused) return;
      job.paused = false;
      job.resumedBy = by;
      setPhase(job, 'starting');
      later('starting', bringUp);
    },
    stopAll: () => inTurn(stopEverything),
    dismiss: async () => {
      // Those that are stopping, too: that may not be written down yet.
      const stopped = [...jobs.values()].map(({ row, phase }) => ({
        id: row.id,
        stoppedMs: phase === 'stopping' ? undefined : now(),
      }));
      // Not after what is being brought up: that may take as long as a child that does not answer.
      for (const job of jobs.values()) setPhase(job, 'stopping');
      later('stopping', stopEverything);
      await Promise.all(stopped.map(({ id, stoppedMs }) => store.setJob(id, 'stopping', stoppedMs)));
    },
    resume: (meetingRuns) =>
      inTurn(async () => {
        for (const row of await insist('resuming', () => store.jobs(facts.id))) {
          if (row.state === 'posting') posting.start(row, await insist('resuming', () => voice.knows(filmKey(row.id))));
          else if (row.state !== 'done') await takeUp(row, meetingRuns);
        }
        phases.tell();
        if (jobs.size > 0) later('starting', bringUp);
        else await closeIfDone();
      }),
    abandon: async () => {
      closing.abort();
      keeping.close();
      workers.kill();
      for (const { recorder } of jobs.values()) recorder?.drop();
      await Promise.all([posting.settled(), turn]);
      await teller.settled();
      const writers = [...jobs.values()].flatMap((job) => Object.values(job.writers ?? {}));
      await Promise.allSettled(writers.map((writer) => writer.close()));
    },
  };
}
