import { isE2EESupported, LogLevel, setLogLevel, type Room } from 'livekit-client';
import { operatorOf, transportAllowed, type Rights, type RoomMetadata, type TransportPolicy } from '@palabre/protocol';
import type { Publishers } from '@palabre/transcript/documents';
import { isRefusal, type Host } from '../host/index.ts';
import { waitForAdmission } from './admission.ts';
import { recall, remember } from '../memory.ts';
import { createApi } from './api.ts';
import { createDeviceTrust } from './device-trust.ts';
import { createEarlierPages } from './earlier.ts';
import { createCaptions, type PresentScribe } from './captions.ts';
import { createConsentDesk } from './consent.ts';
import type { Doors } from './doors.ts';
import { MediaKeys } from './keys.ts';
import { createLocalMedia } from './local-media.ts';
import { createMeeting, readMetadata } from './meeting.ts';
import { createMembership } from './membership.ts';
import { captioningScribes, keepingScribes } from './present-scribes.ts';
import { CallProblem, isWaiting, type ProblemCode } from './problem.ts';
import { createReactions } from './reactions.ts';
import { createRoster, type Going } from './roster.ts';
import { createSfus, type Sfus } from './sfus.ts';
import { createSound } from './sound.ts';
import type { Call, CallEnd, CallObserver, CallState } from './state.ts';
import { sendWholePictures } from './whole-pictures.ts';

const LEAVE_TIMEOUT_MS = 3_000;
/** What the door says to people whom it will not let in, now or later. */
const REFUSALS: readonly ProblemCode[] = [
  'not_allowed',
  'turned_away',
  'time_over',
  'nobody_admits',
  'needs_encryption',
  'room_replaced',
];
/** The conversation with the messenger is opened once for each page, and of what we do not know a part of the page may be missing. */
const NEED_NEW_PAGE: readonly ProblemCode[] = ['host_silent', 'unknown'];

