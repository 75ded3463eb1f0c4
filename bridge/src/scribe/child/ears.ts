import { randomUUID } from 'node:crypto';
import {
  AudioStream,
  Room,
  RoomEvent,
  TrackKind,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from '@livekit/rtc-node';
import {
  createTrackClock,
  createUtteranceCutter,
  FRAME_MS,
  UTTERANCE_SAMPLE_RATE,
  type CutUtterance,
} from '../../transcription/index.ts';
import type { MediaGrant, Utterance } from '../contract.ts';
import type { CallMember, MediaKey } from './call.ts';
import { FRAME_ENCRYPTION, setMediaKey } from './media-keys.ts';

/** The scribe's LiveKit connection: hears each member on their own track and cuts what they say into utterances. */
export interface Ears {
  setMembers(members: readonly CallMember[]): void;
  setKey(key: MediaKey): void;
  listen(): { startedMs: number };
  /** Resolves when everything heard has been handed over. */
  stopListening(): Promise<{ stoppedMs: number }>;
  /** Everything heard before this time has been handed over; undefined while not listening. */
  heardUntilMs(): number | undefined;
  close(): Promise<void>;
}

export interface EarsEvents {
  readonly onUtterance: (utterance: Utterance) => Promise<void>;
  readonly onMetadata: (text: string) => void;
  readonly onDisconnected: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** The first frames of an encrypted track may be ciphertext decoded as sound (reference/scribe-bot.md 4). */
const SETTLING_FRAMES = 300 / FRAME_MS;

interface Hearing {
  readonly cutter: ReturnType<typeof createUtteranceCutter>;
  readonly reader: ReadableStreamDefaultReader<{ readonly data: Int16Array }>;
  readonly ended: Promise<void>;
}

export async function openEars(grant: MediaGrant, encrypted: boolean, events: EarsEvents): Promise<Ears> {
  const room = new Room();
  const members = new Map<string, CallMember>();
  const keyed = new Set<string>();
  const hearings = new Map<string, Hearing>();
  const handingOver = new Map<string, { readonly startMs: number; readonly done: Promise<void> }>();
  let listening = false;

  const handOver = (userId: string, cut: CutUtterance): void => {
    const id = randomUUID();
    const done = events
      .onUtterance({ id, userId, startMs: Math.round(cut.startMs), endMs: Math.round(cut.endMs), pcm: cut.pcm })
      .catch(events.onFailure)
      .finally(() => handingOver.delete(id));
    handingOver.set(id, { startMs: cut.startMs, done });
  };

  const hear = (member: CallMember, track: RemoteTrack): Hearing => {
    const cutter = createUtteranceCutter();
    const clock = createTrackClock(FRAME_MS);
    const stream = new AudioStream(track, {
      sampleRate: UTTERANCE_SAMPLE_RATE,
      numChannels: 1,
      frameSizeMs: FRAME_MS,
    });
    const reader = stream.getReader();
    const pump = async (): Promise<void> => {
      let settling = SETTLING_FRAMES;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const endMs = clock.frame(Date.now());
        if (encrypted && !keyed.has(member.identity)) settling = SETTLING_FRAMES;
        if (settling > 0) {
          settling -= 1;
          continue;
        }
        const cut = cutter.push(value.data, endMs);
        if (cut !== undefined) handOver(member.userId, cut);
      }
      const rest = cutter.flush();
      if (rest !== undefined) handOver(member.userId, rest);
    };
    return { cutter, reader, ended: pump().catch(events.onFailure) };
  };

  /** Only microphones of RTC members: who has no membership is neither shown nor heard by any client. */
  const wanted = (publication: RemoteTrackPublication, participant: RemoteParticipant): boolean =>
    listening && publication.kind === TrackKind.KIND_AUDIO && members.has(participant.identity);

  const review = (): void => {
    for (const participant of room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        const want = wanted(publication, participant);
        if (want !== publication.subscribed) publication.setSubscribed(want);
      }
    }
  };

  const stopHearing = async (sid: string): Promise<void> => {
    const hearing = hearings.get(sid);
    if (hearing === undefined) return;
    hearings.delete(sid);
    await hearing.reader.cancel().catch(() => undefined);
    await hearing.ended;
  };

  room.on(RoomEvent.TrackPublished, review);
  room.on(RoomEvent.ParticipantConnected, review);
  room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
    const member = members.get(participant.identity);
    const sid = publication.sid;
    if (member === undefined || sid === undefined || !wanted(publication, participant) || hearings.has(sid)) return;
    hearings.set(sid, hear(member, track));
  });
  room.on(RoomEvent.TrackUnsubscribed, (_track, publication) => {
    if (publication.sid !== undefined) void stopHearing(publication.sid).catch(events.onFailure);
  });
  room.on(RoomEvent.RoomMetadataChanged, (metadata) => events.onMetadata(metadata));
  room.on(RoomEvent.Disconnected, () => events.onDisconnected());

  await room.connect(grant.url, grant.jwt, {
    autoSubscribe: false,
    dynacast: false,
    ...(encrypted ? { encryption: FRAME_ENCRYPTION } : {}),
  });
  events.onMetadata(room.metadata ?? '');

  return {
    setMembers: (next) => {
      members.clear();
      for (const member of next) members.set(member.identity, member);
      review();
    },
    setKey: (key) => {
      if (!encrypted) return;
      setMediaKey(room, key);
      keyed.add(key.identity);
    },
    listen: () => {
      listening = true;
      review();
      return { startedMs: Date.now() };
    },
    stopListening: async () => {
      listening = false;
      await Promise.all([...hearings.keys()].map(stopHearing));
      review();
      const stoppedMs = Date.now();
      await Promise.all([...handingOver.values()].map(({ done }) => done));
      return { stoppedMs };
    },
    heardUntilMs: () => {
      if (!listening) return undefined;
      const open = [...hearings.values()].flatMap(({ cutter }) => cutter.openSinceMs() ?? []);
      return Math.min(Date.now(), ...open, ...[...handingOver.values()].map(({ startMs }) => startMs));
    },
    close: async () => {
      listening = false;
      await Promise.all([...hearings.keys()].map(stopHearing));
      await room.disconnect();
    },
  };
}
