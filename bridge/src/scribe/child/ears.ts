import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AudioStream,
  RemoteAudioTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackSource,
  type RemoteParticipant,
  type RemoteTrackPublication,
} from '@livekit/rtc-node';
import {
  createTrackClock,
  createUtteranceCutter,
  FRAME_MS,
  UTTERANCE_SAMPLE_RATE,
  type CutUtterance,
} from '../../transcription/index.ts';
import { MIX_SAMPLE_RATE } from '../../recording/index.ts';
import { isKept, NOBODY } from '../contract.ts';
import type { KeptPeople, MediaGrant, UnheardSpan, Utterance } from '../contract.ts';
import { watchAway } from './away.ts';
import type { CallMember, MediaKey } from './call.ts';
import type { CaptionSink, CaptionUse } from './captions/index.ts';
import { FRAME_ENCRYPTION, setMediaKey } from './media-keys.ts';
import { createLostTracks } from './lost-track.ts';
import { mayHear, purposesFor, type Purpose } from './purposes.ts';
import { watchUndecrypted } from './undecrypted.ts';

/** The scribe's LiveKit connection: hears each member on their own track and cuts what they say into utterances. */
export interface Ears {
  /** Our connection, for what is sent to people there. */
  readonly room: Room;
  setMembers(members: readonly CallMember[]): void;
  setKey(key: MediaKey): void;
  /** Our own key: what is sent is encrypted with it. */
  setOwnKey(key: MediaKey): void;
  /** Of whom speech and sound may be handed over; before, of nobody. What others were just saying is dropped. */
  keep(people: KeptPeople): Promise<void>;
  /** Resolves as {@link Ears.whenHeard} does. */
  listen(): Promise<{ startedMs: number }>;
  /** Resolves once everybody whose microphone is on is really heard for this, or after {@link HEARING_TIMEOUT_MS}. */
  whenHeard(purpose: Purpose): Promise<void>;
  /** Resolves when everything heard has been handed over. */
  stopListening(): Promise<{ stoppedMs: number }>;
  /** Gives everybody's sound, 48 kHz mono, with the wall clock of its first sample; undefined ends it. */
  setMixing(sink: ((samples: Int16Array, startMs: number) => void) | undefined): Promise<void>;
  /** Gives everybody's speech, 16 kHz mono, track by track, beside other uses; undefined ends this one. */
  setCaptioning(use: CaptionUse, sink: CaptionSink | undefined): Promise<void>;
  /** Everything heard before this time has been handed over; undefined while not listening. */
  heardUntilMs(): number | undefined;
  /** The connection is interrupted: nobody is heard, whatever their tracks seem to give. */
  isAway(): boolean;
  close(): Promise<void>;
}

