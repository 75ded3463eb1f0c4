import {
  ConnectionQuality,
  Track,
  type Participant,
  type RemoteParticipant,
  type TrackPublication,
} from 'livekit-client';
import type { Connection } from './connection.ts';
import type { ParticipantView, TrackView } from './people.ts';

/** Where a track is found again by the key that the store holds. */
export type TrackRegistry = Map<string, Track>;

function qualityOf(quality: ConnectionQuality): ParticipantView['quality'] {
  if (quality === ConnectionQuality.Lost) return 'lost';
  return quality === ConnectionQuality.Poor ? 'poor' : 'good';
}

/** Key of a track; the same sid on two SFUs must not meet. */
function keyOf(serviceUrl: string, publication: TrackPublication): string {
  return `${serviceUrl} ${publication.trackSid}`;
}

function viewOf(
  participant: Participant,
  serviceUrl: string,
  encrypted: boolean,
  undecryptable: boolean,
  registry: TrackRegistry,
): ParticipantView {
  const find = (source: Track.Source): TrackView | undefined => {
    const publication = participant.getTrackPublication(source);
    if (publication?.track === undefined) return undefined;
    // In an encrypted call, media that is not encrypted comes from nobody we can name.
    if (encrypted && !publication.isEncrypted) return undefined;
    const key = keyOf(serviceUrl, publication);
    registry.set(key, publication.track);
    return { key, muted: publication.isMuted };
  };
  return {
    identity: participant.identity,
    serviceUrl,
    microphone: find(Track.Source.Microphone),
    camera: find(Track.Source.Camera),
    screen: find(Track.Source.ScreenShare),
    speaking: participant.isSpeaking,
    quality: qualityOf(participant.connectionQuality),
    undecryptable,
  };
}

/**
 * Everybody on one SFU as plain data; fills `registry` with their tracks. We ourselves only where we publish.
 * That our own SFU is away is said of the whole call; that another is, of each person there.
 */
export function viewsOf(
  { room, transport, isUndecryptable, phase }: Pick<Connection, 'room' | 'transport' | 'isUndecryptable' | 'phase'>,
  options: { readonly encrypted: boolean; readonly withSelf: boolean },
  registry: TrackRegistry,
): ParticipantView[] {
  const serviceUrl = transport.livekit_service_url;
  const away = !options.withSelf && phase() !== 'connected';
  const remote = [...room.remoteParticipants.values()].map((participant): ParticipantView => {
    const view = viewOf(participant, serviceUrl, options.encrypted, isUndecryptable(participant.identity), registry);
    return away ? { ...view, speaking: false, quality: 'lost' } : view;
  });
  if (!options.withSelf || room.localParticipant.identity === '') return remote;
  return [viewOf(room.localParticipant, serviceUrl, false, false, registry), ...remote];
}

/** The audio tracks of a participant, screen sound included. */
export function audioOf(participant: RemoteParticipant, serviceUrl: string, encrypted: boolean): [string, Track][] {
  return [...participant.audioTrackPublications.values()].flatMap((publication): [string, Track][] =>
    publication.track === undefined || (encrypted && !publication.isEncrypted)
      ? []
      : [[keyOf(serviceUrl, publication), publication.track]],
  );
}
