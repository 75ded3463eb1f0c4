import type { ChildHandle, StartChild } from './child-process.ts';
import { NOBODY } from './contract.ts';
import type { ChildConfig, KeptPeople, RecordRequest, ScribeChild, ScribeParent } from './contract.ts';
import type { Methods } from './rpc.ts';
import { createSealer, newMeetingKey } from './sealing.ts';

/** A scribe process that pretends, for tests: it keeps its state, can say things, and can die. */
export interface FakeChild {
  readonly config: () => ChildConfig | undefined;
  /** Its browser was started, and waits or is at work. */
  readonly hasBrowser: () => boolean;
  readonly parent: Methods<ScribeParent>;
  readonly inCall: () => boolean;
  readonly listening: () => boolean;
  readonly captioning: () => boolean;
  readonly recording: () => boolean;
  /** Whom it was told to keep. */
  readonly kept: () => KeptPeople;
  /** What the last recorder was asked for. */
  readonly asked: () => RecordRequest | undefined;
  /** How often a recorder was started. */
  readonly recorders: () => number;
  /** It knows its own identity: needed to encrypt. */
  readonly trusted: () => boolean;
  readonly alive: () => boolean;
  /** kill -9. */
  die(): void;
}

export interface FakeChildren {
  readonly start: StartChild;
  readonly all: FakeChild[];
  /** Methods that fail from now on, by name. */
  readonly failing: Set<keyof ScribeChild>;
  /** Methods that do not answer from now on, until the child dies. */
  readonly hanging: Set<keyof ScribeChild>;
  /** Somebody goes on talking when a recording ends. */
  talks: boolean;
}

export function createFakeChildren(now: () => number): FakeChildren {
  const all: FakeChild[] = [];
  const failing = new Set<keyof ScribeChild>();
  const hanging = new Set<keyof ScribeChild>();

  const start: StartChild = (parent): ChildHandle => {
    const { promise: exited, resolve: exit } = Promise.withResolvers<undefined>();
    let config: ChildConfig | undefined;
    let hasBrowser = false;
    let kept = NOBODY;
    let alive = true;
    const sealer = createSealer(newMeetingKey());
    let recorders = 0;
    let asked: RecordRequest | undefined;
    const state = { inCall: false, listening: false, captioning: false, recording: false, trusted: false };
    const die = (): void => {
      alive = false;
      Object.assign(state, { inCall: false, listening: false, captioning: false, recording: false });
      exit(undefined);
    };
    const answer = <T>(name: keyof ScribeChild, work: () => T): Promise<T> => {
      if (!alive) return Promise.reject(new Error('the scribe process ended'));
      if (hanging.has(name)) return exited.then(() => Promise.reject(new Error('the scribe process ended')));
      if (failing.has(name)) return Promise.reject(new Error(`${name} fails`));
      return Promise.resolve(work());
    };
    const remote: ScribeChild = {
      prepareRecorder: () => answer('prepareRecorder', () => void (hasBrowser = true)),
      boot: (next) =>
        answer('boot', () => {
          config = next;
          hasBrowser = next.drawsSoon;
          return { ed25519: 'EEE', curve25519: 'CCC' };
        }),
      trust: () => answer('trust', () => void (state.trusted = true)),
      join: () => answer('join', () => void (state.inCall = true)),
      keep: (people) => answer('keep', () => void (kept = people)),
      listen: () =>
        answer('listen', () => {
          state.listening = true;
          return { startedMs: now() };
        }),
      stopListening: () =>
        answer('stopListening', () => {
          state.listening = false;
          return { stoppedMs: now() };
        }),
      caption: () =>
        answer('caption', () => {
          state.captioning = true;
          return { startedMs: now() };
        }),
      stopCaptions: () =>
        answer('stopCaptions', () => {
          state.captioning = false;
          return { stoppedMs: now() };
        }),
      record: (request) =>
        answer('record', () => {
          state.recording = true;
          asked = request;
          recorders += 1;
          return { startedMs: now(), soundStartedMs: now() };
        }),
      stopRecording: () =>
        answer('stopRecording', () => {
          state.recording = false;
          // Nobody is in the middle of a sentence.
          if (!children.talks) void parent.beat({ rssBytes: 0, isAway: false, heardUntilMs: now() + 1_000 });
          return { stoppedMs: now(), pictureDelayMs: undefined };
        }),
      encrypt: (type, content) =>
        answer('encrypt', () => {
          const sealed = sealer.seal(Buffer.from(JSON.stringify({ type, content })), 'fake');
          return { algorithm: 'fake', ciphertext: Buffer.from(sealed).toString('base64') };
        }),
      leaveCall: () => answer('leaveCall', () => void (state.inCall = false)),
      close: () => answer('close', die),
    };
    all.push({
      config: () => config,
      hasBrowser: () => hasBrowser,
      parent,
      inCall: () => state.inCall,
      listening: () => state.listening,
      captioning: () => state.captioning,
      recording: () => state.recording,
      kept: () => kept,
      asked: () => asked,
      recorders: () => recorders,
      trusted: () => state.trusted,
      alive: () => alive,
      die,
    });
    return { pid: 1, remote, exited, kill: die };
  };
  const children: FakeChildren = { start, all, failing, hanging, talks: false };
  return children;
}
