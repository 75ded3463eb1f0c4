import { isE2EESupported, LogLevel, setLogLevel, type Room, type Track } from 'livekit-client';
import type { TransportPolicy } from '@palabre/protocol';
import type { Host, LivekitTransport } from '../host/index.ts';
import { createApi } from './api.ts';
import type { Encryption } from './connection.ts';
import type { Doors } from './doors.ts';
import { MediaKeys } from './keys.ts';
import { createLocalMedia, type LocalMedia, type LocalMediaState } from './local-media.ts';
import { createMeeting, type Meeting, type MeetingState } from './meeting.ts';
import { createMembership, type RtcMember } from './membership.ts';
import { joinPeople, type Person } from './people.ts';
import { CallProblem, type ProblemCode } from './problem.ts';
import { createSfus, type Sfus } from './sfus.ts';
import { createSound } from './sound.ts';
import { memberIdOf } from './tokens.ts';
import type { TrackRegistry } from './views.ts';

export type CallPhase = 'preparing' | 'lobby' | 'joining' | 'joined' | 'ended';
/** Why a call is over: we left, the room or the messenger took us out, or the same device joined in another place. */
export type CallEnd = 'left' | 'removed' | 'elsewhere';

/** The call as plain data. */
export interface CallState {
  readonly phase: CallPhase;
  readonly connection: 'connecting' | 'connected' | 'reconnecting';
  readonly end: CallEnd | undefined;
  readonly problem: ProblemCode | undefined;
  readonly roomName: string | undefined;
  readonly encrypted: boolean;
  /** The browser will not play sound before the person touches the page. */
  readonly soundBlocked: boolean;
  /** The room may already show us as gone because the heartbeat did not get through. */
  readonly probablyLeft: boolean;
}

export interface CallObserver {
  onState(state: CallState): void;
  onPeople(people: readonly Person[]): void;
  onLocal(state: LocalMediaState): void;
  onMeeting(state: MeetingState): void;
}

export interface Call {
  readonly local: LocalMedia;
  readonly meeting: Meeting;
  join(): Promise<void>;
  leave(): Promise<void>;
  /** After a problem, or after leaving: begin again. */
  retry(): void;
  unblockSound(): Promise<void>;
  /** The track behind a key of the store, for a picture on the screen. */
  track(key: string): Track | undefined;
}

/** Key of our own camera, which is shown before it is published. */
export const OWN_CAMERA = 'own camera';
const LEAVE_TIMEOUT_MS = 3_000;

export interface CallOptions {
  readonly host: Host;
  readonly doors: Doors;
  readonly observer: CallObserver;
  /** Where the sound elements of the others live. */
  readonly soundContainer: HTMLElement;
  readonly createEncryptionWorker: () => Worker;
}

/**
 * The call itself: MatrixRTC membership, SFU connections, media keys and local devices, outside of any component. It begins
 * at once with everything that does not depend on the person's decision to join.
 */
