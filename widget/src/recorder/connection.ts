import {
  BaseKeyProvider,
  Room,
  RoomEvent,
  Track,
  VideoQuality,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from 'livekit-client';
import E2eeWorker from 'livekit-client/e2ee-worker?worker';
import type { RecorderConnection } from '@palabre/protocol';

/** Per-participant keys as Element Call derives them (reference: matrix-js-sdk media keys, HKDF). */
export class RecorderKeys extends BaseKeyProvider {
  constructor() {
    super({ ratchetWindowSize: 10, keyringSize: 256 });
  }

  async set(identity: string, keyIndex: number, raw: Uint8Array<ArrayBuffer>): Promise<void> {
    const key = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits', 'deriveKey']);
    this.onSetEncryptionKey(key, identity, keyIndex);
  }
}

export interface PictureSources {
  readonly camera: HTMLVideoElement | undefined;
  readonly screen: HTMLVideoElement | undefined;
  readonly speaking: boolean;
}

/** One SFU as the recorder sees it: receives from the listed identities only, sends nothing. */
export interface Connection {
  setIdentities(identities: ReadonlySet<string>): void;
  /** undefined: they are not there. */
  sources(identity: string): PictureSources | undefined;
  /** Every picture that is sent by the listed people can be drawn. */
  isReady(): boolean;
  setKey(identity: string, keyIndex: number, raw: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionEvents {
  readonly onLost: () => void;
  /** How long after its last packet arrived a picture was shown. */
  readonly onPictureDelay: (delayMs: number) => void;
}

export async function openConnection(
  options: RecorderConnection,
  holder: HTMLElement,
  events: ConnectionEvents,
): Promise<Connection> {
  const keys = new RecorderKeys();
  // LiveKit does not end it: a place that lets in and throws out again and again would fill the browser with them.
  const worker = options.encrypted ? new E2eeWorker() : undefined;
  const room = new Room({
    adaptiveStream: false,
    dynacast: false,
    ...(worker === undefined ? {} : { encryption: { keyProvider: keys, worker } }),
  });
  let identities: ReadonlySet<string> = new Set();
  let closing = false;
  const videos = new Map<RemoteTrackPublication, HTMLVideoElement>();

  const qualityFor = (): VideoQuality => {
    if (identities.size <= 4) return VideoQuality.HIGH;
    return identities.size <= 9 ? VideoQuality.MEDIUM : VideoQuality.LOW;
  };

  /** In an encrypted meeting only what its sender declares encrypted: anything else could come from the SFU itself. */
  const trusted = (publication: RemoteTrackPublication): boolean => !options.encrypted || publication.isEncrypted;

  const review = (): void => {
    for (const participant of room.remoteParticipants.values()) {
      const listed = identities.has(participant.identity);
      for (const publication of participant.trackPublications.values()) {
        publication.setSubscribed(listed && publication.kind === Track.Kind.Video && trusted(publication));
        if (listed && publication.source === Track.Source.Camera) publication.setVideoQuality(qualityFor());
      }
    }
  };

  const attach = (track: RemoteTrack, publication: RemoteTrackPublication): void => {
    if (track.kind !== Track.Kind.Video || !trusted(publication)) return;
    const element = document.createElement('video');
    element.muted = true;
    element.playsInline = true;
    track.attach(element);
    holder.append(element);
    videos.set(publication, element);
    const drawn: VideoFrameRequestCallback = (nowMs, { receiveTime }) => {
      if (!videos.has(publication)) return;
      if (receiveTime !== undefined) events.onPictureDelay(nowMs - receiveTime);
      element.requestVideoFrameCallback(drawn);
    };
    element.requestVideoFrameCallback(drawn);
  };

  const detach = (track: RemoteTrack, publication: RemoteTrackPublication): void => {
    for (const element of track.detach()) element.remove();
    videos.delete(publication);
  };

  const pictureOf = (participant: RemoteParticipant, source: Track.Source): HTMLVideoElement | undefined => {
    const publication = participant.getTrackPublication(source);
    return publication === undefined || publication.isMuted || !trusted(publication)
      ? undefined
      : videos.get(publication);
  };

  room
    .on(RoomEvent.TrackPublished, review)
    .on(RoomEvent.ParticipantConnected, review)
    .on(RoomEvent.TrackSubscribed, attach)
    .on(RoomEvent.TrackUnsubscribed, detach)
    .on(RoomEvent.Disconnected, () => {
      worker?.terminate();
      if (!closing) events.onLost();
    });
  try {
    await room.connect(options.url, options.jwt, { autoSubscribe: false });
    if (options.encrypted) await room.setE2EEEnabled(true);
  } catch (error) {
    closing = true;
    await room.disconnect();
    worker?.terminate();
    throw error;
  }

  return {
    setIdentities: (next) => {
      identities = next;
      review();
    },
    sources: (identity) => {
      const participant = room.remoteParticipants.get(identity);
      if (participant === undefined) return undefined;
      return {
        camera: pictureOf(participant, Track.Source.Camera),
        screen: pictureOf(participant, Track.Source.ScreenShare),
        speaking: participant.isSpeaking,
      };
    },
    isReady: () =>
      [...identities].every((identity) =>
        [...(room.remoteParticipants.get(identity)?.trackPublications.values() ?? [])]
          .filter(
            (publication) => publication.kind === Track.Kind.Video && !publication.isMuted && trusted(publication),
          )
          .every((publication) => {
            const video = videos.get(publication);
            return video !== undefined && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
          }),
      ),
    setKey: (identity, keyIndex, raw) => keys.set(identity, keyIndex, raw),
    close: async () => {
      closing = true;
      await room.disconnect();
    },
  };
}
