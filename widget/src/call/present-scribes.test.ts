import { expect, test } from '@jest/globals';
import type { Room } from 'livekit-client';
import { QUIET_METADATA, type RoomMetadata } from '@palabre/protocol';
import type { RtcMember } from './membership.ts';
import { captioningScribes, keepingScribes } from './present-scribes.ts';

const SERVICE = 'https://sfu.x/livekit/jwt';
const SCRIBE = '@scribe:x';

function sources(metadata: Partial<RoomMetadata>) {
  const text = JSON.stringify({ ...QUIET_METADATA, scribe: SCRIBE, ...metadata });
  const room = { metadata: text, remoteParticipants: new Map([['seat', {}]]) } as unknown as Room;
  const member = { userId: SCRIBE, identity: 'seat', serviceUrl: SERVICE } as unknown as RtcMember;
  return {
    rooms: [{ serviceUrl: SERVICE, room }],
    members: [member],
    policy: { own: [], partners: [] },
    ownUrl: SERVICE,
  };
}
const on = { phase: 'on', since_ms: 1 } as const;

test.each([
  ['captions alone', { captions: on }, [1, 0]],
  ['a transcript', { transcription: on }, [0, 1]],
  ['a recording and captions', { recording: on, captions: on }, [1, 1]],
  ['nothing', {}, [0, 0]],
  ['a transcript, by nobody who is named', { transcription: on, scribe: undefined }, [0, 0]],
])('what a scribe does decides what it is asked and told: %s', (_what, metadata, [captions, keeps]) => {
  expect(captioningScribes(sources(metadata))).toHaveLength(captions ?? NaN);
  expect(keepingScribes(sources(metadata))).toHaveLength(keeps ?? NaN);
});