export function createCall({ host, doors, observer, soundContainer, createEncryptionWorker }: CallOptions): Call {
  setLogLevel(LogLevel.silent);
  const { parameters, room } = host;
  const self = { userId: parameters.userId, deviceId: parameters.deviceId };
  const registry: TrackRegistry = new Map();
  const sound = createSound(soundContainer);
  const keys = parameters.encrypted ? new MediaKeys(memberIdOf(parameters)) : undefined;
  const encryption: Encryption | undefined =
    keys === undefined ? undefined : { keys, createWorker: createEncryptionWorker };

  let state: CallState = {
    phase: 'preparing',
    connection: 'connecting',
    end: undefined,
    problem: undefined,
    roomName: undefined,
    encrypted: parameters.encrypted,
    soundBlocked: false,
    probablyLeft: false,
  };
  let transports: readonly LivekitTransport[] = [];
  let policy: TransportPolicy = { own: [] };
  let sfus: Sfus | undefined;
  let joinedAtMs = Date.now();
  let people: readonly Person[] = [];

  const update = (change: Partial<CallState>): void => {
    state = { ...state, ...change };
    observer.onState(state);
  };

  const api = createApi(parameters.roomId, async () => {
    const transport = transports[0];
    if (transport !== undefined) await doors.tokens.get(transport, { fresh: true });
  });
  doors.tokens.onSession((session, transport) => api.useSession(session, transport.livekit_service_url));

  const local = createLocalMedia({ audio: true, video: !parameters.voiceOnly }, () => {
    const own = local.camera();
    if (own !== undefined) registry.set(OWN_CAMERA, own);
    observer.onLocal(local.state());
    schedule();
  });
  const membership = createMembership(host, {
    onMembers: () => schedule(),
    onKey: (identity, index, key) => void keys?.set(identity, index, key),
    onError: (error) => finish(undefined, new CallProblem('membership_refused', { cause: error })),
    onProbablyLeft: (probablyLeft) => update({ probablyLeft }),
  });
  const meeting = createMeeting(
    host,
    api,
    () => membership.own()?.eventId,
    () => observer.onMeeting(meeting.state()),
  );

  /** Ourselves among the members from the first moment, before the room has echoed our event. */
  const membersWithSelf = (): readonly RtcMember[] => {
    const members = membership.members();
    if (sfus === undefined || membership.own() !== undefined) return members;
    const own = { ...self, identity: memberIdOf(self), serviceUrl: transports[0]?.livekit_service_url };
    return [...members, { ...own, joinedMs: joinedAtMs, eventId: undefined }];
  };

  const refresh = (): void => {
    scheduled = false;
    if (state.phase === 'ended') return;
    const own = local.camera();
    registry.clear();
    if (own !== undefined) registry.set(OWN_CAMERA, own);
    const members = membersWithSelf();
    const sources = {
      members,
      policy,
      self,
      isJoined: (userId: string) => room.isJoined(userId) || userId === self.userId,
      nameOf: (userId: string) => room.member(userId)?.name ?? userId,
    };
    if (sfus === undefined) {
      observer.onPeople((people = joinPeople({ ...sources, participants: [] })));
      return;
    }
    sfus.follow(members, policy);
    const gathering = sfus.gather(sources, registry);
    const { microphone, camera } = local.state();
    people = gathering.people.map((person) =>
      person.self
        ? {
            ...person,
            microphone: { key: 'own microphone', muted: microphone.phase !== 'on' || !microphone.wanted },
            camera: own === undefined ? undefined : { key: OWN_CAMERA, muted: camera.phase !== 'on' || !camera.wanted },
          }
        : person,
    );
    sound.play(gathering.heard);
    observer.onPeople(people);
  };
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(refresh);
  };

  const watchRoom = room.onChange((change) => {
    if (change.type === 'm.room.name') update({ roomName: room.name() });
    if (change.type !== 'm.room.member') return;
    const userId = change.stateKey;
    schedule();
    if (userId === meeting.state().rights?.watcher_user_id) void meeting.askRights();
    if (room.isJoined(userId)) return;
    if (userId === self.userId && (state.phase === 'joined' || state.phase === 'joining')) finish('removed');
    else if (people.some((person) => person.userId === userId) && api.available())
      // The bridge may not see this room: our hint makes it look. It decides by itself.
      api.recheck(userId).catch(() => undefined);
  });

  const openSfus = (): Sfus =>
    createSfus(doors.tokens, encryption, {
      onChange: schedule,
      onOwnPhase(phase, livekit) {
        if (phase === 'closed') return;
        if (phase === 'connected') onConnected(livekit);
        else update({ connection: phase });
      },
      onOwnEnd(end) {
        if (end === 'elsewhere') finish('elsewhere');
        else if (end.code === 'not_allowed' && state.phase === 'joined') finish('removed');
        else finish(undefined, end);
      },
      onOwnMetadata: (metadata) => meeting.useMetadata(metadata),
      onSoundBlocked: (soundBlocked) => update({ soundBlocked }),
    });

  const onConnected = (livekit: Room): void => {
    const first = state.phase === 'joining';
    if (first) void meeting.askRights();
    update({ phase: 'joined', connection: 'connected', soundBlocked: !livekit.canPlaybackAudio });
    local.publishTo(livekit).catch(() => undefined);
    if (first) host.tellJoined();
    schedule();
  };

  /** Counts joins and ends: a join that was left behind opens nothing, even when the person has come again. */
  let attempts = 0;
  const finish = (end: CallEnd | undefined, problem?: CallProblem): void => {
    if (state.phase === 'ended') return;
    attempts++;
    const wasIn = state.phase === 'joined' || state.phase === 'joining';
    update({ phase: 'ended', end, problem: problem?.code });
    sound.play(new Map());
    meeting.close();
    const closing = sfus;
    sfus = undefined;
    local.suspend();
    observer.onPeople((people = []));
    const withdraw = async (): Promise<void> => {
      await Promise.allSettled([
        closing?.close(),
        end === 'elsewhere' ? membership.abandon() : membership.leave(LEAVE_TIMEOUT_MS),
      ]);
      if (wasIn) await host.tellLeft(end === 'left' && !parameters.returnToLobby);
    };
    leaving = withdraw();
  };
  let leaving: Promise<void> = Promise.resolve();

  const asProblem = (error: unknown): CallProblem =>
    error instanceof CallProblem ? error : new CallProblem('unknown', { cause: error });

  const join = async (): Promise<void> => {
    if (state.phase === 'joining' || state.phase === 'joined') return;
    update({ phase: 'joining', connection: 'connecting', end: undefined, problem: undefined });
    joinedAtMs = Date.now();
    const attempt = ++attempts;
    const leftMeanwhile = (): boolean => attempt !== attempts;
    try {
      if (parameters.encrypted && !isE2EESupported()) throw new CallProblem('no_encryption');
      const found = await doors.transports();
      if (leftMeanwhile()) return;
      transports = found;
      policy = { own: found.map((item) => item.livekit_service_url) };
      const [transport] = found;
      sfus = openSfus();
      sfus.connect(transport);
      schedule();
      await host.roomReady.catch((error: unknown) => {
        throw new CallProblem('host_silent', { cause: error });
      });
      // The announcement does not wait for the token: who may not have one may not send it either.
      if (!leftMeanwhile()) membership.join(transport);
    } catch (error) {
      if (attempt === attempts) finish(undefined, asProblem(error));
    }
  };

  const enter = (): void => {
    update({ phase: 'preparing', end: undefined, problem: undefined });
    const { microphone, camera } = local.state();
    if (microphone.wanted) void local.setMicrophone(true);
    if (camera.wanted) void local.setCamera(true);
    if (parameters.skipLobby && !parameters.preload) void join();
    else
      host.roomReady.then(
        () => state.phase === 'preparing' && update({ phase: 'lobby', roomName: room.name() }),
        (error: unknown) => finish(undefined, new CallProblem('host_silent', { cause: error })),
      );
    host.roomReady.then(
      () => update({ roomName: room.name() }),
      () => undefined,
    );
    doors.transports().catch((error: unknown) => finish(undefined, asProblem(error)));
    // Who may not come in should hear it before they press Join. Anything else may be better by then.
    doors.firstToken().catch((error: unknown) => {
      const refused = error instanceof CallProblem && error.code === 'not_allowed';
      if (refused && (state.phase === 'lobby' || state.phase === 'preparing')) finish(undefined, error);
    });
  };
  const onPageHide = (): void => {
    watchRoom();
    void membership.leave(0);
  };
  window.addEventListener('pagehide', onPageHide, { once: true });
  enter();

  return {
    local,
    meeting,
    join,
    async leave() {
      finish('left');
      await leaving;
    },
    retry() {
      void leaving.then(() => {
        if (state.problem !== undefined) doors.again();
        enter();
      });
    },
    async unblockSound() {
      await sfus?.unblockSound();
    },
    track: (key) => registry.get(key),
  };
}
