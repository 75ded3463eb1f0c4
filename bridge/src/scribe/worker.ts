import type { Methods } from './rpc.ts';
import type { ChildHandle } from './child-process.ts';
import type {
  CaptionsState,
  ChildBeat,
  RecordedStream,
  ScribeChild,
  ScribeParent,
  SeenMember,
  UnheardSpan,
  Utterance,
} from './contract.ts';
import { recorderPlace, type RunDeps, type RunFacts } from './deps.ts';

/** One child with its device, from login to its end. */
export interface Worker {
  readonly deviceId: string;
  readonly remote: ScribeChild;
  /** Encrypts content for the room; gives content of an `m.room.encrypted` event. */
  encrypt(type: string, content: Record<string, unknown>): Promise<Record<string, unknown>>;
  readonly exited: Promise<void>;
  /** Joined the call and connected to the media. */
  joinCall(): Promise<void>;
  readonly inCall: () => boolean;
  readonly leftCall: () => boolean;
  leaveCall(): Promise<void>;
  /** Ends the child in order. */
  close(): Promise<void>;
  kill(): void;
}

export interface WorkerEvents {
  readonly onUtterance: (utterance: Utterance) => Promise<void>;
  readonly onUnheard: (span: UnheardSpan) => Promise<void>;
  readonly onChunk: (of: RecordedStream, data: Uint8Array) => Promise<void>;
  readonly onMembers: (members: readonly SeenMember[]) => Promise<void>;
  readonly onMetadata: (text: string) => void;
  readonly onRecorderLost: (reason: string) => void;
  readonly onHeard: (untilMs: number) => void;
  /** Told every second. */
  readonly onAway: (isAway: boolean) => void;
  readonly onCaptions: (state: CaptionsState) => void;
}

/** A child grows with what it hears; this much means that something leaks (measured: 240 MB with two speakers). */
const MOST_RSS_BYTES = 1_500_000_000;
const CLOSE_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 90_000;

/** Every call to a child ends: one that hangs is killed, which fails the call and brings a successor. */
function impatient(child: ChildHandle): ScribeChild {
  return new Proxy(child.remote, {
    get: (remote, name) => {
      const method: unknown = Reflect.get(remote, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        const timer = setTimeout(() => child.kill(), CALL_TIMEOUT_MS);
        try {
          return await (method as (...given: unknown[]) => Promise<unknown>)(...args);
        } finally {
          clearTimeout(timer);
        }
      };
    },
  });
}

/** Logs a new device in, and sees to it that the scribe's identity is published. */
async function newDevice(
  { crossSigning, devices, store }: RunDeps,
  run: RunFacts,
): Promise<{ readonly deviceId: string; readonly accessToken: string }> {
  const published = crossSigning.ensure();
  const loggedIn = devices.login().then(async (device) => {
    await store.setDevice(run.id, device.deviceId);
    return device;
  });
  // Whatever comes of the identity, a login under way ends first: a device that nobody has noted would stay.
  await Promise.allSettled([published, loggedIn]);
  await published;
  return loggedIn;
}

/**
 * Starts a child, logs a new device in for it meanwhile, and has it signed. The scribe must be in the room.
 * @param drawsSoon a recording with a picture is waiting for it
 * @param signal ends the child, however far it is
 */
export async function startWorker(
  deps: RunDeps,
  run: RunFacts,
  events: WorkerEvents,
  drawsSoon: boolean,
  signal: AbortSignal,
): Promise<Worker> {
  const { places, log } = deps;
  const parent: Methods<ScribeParent> = {
    grant: async (what) => deps.grantMedia({ roomId: run.roomId, deviceId: (await login).deviceId, what }),
    utterance: events.onUtterance,
    captionText: async (request) => deps.captioner?.caption({ ...request, speaker: `${run.id} ${request.speaker}` }),
    forgetSpeech: (prefix) => {
      deps.captioner?.forget(`${run.id} ${prefix}`);
      return Promise.resolve();
    },
    maySeeCaptions: (userId) => Promise.resolve(deps.maySeeCaptions(userId)),
    captionsState: (state) => {
      events.onCaptions(state);
      return Promise.resolve();
    },
    unheard: events.onUnheard,
    chunk: events.onChunk,
    members: events.onMembers,
    metadata: (text) => {
      events.onMetadata(text);
      return Promise.resolve();
    },
    recorderLost: (reason) => {
      events.onRecorderLost(reason);
      return Promise.resolve();
    },
    beat: ({ rssBytes, heardUntilMs, isAway }: ChildBeat) => {
      events.onAway(isAway);
      if (heardUntilMs !== undefined) events.onHeard(heardUntilMs);
      if (rssBytes > MOST_RSS_BYTES) {
        log.logger.warn({ run: run.id, rssBytes }, 'a scribe grew too large and is replaced');
        child.kill();
      }
      return Promise.resolve();
    },
    log: (level, message, fields) => {
      log.logger[level]({ run: run.id, ...fields }, `scribe: ${message}`);
      return Promise.resolve();
    },
  };
  signal.throwIfAborted();
  const child: ChildHandle = deps.startChild(parent);
  const login = newDevice(deps, run);
  const end = (): void => child.kill();
  signal.addEventListener('abort', end);
  void child.exited.then(() => {
    signal.removeEventListener('abort', end);
    deps.captioner?.forget(run.id);
  });
  const remote = impatient(child);
  /** Its own identity must be known to the child before it can encrypt; where the room is not encrypted that can wait. */
  let trusted: Promise<void> | undefined;
  const trust = (): Promise<void> => {
    trusted ??= remote.trust().catch((error: unknown) => {
      trusted = undefined;
      throw error;
    });
    return trusted;
  };
  const recorder = recorderPlace(places);
  let deviceId: string;
  try {
    // Not waited for: the login goes on meanwhile, and whether it works shows when it records.
    if (drawsSoon && recorder !== undefined) void remote.prepareRecorder(recorder).catch(() => undefined);
    const device = await login;
    deviceId = device.deviceId;
    const keys = await remote.boot({
      baseUrl: places.homeserverUrl,
      userId: deps.scribeUserId,
      ...device,
      roomId: run.roomId,
      encrypted: run.encrypted,
      serviceUrl: places.tokenServiceUrl,
      partners: deps.partners(run),
      recorder,
      drawsSoon,
      ffmpeg: places.ffmpeg ?? '',
    });
    await deps.crossSigning.signDevice(deviceId, keys);
    if (run.encrypted) await trust();
  } catch (error) {
    child.kill();
    throw error;
  }

  let state: 'out' | 'in' | 'left' = 'out';
  return {
    deviceId,
    remote,
    encrypt: async (type, content) => {
      await trust();
      return remote.encrypt(type, content);
    },
    exited: child.exited,
    joinCall: async () => {
      await remote.join();
      state = 'in';
    },
    inCall: () => state === 'in',
    leftCall: () => state === 'left',
    leaveCall: async () => {
      state = 'left';
      await remote.leaveCall();
    },
    close: async () => {
      const timer = setTimeout(() => child.kill(), CLOSE_TIMEOUT_MS);
      await child.remote.close().catch(() => undefined);
      await child.exited;
      clearTimeout(timer);
    },
    kill: () => child.kill(),
  };
}
