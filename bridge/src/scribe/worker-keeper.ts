import type { RunDeps, RunFacts } from './deps.ts';
import type { Patience } from './patience.ts';
import { startWorker, type Worker, type WorkerEvents } from './worker.ts';

/** Keeps at most one worker for a run: starts it when it is needed, and clears what a dead one left. */
export interface WorkerKeeper {
  current(): Worker | undefined;
  need(): Promise<Worker>;
  /** Ends it in order. */
  readonly drop: () => Promise<void>;
  kill(): void;
  /** By the worker, started only for this if need be. */
  readonly encrypt: (type: string, content: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** What a dead child left: its membership would be shown until the delayed leave fires, its device has no use. */
  readonly clearFormerDevice: () => Promise<void>;
}

export interface WorkerKeeperOptions extends WorkerEvents {
  /** It ended without being asked to. */
  readonly onLost: () => void;
  /** Is a recording with a picture waiting for it? */
  readonly drawsSoon: () => boolean;
}

const MOST_ENCRYPT_FAILURES = 4;

export function createWorkerKeeper(
  deps: RunDeps,
  facts: RunFacts,
  { complain, pause, signal }: Patience,
  events: WorkerKeeperOptions,
): WorkerKeeper {
  const { store, devices } = deps;
  let worker: Worker | undefined;
  let starting: Promise<Worker> | undefined;

  const clearFormerDevice = async (): Promise<void> => {
    const run = (await store.openRuns()).find(({ id }) => id === facts.id);
    if (run?.deviceId === undefined) return;
    await devices.clearMembership(facts.roomId, run.deviceId).catch((error: unknown) => complain('membership', error));
    await devices.remove(run.deviceId).catch((error: unknown) => complain('device', error));
    await store.setDevice(facts.id, undefined);
  };

  const start = async (): Promise<Worker> => {
    await clearFormerDevice();
    const started = await startWorker(deps, facts, events, events.drawsSoon(), signal);
    worker = started;
    void started.exited.then(() => {
      if (worker !== started) return;
      worker = undefined;
      if (!signal.aborted) events.onLost();
    });
    return started;
  };

  const need = (): Promise<Worker> => {
    if (worker !== undefined) return Promise.resolve(worker);
    starting ??= start().finally(() => {
      starting = undefined;
    });
    return starting;
  };

  return {
    current: () => worker,
    need,
    drop: async () => {
      const dropped = worker;
      worker = undefined;
      await dropped?.close();
    },
    kill: () => worker?.kill(),
    encrypt: async (type, content) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await (await need()).encrypt(type, content);
        } catch (error) {
          signal.throwIfAborted();
          if (attempt >= MOST_ENCRYPT_FAILURES) throw error;
          complain('encrypting is tried again', error);
          await pause(attempt);
        }
      }
    },
    clearFormerDevice,
  };
}
