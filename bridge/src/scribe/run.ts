import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PalabreError, type Gap, type RoomMetadata, type ScribePhase } from '@palabre/protocol';
import { PublishRefused, UploadRefused, type NoticeCode } from '../publishing/index.ts';
import { createChunkWriter, RemuxFailed, type ChunkWriter } from '../recording/index.ts';
import type { RecordedStream } from './contract.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { createRoomVoice, type RoomVoice } from './room-voice.ts';
import { recordingFolder, recordingPath } from './files.ts';
import { finishJob } from './finish.ts';
import type { JobRow, What } from './store.ts';
import { startWorker, type Worker } from './worker.ts';

/**
 * One scribe in one meeting: starts and stops recording and transcription, replaces children that die, and posts what came of it.
 * Everything it decides is in the database first, so that a successor of this process can go on.
 */
export interface Run {
  readonly facts: RunFacts;
  /** @returns false when this run is already on its way out: a new one is needed */
  start(what: What): Promise<boolean>;
  /** @throws PalabreError when it does not run */
  stop(what: What): Promise<void>;
  /** The meeting is over, or the scribe was put out: what was captured is posted. */
  stopAll(): Promise<void>;
  /** Takes up what a former process left. */
  resume(meetingRuns: boolean): Promise<void>;
  /** Resolves when everything is posted and the scribe has left. */
  readonly ended: Promise<void>;
  /** This process ends: the child goes, everything else is left to a successor. */
  abandon(): Promise<void>;
}

interface LiveJob {
  readonly row: JobRow;
  phase: ScribePhase;
  sinceMs: number | undefined;
  segmentId: string | undefined;
  writers: Record<RecordedStream, ChunkWriter> | undefined;
  failures: number;
  /** Somebody asked for its end and that is being written down. */
  stopAsked: boolean;
}

/** So many failures without a good minute between, and it is given up. */
const MOST_FAILURES = 5;
const GOOD_MS = 60_000;
/** What a crash takes of a segment that was about to end anyway; less than this is not worth a word. */
const TAIL_MS = 1_500;
/** Before a posting that failed is tried again; doubles each time. */
const POST_PAUSE_MS = 2_000;
const POST_LONGEST_PAUSE_MS = 60_000;
/** After this long the room is told that its results are late. */
const POST_LATE_MS = 10 * 60_000;
const RECORDING = { width: 1280, height: 720, framesPerSecond: 20, videoBitsPerSecond: 1_800_000, chunkMs: 1_000 };

