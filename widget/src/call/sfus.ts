import { DisconnectReason, RemoteTrackPublication, RoomEvent, type Room } from 'livekit-client';
import { MINUTES_LEFT_ATTRIBUTE, sameTransport, transportAllowed, type TransportPolicy } from '@palabre/protocol';
import type { LivekitTransport } from '../host/index.ts';
import { createBarriers } from './barriers.ts';
import { createConnection, type Connection, type ConnectionPhase, type Encryption } from './connection.ts';
import type { CaptionSender, CaptionStream } from './caption-lines.ts';
import { receiveCaptions } from './caption-streams.ts';
import type { RtcMember } from './membership.ts';
import { joinPeople, type PeopleSources, type Person } from './people.ts';
import type { CallProblem } from './problem.ts';
import type { HeardTrack } from './sound.ts';
import type { Barrier } from './state.ts';
import type { SfuPlace, Tokens } from './tokens.ts';
import { audioOf, viewsOf, type TrackRegistry } from './views.ts';
import { backoffMs } from './waiting.ts';

/** Why an SFU connection is over. */
type Ending = 'elsewhere' | CallProblem;
const wantsEncryptedCall = (why: Ending): boolean => why !== 'elsewhere' && why.code === 'needs_encryption';

/** How long someone may be on the SFU before the room says that they are in the call. */
const MEMBERSHIP_GRACE_MS = 5_000;
const REFUSED_PAUSE_MS = 5_000;
const REFUSED_PAUSE_LIMIT_MS = 5 * 60_000;

const CHANGES = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackUnpublished,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.ParticipantEncryptionStatusChanged,
] as const;

export interface SfusEvents {
  /** Somebody or something changed; look again. */
  onChange(): void;
  /** Our own SFU: the one we publish on. */
  onOwnPhase(phase: ConnectionPhase, room: Room): void;
  onOwnEnd(end: Ending): void;
  onOwnMetadata(metadata: string | undefined): void;
  onSoundBlocked(blocked: boolean): void;
  /** Which SFUs of other organisations do not have us. */
  onBarriers(barriers: readonly Barrier[]): void;
  /** Whole minutes that are left of our time at most, as our own SFU says, where that is limited and nearly over. */
  onMinutesLeft(minutes: number | undefined): void;
  /** What some SFU says of the meeting has changed, or who is there. */
  onMetadata(): void;
  /** Is what this sender says to be read at all? */
  believesCaption(sender: CaptionSender): boolean;
  onCaption(stream: CaptionStream): void;
}

export interface Gathering {
  readonly people: readonly Person[];
  readonly heard: ReadonlyMap<string, HeardTrack>;
}

/** All SFU connections of the call: our own, and one for every other allowed SFU that somebody publishes on. */
export interface Sfus {
  connect(transport: LivekitTransport): void;
  /** Opens and closes further connections so that every allowed SFU in use is connected. */
  follow(members: readonly RtcMember[], policy: TransportPolicy): void;
  /** Who is here now, and what may be heard. Fills `registry` with the tracks. */
  gather(sources: Omit<PeopleSources, 'participants' | 'wantsEncryption'>, registry: TrackRegistry): Gathering;
  own(): Room | undefined;
  /** Every SFU we are connected to, our own first. */
  rooms(): readonly { readonly serviceUrl: string; readonly room: Room }[];
  unblockSound(): Promise<void>;
  close(): Promise<void>;
}

