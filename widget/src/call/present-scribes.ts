import type { Room } from 'livekit-client';
import { sameTransport, transportAllowed, type RoomMetadata, type TransportPolicy } from '@palabre/protocol';
import type { PresentScribe } from './captions.ts';
import { readMetadata } from './meeting.ts';
import type { RtcMember } from './membership.ts';

export interface ScribeSources {
  readonly rooms: readonly { readonly serviceUrl: string; readonly room: Room }[];
  readonly members: readonly RtcMember[];
  readonly policy: TransportPolicy;
  /** Token service of the SFU we publish on. */
  readonly ownUrl: string;
}

/**
 * The scribes that do this work now. The bridge behind an SFU names its scribe in the room's metadata, which nobody else can
 * set there; of another SFU than ours that counts only if it is one where policy sends people of the scribe's server. The room
 * must say that the scribe is in the call, and the SFU that it is there.
 */
function scribesThat(
  work: (metadata: RoomMetadata) => boolean,
  { rooms, members, policy, ownUrl }: ScribeSources,
): PresentScribe[] {
  return rooms.flatMap(({ serviceUrl, room }): PresentScribe[] => {
    const metadata = readMetadata(room.metadata);
    const { scribe } = metadata;
    if (scribe === undefined || !work(metadata)) return [];
    if (!sameTransport(serviceUrl, ownUrl) && !transportAllowed({ ...policy, own: [] }, scribe, serviceUrl)) return [];
    return members
      .filter((member) => member.userId === scribe && member.serviceUrl !== undefined)
      .filter(
        (member) => sameTransport(member.serviceUrl ?? '', serviceUrl) && room.remoteParticipants.has(member.identity),
      )
      .map(({ identity }) => ({ identity, serviceUrl, room }));
  });
}

/** Those that make captions now. */
export const captioningScribes = (sources: ScribeSources): PresentScribe[] =>
  scribesThat(({ captions }) => captions.phase === 'on', sources);

/** Those that make text of what is said for later: of a transcript, or in the picture of a recording. */
export const keepingScribes = (sources: ScribeSources): PresentScribe[] =>
  scribesThat(({ recording, transcription }) => recording.phase === 'on' || transcription.phase === 'on', sources);
