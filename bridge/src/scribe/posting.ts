import type { MeetingBlock } from '@palabre/protocol';
import { PublishRefused, UploadRefused, type NoticeCode } from '../publishing/index.ts';
import { NoRoomToFinish, RemuxFailed } from '../recording/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { finishJob } from './finish.ts';
import type { Patience } from './patience.ts';
import { SpeechStaysAway } from './results.ts';
import type { RoomVoice } from './room-voice.ts';
import type { JobRow } from './store.ts';

/** Works out and posts what jobs captured, beside whatever else a run does, and waits for what is away to come back. */
export interface Posting {
  /** Results that are on their way: of what, and since when. */
  underWay(): MeetingBlock['preparing'];
  /** In the background. @param isPosted the room has it already, and waits for nothing but what belongs to it */
  start(row: JobRow, isPosted?: boolean): void;
  /** Something to be said before the run may end; failures are the caller's. */
  say(notice: Promise<void>): void;
  isDone(): boolean;
  /** It takes so long that the room was told: nobody should have to wait for it. */
  isLate(): boolean;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

export interface PostingEvents {
  readonly onEnded: () => void;
  readonly onLate: () => void;
}

/** Something that fails for this long is told to the room, which need not wait for it with its next meeting. */
const LATE_MS = 25_000;
const LOOK_EVERY_MS = 1_000;
/** A machine under load may fail once at a recording that is whole. */
const MOST_REMUX_FAILURES = 2;

export function createPosting(
  deps: RunDeps,
  facts: RunFacts,
  voice: RoomVoice,
  patience: Patience,
  events: PostingEvents,
): Posting {
  const { store, log, now } = deps;
  const { complain, insist, pause, signal } = patience;
  const underWay = new Set<Promise<void>>();
  const results = new Set<JobRow>();
  let late = false;

  /** @returns whether the room knows */
  const tell = async (row: JobRow, code: NoticeCode): Promise<boolean> => {
    try {
      await voice.notice(`${row.id}:${code}`, code, 'warning').catch(() => voice.watcherNotice(code));
      return true;
    } catch (error) {
      complain('notice', error);
      return false;
    }
  };

  const finish = async (row: JobRow): Promise<void> => {
    const sinceMs = now();
    let remuxFailures = 0;
    let told = false;
    let ended = false;
    let telling: Promise<void> | undefined;
    const tellLate = async (): Promise<void> => {
      told = await tell(row, 'results_delayed');
      late = true;
      events.onLate();
    };
    let watch: NodeJS.Timeout | undefined;
    /** Once something went wrong, the room knows within half a minute, however long the next attempt takes or is waited for. */
    const lookAtClock = (): void => {
      if (ended || told || telling !== undefined) return;
      watch ??= setInterval(lookAtClock, LOOK_EVERY_MS);
      if (now() - sinceMs < LATE_MS) return;
      clearInterval(watch);
      telling = tellLate().finally(() => {
        telling = undefined;
      });
    };
    const watched: Patience = {
      ...patience,
      complain: (message, error) => {
        complain(message, error);
        lookAtClock();
      },
    };
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await finishJob(deps, facts, voice, row, watched);
          await telling;
          return;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof PublishRefused || error instanceof UploadRefused) throw error;
          complain('posting is tried again', error);
          if (error instanceof RemuxFailed) remuxFailures += 1;
          const isHopeless = remuxFailures >= MOST_REMUX_FAILURES || (error instanceof NoRoomToFinish && error.forGood);
          if (isHopeless && (await tell(row, 'recording_failed'))) throw error;
          if (error instanceof SpeechStaysAway) {
            // The room was told when it went away. A recording is posted by then: only its captions wait.
            clearInterval(watch);
            watch = undefined;
            late = true;
            events.onLate();
            if (row.what === 'recording' && results.delete(row)) events.onEnded();
          } else {
            lookAtClock();
            await telling;
          }
          await pause(attempt);
        }
      }
    } finally {
      ended = true;
      clearInterval(watch);
    }
  };

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => {
      underWay.delete(tracked);
      if (!signal.aborted) events.onEnded();
    });
    underWay.add(tracked);
  };

  return {
    underWay: () => {
      const awaited = [...results].flatMap(({ what, stoppedMs, createdMs }) =>
        what === 'captions' ? [] : { what, since_ms: Math.round(stoppedMs ?? createdMs) },
      );
      return awaited.length === 0 ? undefined : awaited;
    },
    start: (row, isPosted = false) => {
      if (!isPosted) results.add(row);
      track(
        finish(row)
          .then(() => insist('posting', () => store.setJob(row.id, 'done')))
          .catch((error: unknown) => {
            // What could not be posted is kept.
            if (signal.aborted) return;
            log.logger.error({ err: error, run: facts.id, what: row.what }, 'results could not be posted');
          })
          .finally(() => results.delete(row)),
      );
    },
    say: (notice) => track(notice),
    isDone: () => underWay.size === 0,
    isLate: () => late && underWay.size > 0,
    settled: async () => {
      await Promise.allSettled(underWay);
    },
  };
}
