import { EventEmitter } from 'node:events';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { KeptPeople } from '../contract.ts';
import type { CallMember } from './call.ts';

/** A room without an SFU: it answers subscriptions when the test says so. */
class FakeRoom extends EventEmitter {
  metadata = '';
  readonly remoteParticipants = new Map([['alice', participant]]);
  connect = (): Promise<void> => Promise.resolve();
  disconnect = (): Promise<void> => Promise.resolve();
  constructor() {
    super();
    rooms.push(this);
  }
}
const rooms: FakeRoom[] = [];
const livekit = await import('@livekit/rtc-node');
jest.unstable_mockModule('@livekit/rtc-node', () => ({ ...livekit, Room: FakeRoom }));
const { openEars } = await import('./ears.ts');

const { RoomEvent, TrackKind, TrackSource } = livekit;
const ALICE = '@alice:x';
const MEMBER = { userId: ALICE, deviceId: 'A', identity: 'alice', name: 'Alice' } as CallMember;
const YES: KeptPeople = { recording: [ALICE], transcription: [] };
const NO: KeptPeople = { recording: [], transcription: [] };

const asked: boolean[] = [];
const publication = {
  sid: 'TR_a',
  kind: TrackKind.KIND_AUDIO,
  source: TrackSource.SOURCE_MICROPHONE,
  subscribed: false,
  setSubscribed: (wanted: boolean) => asked.push(wanted),
};
const participant = { identity: 'alice', trackPublications: new Map([['TR_a', publication]]) };

beforeEach(() => {
  asked.length = 0;
  publication.subscribed = false;
});

async function open() {
  const ears = await openEars({ url: 'ws://sfu', jwt: 'jwt' }, false, {
    onUtterance: () => Promise.resolve(),
    onUnheard: () => undefined,
    onKeyMissing: () => undefined,
    onMetadata: () => undefined,
    onDisconnected: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  ears.setMembers([MEMBER]);
  await ears.setMixing(() => undefined);
  return ears;
}
/** The SFU's answer to the last change. */
const settle = async (subscribed: boolean): Promise<void> => {
  publication.subscribed = subscribed;
  rooms
    .at(-1)
    ?.emit(subscribed ? RoomEvent.TrackSubscribed : RoomEvent.TrackUnsubscribed, {}, publication, participant);
  await new Promise((resolve) => setImmediate(resolve));
};

test('a yes that is taken back before the SFU has answered ends in no subscription', async () => {
  const ears = await open();
  await ears.keep(YES);
  await ears.keep(NO);
  await settle(true);
  expect(asked).toEqual([true, false]);
  await ears.close();
});

test('a yes that follows a no before the SFU has answered ends in a subscription', async () => {
  const ears = await open();
  await ears.keep(YES);
  await settle(true);
  await ears.keep(NO);
  await ears.keep(YES);
  await settle(false);
  expect(asked).toEqual([true, false, true]);
  await ears.close();
});