export interface EarsEvents {
  readonly onUtterance: (utterance: Utterance) => Promise<void>;
  readonly onUnheard: (span: UnheardSpan) => void;
  /** There is no key for somebody's sound, for some seconds now; told while it lasts. */
  readonly onKeyMissing: (identity: string) => void;
  readonly onMetadata: (text: string) => void;
  readonly onDisconnected: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** The first frames of an encrypted track may be ciphertext decoded as sound (reference/scribe-bot.md 4). */
const SETTLING_FRAMES = 300 / FRAME_MS;

/** Tracks have to be subscribed to and, in encrypted rooms, media keys to arrive; who sends nothing is not waited for longer. */
const HEARING_TIMEOUT_MS = 3_000;
const HEARING_CHECK_MS = 50;
/** How often it is looked whether every track gives sound. */
const LOOK_MS = 1_000;

interface Heard {
  readonly member: CallMember;
  readonly track: RemoteAudioTrack;
  readonly publication: RemoteTrackPublication;
}

/** One track read for one purpose. */
interface Hearing {
  readonly purpose: Purpose;
  readonly userId: string;
  readonly openSinceMs: () => number | undefined;
  /** A first frame that counts has come. */
  readonly begun: () => boolean;
  stop(): Promise<void>;
  /** The same, and nothing more comes of it from this moment on, nor what is open. */
  drop(): Promise<void>;
}

export async function openEars(grant: MediaGrant, encrypted: boolean, events: EarsEvents): Promise<Ears> {
  const room = new Room();
  const members = new Map<string, CallMember>();
  const keyed = new Set<string>();
  const hearings = new Map<string, Hearing>();
  const handingOver = new Map<string, { readonly startMs: number; readonly done: Promise<void> }>();
  let listening = false;
  let mixing: ((samples: Int16Array, startMs: number) => void) | undefined;
  const captioning = new Map<CaptionUse, CaptionSink>();
  let ownKey: MediaKey | undefined;
  let kept = NOBODY;

  const handOver = (userId: string, cut: CutUtterance): void => {
    const id = randomUUID();
    const [startMs, endMs] = [Math.round(cut.startMs), Math.round(cut.endMs)];
    const done = events
      .onUtterance({ id, userId, startMs, endMs, pcm: cut.pcm, leadMs: cut.leadMs })
      .catch(events.onFailure)
      .finally(() => handingOver.delete(id));
    handingOver.set(id, { startMs: cut.startMs, done });
  };

  const lostTracks = createLostTracks(events.onUnheard);

  /** Reads a track frame by frame, each with the wall clock of its end. */
  const read = (
    { member, track, publication }: Heard,
    purpose: Purpose,
    sampleRate: number,
    onFrame: (samples: Int16Array, endMs: number) => void,
  ): Pick<Hearing, 'begun' | 'stop' | 'drop'> => {
    let [begun, dropped] = [false, false];
    const clock = createTrackClock(FRAME_MS);
    const undecrypted = watchUndecrypted(FRAME_MS);
    const reader = new AudioStream(track, { sampleRate, numChannels: 1, frameSizeMs: FRAME_MS }).getReader();
    const pump = async (): Promise<void> => {
      let settling = encrypted ? SETTLING_FRAMES : 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done || dropped) return;
        lostTracks.arrived(publication.sid ?? '', purpose);
        const endMs = clock.frame(Date.now());
        const hasKey = !encrypted || keyed.has(member.identity);
        if (!hasKey) settling = SETTLING_FRAMES;
        // Who is muted sends nothing that could be decrypted.
        const span = undecrypted.frame(hasKey || publication.muted === true, endMs);
        if (span !== undefined) events.onUnheard({ ...span, userId: member.userId, reason: 'keys_missing' });
        if (span !== undefined && !hasKey) events.onKeyMissing(member.identity);
        if (settling > 0) settling -= 1;
        else {
          begun = true;
          onFrame(value.data, endMs);
        }
      }
    };
    const ended = pump().catch(events.onFailure);
    const stop = async (): Promise<void> => {
      await reader.cancel().catch(() => undefined);
      await ended;
    };
    const drop = (): Promise<void> => {
      dropped = true;
      return stop();
    };
    return { begun: () => begun, stop, drop };
  };

  const listenTo = (heard: Heard): Hearing => {
    const cutter = createUtteranceCutter();
    const { userId } = heard.member;
    const reading = read(heard, 'listening', UTTERANCE_SAMPLE_RATE, (samples, endMs) => {
      const cut = cutter.push(samples, endMs);
      if (cut !== undefined) handOver(userId, cut);
    });
    return {
      ...reading,
      purpose: 'listening',
      userId,
      openSinceMs: () => cutter.openSinceMs(),
      stop: async () => {
        await reading.stop();
        const rest = cutter.flush();
        if (rest !== undefined) handOver(userId, rest);
      },
    };
  };

  const mixIn = (heard: Heard): Hearing => {
    const reading = read(heard, 'mixing', MIX_SAMPLE_RATE, (samples, endMs) => mixing?.(samples, endMs - FRAME_MS));
    return { ...reading, purpose: 'mixing', userId: heard.member.userId, openSinceMs: () => undefined };
  };

  const captionFrom = (heard: Heard): Hearing => {
    const source = { identity: heard.member.identity, trackSid: heard.publication.sid ?? '' };
    // Uses come and go while the track is read.
    const reading = read(heard, 'captioning', UTTERANCE_SAMPLE_RATE, (samples, endMs) => {
      for (const sink of captioning.values()) sink.frame(source, samples, endMs);
    });
    const stop = async (): Promise<void> => {
      await reading.stop();
      for (const sink of captioning.values()) sink.ended(source);
    };
    return {
      ...reading,
      purpose: 'captioning',
      userId: heard.member.userId,
      openSinceMs: () => undefined,
      stop,
      drop: stop,
    };
  };
  const hearFor = { listening: listenTo, mixing: mixIn, captioning: captionFrom };

  /** Only tracks of RTC members: who has no membership is neither shown nor heard by any client. */
  const purposesOf = (publication: RemoteTrackPublication, participant: RemoteParticipant): readonly Purpose[] => {
    const member = members.get(participant.identity);
    if (publication.kind !== TrackKind.KIND_AUDIO || member === undefined) return [];
    const active = new Set<Purpose>();
    if (listening) active.add('listening');
    if (mixing !== undefined) active.add('mixing');
    // Live ones keep nothing; what stands in the picture is kept.
    const inPicture = captioning.has('picture') && isKept(kept.recording, member.userId);
    if (captioning.has('live') || inPicture) active.add('captioning');
    const isSpeech = publication.source !== TrackSource.SOURCE_SCREENSHARE_AUDIO;
    return purposesFor(active, kept, member.userId, isSpeech);
  };

  const attach = (
    track: RemoteAudioTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ): void => {
    const member = members.get(participant.identity);
    if (member === undefined || publication.sid === undefined) return;
    for (const purpose of purposesOf(publication, participant)) {
      const key = `${purpose} ${publication.sid}`;
      if (hearings.has(key)) continue;
      hearings.set(key, hearFor[purpose]({ member, track, publication }));
    }
  };

  const review = (): void => {
    for (const participant of room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        const want = purposesOf(publication, participant).length > 0;
        if (want !== publication.subscribed) publication.setSubscribed(want);
        if (want && publication.track instanceof RemoteAudioTrack) attach(publication.track, publication, participant);
      }
    }
  };

  /** Whose sound arrives, or would if they were not muted. */
  const heardIdentities = (): ReadonlySet<string> =>
    new Set(
      [...room.remoteParticipants.values()].flatMap((participant) =>
        [...participant.trackPublications.values()].some(
          (publication) =>
            purposesOf(publication, participant).length > 0 &&
            (publication.muted === true || publication.track !== undefined),
        )
          ? [participant.identity]
          : [],
      ),
    );
  const away = watchAway(room, heardIdentities, (identity) => members.has(identity));

  /** A track from which nothing comes is named, and asked for anew. */
  const findLost = async (): Promise<void> => {
    // Not one person's track, but everything: that is named as such.
    if (away.isAway()) {
      lostTracks.forget();
      return;
    }
    for (const participant of room.remoteParticipants.values()) {
      const member = members.get(participant.identity);
      for (const publication of participant.trackPublications.values()) {
        const { sid } = publication;
        if (member === undefined || sid === undefined) continue;
        // The strictest of what it is read for; who is muted need not give any sound.
        const [purpose] = publication.muted === true ? [] : purposesOf(publication, participant);
        if (!lostTracks.look(sid, member.userId, purpose)) continue;
        await stopHearing((key) => key.endsWith(` ${sid}`));
        publication.setSubscribed(false);
        publication.setSubscribed(true);
        review();
      }
    }
  };

  const hearsAll = (purpose: Purpose): boolean =>
    [...room.remoteParticipants.values()].every((participant) =>
      [...participant.trackPublications.values()]
        .filter((publication) => !publication.muted && purposesOf(publication, participant).includes(purpose))
        .every((publication) => hearings.get(`${purpose} ${publication.sid ?? ''}`)?.begun() === true),
    );
  /** "Transcribing" or "captions" is shown when this resolves: from then on nobody speaks unheard. */
  const whenHeard = async (purpose: Purpose): Promise<void> => {
    const sinceMs = Date.now();
    while (!hearsAll(purpose) && Date.now() - sinceMs < HEARING_TIMEOUT_MS) await sleep(HEARING_CHECK_MS);
  };

  const stopHearing = async (which: (key: string) => boolean): Promise<void> => {
    const ending = [...hearings].filter(([key]) => which(key));
    for (const [key] of ending) hearings.delete(key);
    await Promise.all(ending.map(([, hearing]) => hearing.stop()));
  };
  const purposeIs = (purpose: Purpose) => (key: string) => key.startsWith(`${purpose} `);

  room.on(RoomEvent.TrackPublished, review);
  room.on(RoomEvent.ParticipantConnected, review);
  // What is wanted may have changed while the SFU was asked: a subscription is looked at again when it has settled.
  room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
    if (track instanceof RemoteAudioTrack) attach(track, publication, participant);
    review();
  });
  room.on(RoomEvent.TrackUnsubscribed, (_track, publication) => {
    const { sid } = publication;
    if (sid === undefined) return;
    stopHearing((key) => key.endsWith(` ${sid}`))
      .then(review)
      .catch(events.onFailure);
  });
  room.on(RoomEvent.RoomMetadataChanged, (metadata) => events.onMetadata(metadata));
  room.on(RoomEvent.Disconnected, () => events.onDisconnected());

  await room.connect(grant.url, grant.jwt, {
    autoSubscribe: false,
    dynacast: false,
    ...(encrypted ? { encryption: FRAME_ENCRYPTION } : {}),
  });
  events.onMetadata(room.metadata ?? '');
  const looking = setInterval(() => void findLost().catch(events.onFailure), LOOK_MS);
  looking.unref();

  return {
    room,
    setMembers: (next) => {
      members.clear();
      for (const member of next) members.set(member.identity, member);
      review();
    },
    setKey: (key) => {
      if (!encrypted) return;
      setMediaKey(room, key);
      keyed.add(key.identity);
      // What is sent takes the index of the key that was set last, whoever's it is.
      if (ownKey !== undefined) setMediaKey(room, ownKey);
    },
    setOwnKey: (key) => {
      if (!encrypted) return;
      ownKey = key;
      setMediaKey(room, key);
    },
    keep: async (people) => {
      kept = people;
      const ending = [...hearings].filter(([, { purpose, userId }]) => !mayHear(kept, purpose, userId));
      for (const [key] of ending) hearings.delete(key);
      const dropped = ending.map(([, hearing]) => hearing.drop());
      review();
      await Promise.all(dropped);
    },
    listen: async () => {
      listening = true;
      review();
      const startedMs = Date.now();
      await whenHeard('listening');
      return { startedMs };
    },
    whenHeard,
    stopListening: async () => {
      listening = false;
      lostTracks.forget();
      await stopHearing(purposeIs('listening'));
      review();
      const stoppedMs = Date.now();
      await Promise.all([...handingOver.values()].map(({ done }) => done));
      return { stoppedMs };
    },
    setMixing: async (sink) => {
      mixing = sink;
      if (sink === undefined) await stopHearing(purposeIs('mixing'));
      review();
    },
    setCaptioning: async (use, sink) => {
      if (sink === undefined) captioning.delete(use);
      else captioning.set(use, sink);
      if (captioning.size === 0) await stopHearing(purposeIs('captioning'));
      review();
    },
    heardUntilMs: () => {
      if (!listening) return undefined;
      const open = [...hearings.values()].flatMap((hearing) => hearing.openSinceMs() ?? []);
      return Math.min(Date.now(), ...open, ...[...handingOver.values()].map(({ startMs }) => startMs));
    },
    isAway: () => away.isAway(),
    close: async () => {
      clearInterval(looking);
      listening = false;
      mixing = undefined;
      await stopHearing(() => true);
      captioning.clear();
      await room.disconnect();
    },
  };
}
