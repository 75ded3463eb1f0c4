import { RoomEvent, type Room } from '@livekit/rtc-node';
import { CAPTIONS_METHOD } from '@palabre/protocol';
import { createAudience, type Audience, type AudienceOptions } from './audience.ts';

/**
 * What people in the call ask of captions, and what they say that they speak. Heard for as long as we are in the call: the language
 * counts for transcripts and pictures, too.
 */
export interface CaptionRequests {
  readonly audience: Audience;
  /** @param onAsked told of each who was answered; undefined: nobody is sent captions now */
  follow(onAsked: ((identity: string) => void) | undefined): void;
}

export function takeCaptionRequests(room: Room, options: AudienceOptions): CaptionRequests {
  const audience = createAudience(options);
  let told: ((identity: string) => void) | undefined;
  room.localParticipant?.registerRpcMethod(CAPTIONS_METHOD, async ({ callerIdentity, payload }) => {
    const answer = await audience.ask(callerIdentity, payload);
    told?.(callerIdentity);
    return JSON.stringify(answer);
  });
  room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => audience.left(identity));
  return {
    audience,
    follow: (onAsked) => {
      told = onAsked;
    },
  };
}
