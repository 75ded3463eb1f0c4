import type { RunDeps, RunFacts } from './deps.ts';
import type { EgressStore } from './egress-store.ts';
import { egressName, egressNames } from './files.ts';
import type { Patience } from './patience.ts';
import type { Recorder } from './recorders.ts';
import { bitsPerSecond, FRAMES_PER_SECOND, pictureSize, type JobOptions } from './recording-options.ts';

/** Lets LiveKit Egress record the room of a run as a whole, for as long as that is right. */
export interface EgressRecorder {
  /**
   * May it record now? It cannot leave anybody out, decrypt, see the SFUs of others or write captions: wherever one of these could be
   * needed, and where it is not known, the answer is no. So it is after a start that failed: the page may do better.
   */
  takes(options: JobOptions): Promise<boolean>;
  /** @throws when it does not capture soon. What may have come of it is stopped in the background */
  start(segmentId: string, jobId: string, options: JobOptions): Promise<Recorder>;
  /** Something changed: what may not go on ends now. */
  check(): void;
  /** Stops what a former process left running for this run. */
  readonly stopLeft: () => Promise<void>;
}

export interface EgressRecorderDeps extends Pick<RunDeps, 'egress' | 'partners' | 'isEncrypted' | 'now'> {
  readonly store: Pick<EgressStore, 'addEgress'>;
}

export interface EgressRecorderOptions {
  /** May everybody be recorded, whoever comes? Not before that is known. */
  readonly keepsEverybody: () => boolean;
  /** Up to `untilMs` it captured, by right. `bytes`: about as much more than when it was told before. */
  readonly onAlive: (bytes: number, untilMs: number) => void;
  /** It ended unasked, or may not go on. Told once. */
  readonly onLost: () => void;
}

interface Running {
  readonly name: string;
  readonly options: JobOptions;
  readonly ended: AbortController;
  /** It was right up to here: nothing later is known to be. */
  rightMs: number;
}

export function createEgressRecorder(
  deps: EgressRecorderDeps,
  facts: RunFacts,
  { complain, insist, signal }: Pick<Patience, 'complain' | 'insist' | 'signal'>,
  { keepsEverybody, onAlive, onLost }: EgressRecorderOptions,
): EgressRecorder | undefined {
  const { egress, store, now } = deps;
  if (egress === undefined) return undefined;
  const { roomId, livekitRoom } = facts;
  const mine = new Set<string>();
  let running: Running | undefined;
  let hasFailed = false;

  const takes: EgressRecorder['takes'] = async ({ captions }) => {
    if (hasFailed || captions || facts.encrypted || !keepsEverybody()) return false;
    if (deps.partners(facts).some(({ transports }) => transports.length > 0)) return false;
    try {
      // Somebody may have been asked meanwhile.
      return (await deps.isEncrypted(roomId)) === false && keepsEverybody();
    } catch (error) {
      complain('encryption is not known', error);
      return false;
    }
  };

  /** It is stopped, though the SFU be away for a while; the film ends earlier in any case. */
  const end = async (name: string): Promise<void> => {
    try {
      await egress.stop(livekitRoom, name);
    } catch (error) {
      complain('stopping Egress', error);
      insist('stopping Egress', () => egress.stop(livekitRoom, name)).catch((failure: unknown) =>
        complain('stopping Egress', failure),
      );
    }
  };
  /** @returns whether it ran */
  const release = (one: Running): boolean => {
    if (running !== one) return false;
    one.ended.abort();
    running = undefined;
    return true;
  };
  const lose = (one: Running): void => {
    if (!release(one)) return;
    void end(one.name);
    onLost();
  };
  const checkRules = async (): Promise<void> => {
    const looked = running;
    if (looked !== undefined && !(await takes(looked.options))) lose(looked);
  };

  const watch = async (one: Running, ended: AbortSignal): Promise<void> => {
    const isOver = (): boolean => ended.aborted;
    for (;;) {
      // What comes in while it is being asked is not known to be right.
      const askedMs = now();
      await checkRules();
      if (isOver()) return;
      try {
        const state = await egress.look(livekitRoom, one.name);
        if (isOver()) return;
        if (state !== 'active') {
          lose(one);
          return;
        }
        const moreMs = Math.max(0, askedMs - one.rightMs);
        one.rightMs += moreMs;
        onAlive(Math.round((bitsPerSecond(one.options) / 8) * (moreMs / 1_000)), one.rightMs);
      } catch (error) {
        complain('Egress is not seen', error);
      }
      await egress.news(livekitRoom, ended);
    }
  };

  return {
    takes,
    start: async (segmentId, jobId, options) => {
      const name = egressName(facts.id, segmentId);
      mine.add(name);
      await store.addEgress(segmentId, jobId);
      let startedMs: number;
      try {
        startedMs = await egress.start(
          {
            livekitRoom,
            name,
            layout: options.layout,
            ...pictureSize(options),
            framesPerSecond: FRAMES_PER_SECOND,
            videoBitsPerSecond: bitsPerSecond(options),
          },
          signal,
        );
      } catch (error) {
        hasFailed = true;
        // One that was not answered may have come about all the same.
        void end(name);
        throw error;
      }
      const one: Running = { name, options, ended: new AbortController(), rightMs: startedMs };
      running = one;
      watch(one, AbortSignal.any([signal, one.ended.signal])).catch((error: unknown) => {
        if (!one.ended.signal.aborted) complain('Egress is not watched', error);
      });
      return {
        begun: { startedMs, soundStartedMs: startedMs },
        stop: async () => {
          const askedMs = now();
          const wasRunning = release(one);
          const [isRight] = await Promise.all([takes(options), end(name)]);
          return { stoppedMs: wasRunning && isRight ? askedMs : one.rightMs, pictureDelayMs: undefined };
        },
        drop: () => {
          if (release(one)) void end(name);
        },
      };
    },
    check: () => {
      checkRules().catch((error: unknown) => complain('Egress is not checked', error));
    },
    stopLeft: () => egress.stopThose(livekitRoom, (name) => name.startsWith(egressNames(facts.id)) && !mine.has(name)),
  };
}