/** Where the page itself does not say who the bots are, the bridge may have. */
function botsNamedBy(rights: Rights | undefined): Publishers | undefined {
  return rights === undefined
    ? undefined
    : { watcherUserId: rights.watcher_user_id, scribeUserId: rights.scribe_user_id };
}

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
  const sound = createSound(soundContainer);

  let state: CallState = {
    phase: 'preparing',
    connection: 'connecting',
    end: undefined,
    problem: undefined,
    roomName: undefined,
    encrypted: parameters.encrypted,
    soundBlocked: false,
    probablyLeft: false,
    mustWait: 'no',
    minutesLeft: undefined,
    barriers: [],
    operator: undefined,
  };
  /** Since the person joined and until they leave. */
  let session: (Going & { readonly keys: MediaKeys | undefined }) | undefined;

  const update = (change: Partial<CallState>): void => {
    state = { ...state, ...change };
    observer.onState(state);
  };

  const api = createApi(parameters.roomId, async () => {
    const [transport] = await doors.transports();
    await doors.tokens.get(transport, { fresh: true });
  });
  doors.tokens.onSession((session, transport) => api.useSession(session, transport.livekit_service_url));

  const local = createLocalMedia({ audio: true, video: !parameters.voiceOnly }, () => {
    observer.onLocal(local.state());
    refresh();
  });
  const takeKey = async (identity: string, index: number, key: Uint8Array<ArrayBuffer>): Promise<void> => {
    await session?.keys?.set(identity, index, key);
    if (identity === session?.seat.identity) sendWholePictures(session.sfus.own());
  };
  const membership = createMembership(host, {
    onMembers: () => {
      refresh();
      // After that: whoever left took their hand with them, and did not lower it.
      queueMicrotask(reactions.look);
    },
    onKey: (identity, index, key) => void takeKey(identity, index, key),
    onError: (error) =>
      finish(
        undefined,
        new CallProblem(isRefusal(error) ? 'membership_refused' : 'homeserver_unreachable', { cause: error }),
      ),
    onProbablyLeft: (probablyLeft) => update({ probablyLeft }),
  });
  const meeting = createMeeting(
    host,
    api,
    () => membership.own()?.eventId,
    () => observer.onMeeting(meeting.state()),
  );

  /** What SFUs say of the meeting: another's counts only where policy sends people of the server of its scribe. */
  const whatIsSaid = (): readonly RoomMetadata[] => {
    if (session === undefined) return [];
    const { policy, serviceUrl: own, sfus } = session;
    return sfus.rooms().flatMap(({ serviceUrl, room: { metadata: text } }) => {
      const metadata = readMetadata(text);
      if (serviceUrl === own) return [metadata];
      const { scribe } = metadata;
      const counts = scribe !== undefined && transportAllowed({ ...policy, own: [] }, scribe, serviceUrl);
      return counts ? [metadata] : [];
    });
  };
  const consent = createConsentDesk(
    host,
    api,
    whatIsSaid,
    () => membership.own()?.eventId,
    () => observer.onConsent(consent.state()),
  );

  const reactions = createReactions(host, membership, () => observer.onReactions(reactions.state()));
  const captions = createCaptions({
    encrypted: parameters.encrypted,
    scribes: () => scribes(),
    keepers: () => present(keepingScribes),
    speakerOf: (identity) => roster.people().find((person) => person.identity === identity),
    speaks: recall('captions.speaks') || undefined,
    onChange: () => observer.onCaptions(captions.state()),
    onRefused() {
      lookElsewhere();
      startCaptions();
    },
  });
  /** Captions that another organisation's scribe makes, and that we may have. */
  const lookElsewhere = (): void => {
    const elsewhere = scribes().find(
      ({ serviceUrl }) => serviceUrl !== session?.serviceUrl && !captions.refusedBy(serviceUrl),
    );
    meeting.useCaptionsElsewhere(elsewhere && readMetadata(elsewhere.room.metadata).captions);
  };
  /** Where nobody else's scribe serves us, ours is asked for. */
  const startCaptions = (): void => {
    const { phase } = meeting.state().captions;
    if (captions.state().wanted && (phase === 'off' || phase === 'failed'))
      void meeting.command({ action: 'start', what: 'captions' });
  };
  const present = (which: typeof captioningScribes): readonly PresentScribe[] =>
    session === undefined
      ? []
      : which({
          rooms: session.sfus.rooms(),
          members: membership.members(),
          policy: session.policy,
          ownUrl: session.serviceUrl,
        });
  const scribes = (): readonly PresentScribe[] => present(captioningScribes);

  const trust = createDeviceTrust(host, () => refresh());
  let ahead: TransportPolicy | undefined;
  const roster = createRoster(
    { host, membership, local, sound, trust, going: () => session, ahead: () => ahead },
    (people) => {
      membership.missingKeysOf(people.filter((person) => person.undecryptable));
      observer.onPeople(people);
      captions.look();
    },
  );
  const refresh = (): void => {
    if (state.phase !== 'ended') roster.refresh();
  };

  const watchRoom = room.onChange((change) => {
    if (change.type === 'm.room.name') update({ roomName: room.name() });
    if (change.type !== 'm.room.member') return;
    const userId = change.stateKey;
    refresh();
    if (userId === meeting.state().rights?.watcher_user_id) void meeting.askRights();
    if (room.isJoined(userId)) return;
    if (userId === parameters.userId && ['waiting', 'joining', 'joined'].includes(state.phase)) finish('removed');
    else if (roster.people().some((person) => person.userId === userId) && api.available())
      // The bridge may not see this room: our hint makes it look. It decides by itself.
      api.recheck(userId).catch(() => undefined);
  });

  const openSfus = (keys: MediaKeys | undefined): Sfus =>
    createSfus(doors.tokens, keys === undefined ? undefined : { keys, createWorker: createEncryptionWorker }, {
      onChange: refresh,
      onOwnPhase(phase, livekit) {
        if (phase === 'closed') return;
        if (phase === 'connected') onConnected(livekit);
        else update({ connection: phase });
      },
      onOwnEnd(end) {
        if (end === 'elsewhere') finish('elsewhere');
        else finishBy(end);
      },
      onOwnMetadata: (metadata) => {
        meeting.useMetadata(metadata);
        consent.look();
      },
      onSoundBlocked: (soundBlocked) => update({ soundBlocked }),
      onBarriers: (barriers) => update({ barriers }),
      onMinutesLeft: (minutesLeft) => state.minutesLeft !== minutesLeft && update({ minutesLeft }),
      onMetadata: () => {
        consent.look();
        lookElsewhere();
        captions.look();
      },
      believesCaption: (sender) => captions.believes(sender),
      onCaption: (stream) => captions.receive(stream),
    });

  const onConnected = (livekit: Room): void => {
    const first = state.phase === 'joining';
    if (first) {
      void meeting.askRights();
      void consent.ask();
    }
    update({ phase: 'joined', connection: 'connected', soundBlocked: !livekit.canPlaybackAudio });
    local.publishTo(livekit).catch(() => undefined);
    if (first) {
      host.tellJoined();
      // What was raised before is asked of those whom the room names.
      host.roomReady.then(
        () => session !== undefined && reactions.begin(),
        () => undefined,
      );
    }
    refresh();
  };

  /** Counts joins and ends: a join that was left behind opens nothing, even when the person has come again. */
  let attempts = 0;
  /** Somebody stands at the door. */
  let knocking = new AbortController();
  const finish = (end: CallEnd | undefined, problem?: CallProblem): void => {
    if (state.phase === 'ended') return;
    attempts++;
    const wasIn = state.phase === 'joined' || state.phase === 'joining';
    knocking.abort();
    update({ phase: 'ended', end, problem: problem?.code, mustWait: 'no', minutesLeft: undefined, barriers: [] });
    meeting.close();
    consent.close();
    reactions.end();
    captions.close();
    const closing = session?.sfus;
    session = undefined;
    local.suspend();
    roster.clear();
    const withdraw = async (): Promise<void> => {
      await Promise.allSettled([
        closing?.close(),
        end === 'elsewhere' ? membership.abandon() : membership.leave(LEAVE_TIMEOUT_MS),
      ]);
      if (end === 'cancelled') await host.tellLeft(true);
      else if (wasIn) await host.tellLeft(end === 'left' && !parameters.returnToLobby);
    };
    leaving = withdraw();
  };
  let leaving: Promise<void> = Promise.resolve();

  const asProblem = (error: unknown): CallProblem =>
    error instanceof CallProblem ? error : new CallProblem('unknown', { cause: error });
  /** The door has said no, or something failed. */
  const finishBy = (error: unknown): void => {
    const problem = asProblem(error);
    const { code } = problem;
    if (code === 'turned_away' || code === 'time_over') finish(code);
    else if (isWaiting(problem)) finish('must_wait');
    else if (code === 'not_allowed' && state.phase === 'joined') finish('removed');
    else finish(undefined, problem);
  };

  const join = async (): Promise<void> => {
    if (['waiting', 'joining', 'joined'].includes(state.phase)) return;
    update({
      phase: state.mustWait === 'no' ? 'joining' : 'waiting',
      connection: 'connecting',
      end: undefined,
      problem: undefined,
    });
    const attempt = ++attempts;
    const leftMeanwhile = (): boolean => attempt !== attempts;
    try {
      if (parameters.encrypted && !isE2EESupported()) throw new CallProblem('no_encryption');
      const [[transport], policy, seat] = await Promise.all([doors.transports(), doors.policy(), doors.seat()]);
      if (leftMeanwhile()) return;
      // Before anything of us is in the room: who must be let in is not in the call yet.
      knocking = new AbortController();
      await waitForAdmission(doors.tokens, transport, knocking.signal, state.mustWait !== 'no', (alone) => {
        if (!leftMeanwhile()) update({ phase: 'waiting', mustWait: alone ? 'alone' : 'yes' });
      });
      if (leftMeanwhile()) return;
      update({ phase: 'joining', mustWait: 'no' });
      // New keys for each time: an old one of ours could be known to somebody who is no longer welcome.
      const keys = parameters.encrypted ? new MediaKeys(seat.identity) : undefined;
      const sfus = openSfus(keys);
      session = {
        sfus,
        keys,
        policy,
        serviceUrl: transport.livekit_service_url,
        joinedMs: Date.now(),
        seat,
      };
      sfus.connect(transport);
      refresh();
      await host.roomReady.catch((error: unknown) => {
        throw new CallProblem('host_silent', { cause: error });
      });
      if (!leftMeanwhile()) membership.join(transport, seat);
    } catch (error) {
      if (attempt === attempts) finishBy(error);
    }
  };

  /** The token that was asked for in advance was not given: it says nothing about the next time. */
  let refusedAhead = false;
  /** Whoever joins is to know before whose servers their media passes through. */
  const lookAhead = async (): Promise<void> => {
    const [[transport], policy] = await Promise.all([doors.transports(), doors.policy()]);
    ahead = policy;
    update({ operator: operatorOf(policy, transport.livekit_service_url) });
    refresh();
  };
  const enter = (): void => {
    refusedAhead = false;
    // What it was in an earlier call is not known to be so any more.
    meeting.useMetadata(undefined);
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
    lookAhead().catch((error: unknown) => finish(undefined, asProblem(error)));
    // Who may not come in should hear it before they press Join. Anything else may be better by then.
    const refuse = (error: unknown): void => {
      refusedAhead = true;
      if (!(error instanceof CallProblem) || error.transient || state.phase === 'ended') return;
      if (isWaiting(error)) {
        const mustWait = error.code === 'waiting_alone' ? 'alone' : 'yes';
        // Whoever joins without the preview waits by now.
        update(state.phase === 'joining' && session === undefined ? { mustWait, phase: 'waiting' } : { mustWait });
      } else if (REFUSALS.includes(error.code) && (state.phase === 'lobby' || state.phase === 'preparing'))
        finishBy(error);
    };
    // With the token the bridge can be asked, which also tells the scribe from people.
    doors.firstToken().then(() => {
      if (state.phase === 'ended') return;
      void meeting.askRights();
      void consent.ask();
    }, refuse);
  };
  const onPageHide = (): void => {
    watchRoom();
    reactions.close();
    trust.close();
    void membership.leave(0);
  };
  window.addEventListener('pagehide', onPageHide, { once: true });
  enter();

  return {
    local,
    meeting,
    reactions,
    consent,
    results: {
      host,
      bots: async () => (await doors.bots()) ?? botsNamedBy(meeting.state().rights),
      readingSession: () => api.readingSession(),
      earlier: createEarlierPages(host, api, async () => {
        const [transport] = await doors.transports();
        return transport.livekit_service_url;
      }),
    },
    captions: {
      want(wanted) {
        captions.want(wanted);
        lookElsewhere();
        startCaptions();
      },
      speak(language) {
        remember('captions.speaks', language ?? '');
        captions.speak(language);
      },
    },
    join,
    async leave() {
      finish(['lobby', 'preparing', 'waiting'].includes(state.phase) ? 'cancelled' : 'left');
      await leaving;
    },
    retry() {
      if (state.problem !== undefined && NEED_NEW_PAGE.includes(state.problem)) {
        host.reopen();
        return;
      }
      void leaving.then(() => {
        if (state.problem !== undefined || refusedAhead) doors.again();
        enter();
      });
    },
    async unblockSound() {
      await session?.sfus.unblockSound();
    },
    track: (key) => roster.track(key),
  };
}