export function createSfus(tokens: Tokens, encryption: Encryption | undefined, events: SfusEvents): Sfus {
  const encrypted = encryption !== undefined;
  const connections = new Map<string, Connection>();
  const firstSeenMs = new Map<string, number>();
  /** Whom our own bridge has thrown out: gone from the screen before the room's event arrives. */
  const thrownOut = new Set<string>();
  let ownUrl: string | undefined;
  /** Other SFUs that would not have us: asked again after a pause that grows, not at every change. */
  const refused = new Map<string, { readonly times: number; readonly untilMs: number; readonly why: Ending }>();
  const retries = new Set<ReturnType<typeof setTimeout>>();
  const barriers = createBarriers((list) => events.onBarriers(list));
  const readMinutesLeft = (): void => {
    // Another's SFU ends its own connection only, and that is said when it does.
    const room = ownUrl === undefined ? undefined : connections.get(ownUrl)?.room;
    const minutes = Number.parseInt(room?.localParticipant.attributes[MINUTES_LEFT_ATTRIBUTE] ?? '', 10);
    events.onMinutesLeft(Number.isNaN(minutes) ? undefined : minutes);
  };
  const giveUp = (url: string, connection: Connection, why: Ending): void => {
    // A later connection to the same SFU is not this one's to close.
    if (connections.get(url) === connection) connections.delete(url);
    void connection.close().catch(() => undefined);
    if (ownUrl === undefined) return;
    const times = (refused.get(url)?.times ?? 0) + 1;
    const pauseMs = backoffMs(times, REFUSED_PAUSE_MS, REFUSED_PAUSE_LIMIT_MS);
    refused.set(url, { times, untilMs: Date.now() + pauseMs, why });
    const retry = setTimeout(() => {
      retries.delete(retry);
      events.onChange();
    }, pauseMs + 10);
    retries.add(retry);
    events.onChange();
  };

  const open = (transport: SfuPlace, isOwn: boolean): void => {
    const connection = createConnection(transport, tokens, encryption, {
      onPhase(phase) {
        if (isOwn) events.onOwnPhase(phase, connection.room);
        if (phase === 'connected') {
          refused.delete(transport.livekit_service_url);
          barriers.set(transport.livekit_service_url, undefined);
        }
        readMinutesLeft();
        if (isOwn && phase === 'connected') events.onOwnMetadata(connection.room.metadata);
        events.onMetadata();
        events.onChange();
      },
      onEnd(end) {
        if (isOwn) {
          events.onOwnEnd(end);
          return;
        }
        const { code } = end === 'elsewhere' ? { code: end } : end;
        barriers.set(transport.livekit_service_url, code === 'turned_away' || code === 'time_over' ? code : undefined);
        giveUp(transport.livekit_service_url, connection, end);
      },
      onWaiting() {
        // Our own we asked before we came: whoever must wait now was in the call, and goes back to the door.
        if (!isOwn) barriers.set(transport.livekit_service_url, 'waiting');
        return !isOwn;
      },
      onDecryption: () => events.onChange(),
    });
    for (const name of CHANGES) connection.room.on(name, () => events.onChange());
    connection.room.on(RoomEvent.ParticipantAttributesChanged, (_changed, { isLocal }) => {
      if (isLocal) readMinutesLeft();
    });
    if (isOwn)
      connection.room
        .on(RoomEvent.RoomMetadataChanged, (metadata) => events.onOwnMetadata(metadata))
        .on(RoomEvent.ParticipantConnected, ({ identity }) => thrownOut.delete(identity))
        .on(RoomEvent.Disconnected, () => thrownOut.clear())
        .prependListener(RoomEvent.ParticipantDisconnected, ({ identity }, reason) => {
          if (reason === DisconnectReason.PARTICIPANT_REMOVED) thrownOut.add(identity);
        });
    // Whoever comes back gets the same time as at first: to be refused and received again is a moment without picture.
    connection.room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => firstSeenMs.delete(identity));
    connection.room.on(RoomEvent.RoomMetadataChanged, () => events.onMetadata());
    receiveCaptions(
      transport.livekit_service_url,
      connection.room,
      (sender) => events.believesCaption(sender),
      (stream) => events.onCaption(stream),
    );
    connection.room.on(RoomEvent.AudioPlaybackStatusChanged, (playing) => events.onSoundBlocked(!playing));
    connections.set(transport.livekit_service_url, connection);
  };

  /** Media of people who are not in the call is not even received. */
  const subscribeTo = (room: Room, people: ReadonlySet<string>, left: (identity: string) => boolean): void => {
    for (const participant of room.remoteParticipants.values()) {
      const welcome = people.has(participant.identity);
      const since = firstSeenMs.get(participant.identity) ?? Date.now();
      firstSeenMs.set(participant.identity, since);
      const unwanted = !welcome && (left(participant.identity) || Date.now() - since > MEMBERSHIP_GRACE_MS);
      for (const publication of participant.trackPublications.values()) {
        if (!(publication instanceof RemoteTrackPublication)) continue;
        if (welcome && !publication.isDesired) publication.setSubscribed(true);
        if (unwanted && publication.isDesired) publication.setSubscribed(false);
      }
    }
  };
  let before: ReadonlySet<string> = new Set();

  return {
    connect(transport) {
      ownUrl = transport.livekit_service_url;
      open(transport, true);
    },
    follow(members, policy) {
      const wanted = new Set<string>();
      for (const { serviceUrl, userId } of members)
        if (serviceUrl !== undefined && transportAllowed(policy, userId, serviceUrl)) wanted.add(serviceUrl);
      for (const url of wanted)
        if (
          ![...connections.keys()].some((known) => sameTransport(known, url)) &&
          (refused.get(url)?.untilMs ?? 0) <= Date.now()
        )
          open({ type: 'livekit', livekit_service_url: url, listening: true }, false);
      for (const [url, connection] of connections) {
        if (url === ownUrl || [...wanted].some((needed) => sameTransport(needed, url))) continue;
        connections.delete(url);
        barriers.set(url, undefined);
        void connection.close().catch(() => undefined);
      }
    },
    gather(sources, registry) {
      const participants = [...connections].flatMap(([url, connection]) =>
        viewsOf(connection, { encrypted, withSelf: url === ownUrl }, registry),
      );
      const wantsEncryption = (serviceUrl: string): boolean =>
        [...refused].some(([url, { why }]) => sameTransport(url, serviceUrl) && wantsEncryptedCall(why));
      const people = joinPeople({ ...sources, participants, wantsEncryption }).filter(
        (person) => person.self || person.media === 'here' || !thrownOut.has(person.identity),
      );
      const heard = new Map<string, HeardTrack>();
      for (const [url, { room }] of connections) {
        // Only those whose membership leads to this SFU: any SFU can name its participants like people who are elsewhere.
        const here = people.filter((person) => person.media === 'here' && person.serviceUrl === url);
        subscribeTo(room, new Set(here.map(({ identity }) => identity)), (identity) => before.has(identity));
        for (const person of here) {
          const participant = person.self ? undefined : room.remoteParticipants.get(person.identity);
          if (participant === undefined) continue;
          for (const [key, track] of audioOf(participant, url, encrypted))
            heard.set(key, { identity: person.identity, userId: person.userId, track });
        }
      }
      before = new Set(people.filter((person) => person.media === 'here').map((person) => person.identity));
      return { people, heard };
    },
    rooms: () =>
      [...connections]
        .map(([serviceUrl, { room }]) => ({ serviceUrl, room }))
        .sort((a, b) => Number(b.serviceUrl === ownUrl) - Number(a.serviceUrl === ownUrl)),
    own: () => (ownUrl === undefined ? undefined : connections.get(ownUrl)?.room),
    async unblockSound() {
      await Promise.all([...connections.values()].map(({ room }) => room.startAudio()));
    },
    async close() {
      const open = [...connections.values()];
      connections.clear();
      ownUrl = undefined;
      for (const retry of retries) clearTimeout(retry);
      retries.clear();
      await Promise.all(open.map((connection) => connection.close()));
    },
  };
}
