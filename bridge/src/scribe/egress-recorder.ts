import type { ConsentLevel } from '@palabre/protocol';
import type { RunDeps, RunFacts } from './deps.ts';
import { egressName, egressNames } from './files.ts';
import type { Patience } from './patience.ts';
import type { Recorder } from './recorders.ts';
import { bitsPerSecond, FRAMES_PER_SECOND, pictureSize, type JobOptions } from './recording-options.ts';

/** Lets LiveKit Egress record the room of a run as a whole, for as long as that is right. */
export interface EgressRecorder {
  /**
   * May it record now? It cannot leave anybody out, decrypt, see the SFUs of others or write captions: wherever one of these could be
   * needed, and where it is not known, the answer is no.
   */
  takes(options: JobOptions): Promise<boolean>;
  start(segmentId: string, options: JobOptions): Promise<Recorder>;
  /** Something changed: what may not go on ends now. */
  check(): void;
  /** Stops what a former process left running for this run. */
  readonly stopLeft: () => Promise<void>;
}

export interface EgressRecorderOptions {
  /** Of consent in the meeting; undefined before it is known. */
  readonly level: () => ConsentLevel | undefined;
  /** It captures still. `bytes`: about as much more than when it was told before. */
  readonly onAlive: (bytes: number) => void;
  /** It ended unasked, or may not go on. Told once. */
  readonly onLost: () => void;
}

export function createEgressRecorder(
  deps: RunDeps,
  facts: RunFacts,
  { complain, insist, signal }: Patience,
  { level, onAlive, onLost }: EgressRecorderOptions,
): EgressRecorder | undefined {
  const { egress, now } = deps;
  if (egress === undefined) return undefined;
  const { roomId, livekitRoom } = facts;
  const mine = new Set<string>();
  let running: { readonly name: string; readonly options: JobOptions; readonly ended: AbortController } | undefined;

  const takes: EgressRecorder['takes'] = async ({ captions }) => {
    const consent = level();
    if (captions || facts.encrypted || consent === undefined || consent === 'ask') return false;
    if (deps.partners(facts).some(({ transports }) => transports.length > 0)) return false;
    try {
      return (await deps.isEncrypted(roomId)) === false;
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
  const release = (name: string): boolean => {
    if (running?.name !== name) return false;
    running.ended.abort();
    running = undefined;
    return true;
  };
  const lose = (name: string): void => {
    if (!release(name)) return;
    void end(name);
    onLost();
  };
  const checkRules = async (): Promise<void> => {
    const looked = running;
    if (looked !== undefined && !(await takes(looked.options))) lose(looked.name);
  };

  const watch = async (name: string, options: JobOptions, ended: AbortSignal): Promise<void> => {
    for (let toldMs = now(); ; await egress.news(livekitRoom, ended)) {
      await checkRules();
      if (ended.aborted) return;
      try {
        const state = await egress.look(livekitRoom, name);
        if (ended.aborted) return;
        if (state !== 'active') {
          lose(name);
          return;
        }
        onAlive(Math.round((bitsPerSecond(options) / 8) * ((now() - toldMs) / 1_000)));
        toldMs = now();
      } catch (error) {
        complain('Egress is not seen', error);
      }
    }
  };

  return {
    takes,
    start: async (segmentId, options) => {
      const name = egressName(facts.id, segmentId);
      mine.add(name);
      const startedMs = await egress.start(
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
      const ended = new AbortController();
      running = { name, options, ended };
      watch(name, options, AbortSignal.any([signal, ended.signal])).catch((error: unknown) => {
        if (!ended.signal.aborted) complain('Egress is not watched', error);
      });
      return {
        begun: { startedMs, soundStartedMs: startedMs },
        stop: async () => {
          const stoppedMs = now();
          release(name);
          await end(name);
          return { stoppedMs, pictureDelayMs: undefined };
        },
        drop: () => {
          if (release(name)) void end(name);
        },
      };
    },
    check: () => {
      checkRules().catch((error: unknown) => complain('Egress is not checked', error));
    },
    stopLeft: () => egress.stopThose(livekitRoom, (name) => name.startsWith(egressNames(facts.id)) && !mine.has(name)),
  };
}