export function createRun(deps: RunDeps, facts: RunFacts): Run {
  const { store, log, now } = deps;
  const jobs = new Map<What, LiveJob>();
  /** Asked for and being written down. */
  const asked = new Set<What>();
  const failed = new Set<What>();
  const posting = new Set<Promise<void>>();
  const closing = new AbortController();
  const { promise: ended, resolve: markEnded } = Promise.withResolvers<undefined>();
  let worker: Worker | undefined;
  let starting: Promise<Worker> | undefined;
  let isClosing = false;
  let wantsToClose = false;
  /** How often everything was stopped. */
  let stops = 0;
  let lastMetadata = '';
  let turn: Promise<unknown> = Promise.resolve();

  const pauseAfter = (failures: number): number => deps.restartPausesMs[failures] ?? deps.restartPausesMs.at(-1) ?? 0;

  /** One change of state after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  const complain = (message: string, error: unknown): void => {
    if (!closing.signal.aborted) log.logger.warn({ err: error, run: facts.id }, message);
  };

  const state = (what: What): RoomMetadata[What] => {
    const job = jobs.get(what);
    if (job === undefined) return { phase: failed.has(what) ? 'failed' : 'off' };
    return { phase: job.phase, ...(job.sinceMs === undefined ? {} : { since_ms: job.sinceMs }) };
  };

  /** Told on the SFU, where every client sees it and nobody else can write it. */
  const tellPhases = (): void => {
    const metadata: RoomMetadata = { v: 1, recording: state('recording'), transcription: state('transcription') };
    lastMetadata = JSON.stringify(metadata);
    deps.setMetadata(facts.livekitRoom, metadata).catch((error: unknown) => complain('room metadata', error));
  };

  const setPhase = (job: LiveJob, phase: ScribePhase, sinceMs?: number): void => {
    job.phase = phase;
    if (sinceMs !== undefined) job.sinceMs ??= Math.round(sinceMs);
    tellPhases();
  };

  /** For what must happen sooner or later, whatever is away now; ends only with this process. */
  const patiently = async <T>(message: string, work: () => Promise<T>): Promise<T> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        closing.signal.throwIfAborted();
        complain(`${message}: tried again`, error);
        await sleep(pauseAfter(attempt), undefined, { signal: closing.signal });
      }
    }
  };

  /** Whoever encrypts for the room: the worker, started only for this if need be. */
  const encrypt = async (type: string, content: Record<string, unknown>): Promise<Record<string, unknown>> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await (await needWorker()).remote.encrypt(type, content);
      } catch (error) {
        closing.signal.throwIfAborted();
        if (attempt >= 4) throw error;
        complain('encrypting is tried again', error);
        await sleep(pauseAfter(attempt), undefined, { signal: closing.signal });
      }
    }
  };
  const voice: RoomVoice = createRoomVoice(deps, facts, encrypt, closing.signal);

  const doing = (): What[] => [...jobs.values()].filter(({ phase }) => phase !== 'stopping').map(({ row }) => row.what);

  const tellMeeting = (over: boolean): Promise<void> =>
    voice.meeting({ doing: doing(), over }).catch((error: unknown) => complain('meeting message', error));

  /** Ends a segment; `reason` when it was not asked to end. */
  const endSegment = async (job: LiveJob, reason: Gap['reason'] | undefined, untilMs?: number): Promise<void> => {
    const { segmentId, writers } = job;
    job.segmentId = job.writers = undefined;
    const closed = await Promise.allSettled(Object.values(writers ?? {}).map((writer) => writer.close()));
    const [unwritten] = closed.filter((result) => result.status === 'rejected');
    if (unwritten !== undefined) complain('the end of a recording could not be written', unwritten.reason);
    if (segmentId === undefined) return;
    if (untilMs !== undefined) await patiently('ending', () => store.extendSegment(segmentId, untilMs));
    const brokenBy = reason ?? (unwritten === undefined ? undefined : 'recorder_restarted');
    if (brokenBy !== undefined) await patiently('ending', () => store.breakSegment(segmentId, brokenBy));
  };

  const needWorker = (): Promise<Worker> => {
    if (worker !== undefined) return Promise.resolve(worker);
    starting ??= (async () => {
      await clearFormerDevice();
      const started = await startWorker(deps, facts, {
        onUtterance: async ({ pcm, ...utterance }) => {
          await deps.transcriber?.add({ ...utterance, runId: facts.id }, pcm);
        },
        onChunk: async (of, data) => {
          const job = jobs.get('recording');
          if (job?.writers === undefined) return;
          await job.writers[of].append(data);
          if (of === 'picture' && job.segmentId !== undefined) await store.extendSegment(job.segmentId, now());
        },
        onMembers: (members) =>
          store.see(facts.id, [...new Map(members.map((member) => [member.userId, member])).values()], now()),
        onMetadata: (text) => {
          // The SFU lost the room and its metadata with it.
          if (lastMetadata !== '' && text !== lastMetadata && jobs.size > 0) tellPhases();
        },
        onRecorderLost: () => void inTurn(recorderLost).catch((error: unknown) => complain('recorder', error)),
        onHeard: (untilMs) => {
          const segmentId = jobs.get('transcription')?.segmentId;
          if (segmentId !== undefined) {
            store.extendSegment(segmentId, untilMs).catch((error: unknown) => complain('heartbeat', error));
          }
        },
      });
      worker = started;
      void started.exited.then(() => {
        if (worker !== started) return;
        worker = undefined;
        if (!closing.signal.aborted) void inTurn(workerLost).catch((error: unknown) => complain('scribe', error));
      });
      return started;
    })().finally(() => {
      starting = undefined;
    });
    return starting;
  };

  /** What a dead child left: its membership would be shown until the delayed leave fires, its device has no use. */
  const clearFormerDevice = async (): Promise<void> => {
    const run = (await store.openRuns()).find(({ id }) => id === facts.id);
    if (run?.deviceId === undefined) return;
    await deps.devices
      .clearMembership(facts.roomId, run.deviceId)
      .catch((error: unknown) => complain('membership', error));
    await deps.devices.remove(run.deviceId).catch((error: unknown) => complain('device', error));
    await store.setDevice(facts.id, undefined);
  };

  const openSegment = async (job: LiveJob, inCall: Worker): Promise<void> => {
    const id = randomUUID();
    if (job.row.what === 'transcription') {
      const { startedMs } = await inCall.remote.listen();
      await store.addSegment({ id, jobId: job.row.id, startedMs, untilMs: startedMs });
      job.segmentId = id;
      setPhase(job, 'on', startedMs);
      return;
    }
    const open = (of: RecordedStream): Promise<ChunkWriter> =>
      createChunkWriter(recordingPath(deps.places.filesDir, facts.id, id, of), `${id}:${of}`, facts.sealer);
    const writers = { picture: await open('picture'), sound: await open('sound') };
    job.writers = writers;
    try {
      const begun = await inCall.remote.record({ ...RECORDING, title: 'Palabre', language: deps.language });
      await store.addSegment({ id, jobId: job.row.id, ...begun, untilMs: begun.startedMs });
      job.segmentId = id;
      setPhase(job, 'on', begun.startedMs);
    } catch (error) {
      job.writers = undefined;
      await Promise.all(Object.values(writers).map((writer) => writer.close()));
      throw error;
    }
  };

  /** Brings every active job to life that has no segment; after failures again, and at last gives up. */
  const bringUp = async (): Promise<void> => {
    for (const job of [...jobs.values()]) {
      while (jobs.get(job.row.what) === job && job.segmentId === undefined && job.phase !== 'stopping') {
        closing.signal.throwIfAborted();
        try {
          if (worker?.leftCall() === true) await dropWorker();
          const current = await needWorker();
          if (!current.inCall()) await current.joinCall();
          await openSegment(job, current);
        } catch (error) {
          closing.signal.throwIfAborted();
          complain('starting is tried again', error);
          job.failures += 1;
          if (worker !== undefined && !worker.inCall()) await dropWorker();
          if (job.failures >= MOST_FAILURES) await giveUp(job);
          else await sleep(pauseAfter(job.failures - 1), undefined, { signal: closing.signal });
        }
      }
    }
    if (jobs.size > 0) void tellMeeting(false);
  };

  const dropWorker = async (): Promise<void> => {
    const dropped = worker;
    worker = undefined;
    await dropped?.close();
  };

  const noteFailure = (job: LiveJob): void => {
    if (job.sinceMs !== undefined && now() - job.sinceMs > GOOD_MS) job.failures = 0;
    job.failures += 1;
  };

  const workerLost = async (): Promise<void> => {
    if (jobs.size === 0) return;
    log.logger.warn({ run: facts.id }, 'a scribe ended unexpectedly and is replaced');
    for (const job of jobs.values()) {
      await endSegment(job, 'scribe_restarted');
      noteFailure(job);
      if (job.phase !== 'stopping') setPhase(job, 'starting');
      if (job.failures >= MOST_FAILURES) await giveUp(job);
    }
    await bringUp();
  };

  const recorderLost = async (): Promise<void> => {
    const job = jobs.get('recording');
    if (job?.segmentId === undefined || job.phase === 'stopping') return;
    log.logger.warn({ run: facts.id }, 'a recorder ended unexpectedly and is replaced');
    await endSegment(job, 'recorder_restarted');
    noteFailure(job);
    setPhase(job, 'starting');
    if (job.failures >= MOST_FAILURES) await giveUp(job);
    await bringUp();
  };

  const giveUp = async (job: LiveJob): Promise<void> => {
    log.logger.error({ run: facts.id, what: job.row.what }, 'a scribe gives up');
    failed.add(job.row.what);
    const code = job.row.what === 'recording' ? 'recorder_failed' : 'scribe_failed';
    await post(job, now());
    void voice.notice(`${job.row.id}:failed`, code, 'error').catch((error: unknown) => complain('notice', error));
  };

  /** Capturing is over for this job: its results are worked out and posted beside whatever else goes on. */
  const post = async (job: LiveJob, stoppedMs: number): Promise<void> => {
    await patiently('posting', () => store.setJob(job.row.id, 'posting', stoppedMs));
    jobs.delete(job.row.what);
    tellPhases();
    postJob({ ...job.row, state: 'posting', stoppedMs });
  };

  /** Results wait for what is away to come back: a database, space, a child that can encrypt. */
  const finishPatiently = async (row: JobRow): Promise<void> => {
    const sinceMs = now();
    let told = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await finishJob(deps, facts, voice, row, closing.signal);
        return;
      } catch (error) {
        closing.signal.throwIfAborted();
        if (error instanceof PublishRefused || error instanceof UploadRefused) throw error;
        complain('posting is tried again', error);
        const late = now() - sinceMs > POST_LATE_MS;
        // A damaged recording would fail for ever, a full disk has had its time: kept on the server, and said.
        const hopeless = late && error instanceof RemuxFailed;
        if (late && !told) told = await tellLate(row, hopeless ? 'recording_failed' : 'results_delayed');
        if (hopeless && told) throw error;
        const pauseMs = Math.min(POST_LONGEST_PAUSE_MS, POST_PAUSE_MS * 2 ** Math.min(attempt, 10));
        await sleep(pauseMs, undefined, { signal: closing.signal });
      }
    }
  };

  /** @returns whether the room knows */
  const tellLate = async (row: JobRow, code: NoticeCode): Promise<boolean> => {
    try {
      await voice.notice(`${row.id}:${code}`, code, 'warning').catch(() => voice.watcherNotice(code));
      return true;
    } catch (error) {
      complain('notice', error);
      return false;
    }
  };

  const postJob = (row: JobRow): void => {
    const work = finishPatiently(row)
      .then(() => patiently('posting', () => store.setJob(row.id, 'done')))
      .catch((error: unknown) => {
        if (closing.signal.aborted) return;
        log.logger.error({ err: error, run: facts.id, what: row.what }, 'results could not be posted');
      })
      .finally(() => {
        posting.delete(work);
        if (!closing.signal.aborted) void inTurn(closeIfDone).catch((error: unknown) => complain('closing', error));
      });
    posting.add(work);
  };

  const stopJob = async (job: LiveJob): Promise<void> => {
    if (jobs.get(job.row.what) !== job) return;
    setPhase(job, 'stopping');
    const current = worker;
    let stoppedMs = now();
    try {
      await store
        .setJob(job.row.id, 'stopping', stoppedMs)
        .catch((error: unknown) => complain('a stop could not be written down', error));
      if (current !== undefined && job.segmentId !== undefined) {
        if (job.row.what === 'recording') {
          const ended = await current.remote.stopRecording();
          stoppedMs = ended.stoppedMs;
          await store.setPictureDelay(job.segmentId, ended.pictureDelayMs);
        } else {
          ({ stoppedMs } = await current.remote.stopListening());
        }
        await endSegment(job, undefined, stoppedMs);
      }
    } catch (error) {
      complain('stopping was not orderly', error);
      await endSegment(job, job.row.what === 'recording' ? 'recorder_restarted' : 'scribe_restarted');
    }
    await post(job, Math.round(stoppedMs));
    if (jobs.size > 0) {
      void tellMeeting(false);
      return;
    }
    // Nobody is listened to any more: the scribe leaves the call at once, and the room when its results are posted.
    await worker?.leaveCall().catch((error: unknown) => complain('leaving the call', error));
  };

  const closeIfDone = async (): Promise<void> => {
    if (isClosing || jobs.size > 0 || posting.size > 0) return;
    wantsToClose = asked.size > 0;
    if (wantsToClose) return;
    isClosing = true;
    // Nobody else would close this run, and as long as it is open the room gets no other: each step until it works.
    const all = await patiently('closing', () => store.jobs(facts.id));
    const left = all.filter(({ state: jobState }) => jobState !== 'done');
    if (all.length > 0) await tellMeeting(true);
    await patiently('closing', dropWorker);
    await patiently('closing', clearFormerDevice);
    await deps.devices.leave(facts.roomId).catch((error: unknown) => complain('leaving the room', error));
    deps.transcriber?.close(facts.id);
    // What could not be posted is kept; everything else is forgotten, and its key with it.
    if (left.length === 0) await patiently('forgetting', forget);
    await patiently('closing', () => store.closeRun(facts.id, left.length > 0));
    markEnded(undefined);
  };

  const forget = async (): Promise<void> => {
    await deps.transcription.forget(facts.id);
    await voice.forget();
    await rm(recordingFolder(deps.places.filesDir, facts.id), { recursive: true, force: true });
  };

  const addJob = (row: JobRow): LiveJob => {
    const job: LiveJob = {
      row,
      phase: 'starting',
      sinceMs: undefined,
      segmentId: undefined,
      writers: undefined,
      failures: 0,
      stopAsked: false,
    };
    jobs.set(row.what, job);
    failed.delete(row.what);
    return job;
  };

  deps.transcriber?.open(facts.id, facts.sealer);

  return {
    facts,
    ended,
    start: async (what) => {
      if (isClosing) return false;
      if (jobs.has(what) || asked.has(what)) {
        const text =
          what === 'recording' ? 'This meeting is already being recorded' : 'This meeting is already being transcribed';
        throw new PalabreError('PALABRE_WRONG_STATE', text);
      }
      const row = { id: randomUUID(), what, createdMs: now() };
      asked.add(what);
      const stopsBefore = stops;
      let job: LiveJob;
      try {
        await store.addJob(facts.id, row);
        job = addJob({ ...row, state: 'active', stoppedMs: undefined });
      } catch (error) {
        // Whoever wanted to close this run meanwhile found it busy.
        if (wantsToClose) void inTurn(closeIfDone).catch((failure: unknown) => complain('closing', failure));
        throw error;
      } finally {
        asked.delete(what);
      }
      tellPhases();
      if (stops !== stopsBefore) {
        void inTurn(() => stopJob(job)).catch((error: unknown) => complain('stopping', error));
        return true;
      }
      // In the background: whoever pressed the button sees "starting", then "on" or "failed".
      void inTurn(bringUp).catch((error: unknown) => complain('starting', error));
      return true;
    },
    stop: async (what) => {
      const job = jobs.get(what);
      if (job === undefined || job.phase === 'stopping' || job.stopAsked) {
        const text =
          what === 'recording' ? 'This meeting is not being recorded' : 'This meeting is not being transcribed';
        throw new PalabreError('PALABRE_WRONG_STATE', text);
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
      void inTurn(() => stopJob(job)).catch((error: unknown) => complain('stopping', error));
    },
    stopAll: () =>
      inTurn(async () => {
        stops += 1;
        for (const job of [...jobs.values()]) await stopJob(job);
        await closeIfDone();
      }),
    resume: (meetingRuns) =>
      inTurn(async () => {
        for (const row of await patiently('resuming', () => store.jobs(facts.id))) {
          if (row.state === 'done') continue;
          if (row.state === 'posting') {
            postJob(row);
            continue;
          }
          const segments = await patiently('resuming', () => store.segments(row.id));
          const last = segments.at(-1);
          const untilMs = last?.untilMs ?? now();
          const stoppedMs = row.state === 'stopping' ? (row.stoppedMs ?? untilMs) : meetingRuns ? undefined : untilMs;
          const complete = stoppedMs !== undefined && stoppedMs - untilMs <= TAIL_MS;
          if (last !== undefined && last.brokenBy === undefined && !complete) {
            await patiently('resuming', () => store.breakSegment(last.id, 'scribe_restarted'));
          }
          const job = addJob(row);
          job.sinceMs = segments[0]?.startedMs;
          if (stoppedMs !== undefined) await post(job, stoppedMs);
        }
        tellPhases();
        if (jobs.size > 0) void inTurn(bringUp).catch((error: unknown) => complain('starting', error));
        else await closeIfDone();
      }),
    abandon: async () => {
      closing.abort();
      worker?.kill();
      await Promise.allSettled([...posting, turn]);
      for (const job of jobs.values())
        await Promise.all(Object.values(job.writers ?? {}).map((writer) => writer.close()));
    },
  };
}
