import type { Room } from 'livekit-client';
import { sameTransport, transportAllowed, type TransportPolicy } from '@palabre/protocol';
import type { CaptioningScribe } from './captions.ts';
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
 * The scribes that make captions now. The bridge behind an SFU names its scribe in the room's metadata, which nobody else can
 * set there; of another SFU than ours that counts only if it is one where policy sends people of the scribe's server. The room
 * must say that the scribe is in the call, and the SFU that it is there.
 */
export function captioningScribes({ rooms, members, policy, ownUrl }: ScribeSources): CaptioningScribe[] {
  return rooms.flatMap(({ serviceUrl, room }): CaptioningScribe[] => {
    const { scribe, captions } = readMetadata(room.metadata);
    if (scribe === undefined || captions.phase !== 'on') return [];
    if (!sameTransport(serviceUrl, ownUrl) && !transportAllowed({ ...policy, own: [] }, scribe, serviceUrl)) return [];
    return members
      .filter((member) => member.userId === scribe && member.serviceUrl !== undefined)
      .filter(
        (member) => sameTransport(member.serviceUrl ?? '', serviceUrl) && room.remoteParticipants.has(member.identity),
      )
      .map(({ identity }) => ({ identity, serviceUrl, room }));
  });
}
