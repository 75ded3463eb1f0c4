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
class FakeTrack {
  readonly kind = TrackKind.KIND_AUDIO;
}
/** Sound of one track, read once: frames are given by the test. */
class FakeStream {
  private readonly waiting: ((frame: { done: boolean; value?: { data: Int16Array } }) => void)[] = [];
  constructor() {
    streams.push(this);
  }
  getReader = () => ({
    read: () => new Promise((resolve) => this.waiting.push(resolve)),
    cancel: () => {
      for (const resolve of this.waiting.splice(0)) resolve({ done: true });
      return Promise.resolve();
    },
  });
  async give(): Promise<void> {
    this.waiting.shift()?.({ done: false, value: { data: new Int16Array(160) } });
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const streams: FakeStream[] = [];
const livekit = await import('@livekit/rtc-node');
jest.unstable_mockModule('@livekit/rtc-node', () => ({
  ...livekit,
  Room: FakeRoom,
  RemoteAudioTrack: FakeTrack,
  AudioStream: FakeStream,
}));
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

test('live captions and those in a picture hear the same track, whichever comes and goes first', async () => {
  const heard: string[] = [];
  const sink = (use: string) => ({ frame: () => heard.push(use), ended: () => heard.push(`${use} ended`) });
  const ears = await open();
  await ears.keep(YES);
  await ears.setMixing(undefined);
  await ears.setCaptioning('picture', sink('picture'));
  publication.subscribed = true;
  streams.length = 0;
  rooms.at(-1)?.emit(RoomEvent.TrackSubscribed, new FakeTrack(), publication, participant);
  const [stream] = streams;
  await stream?.give();
  await ears.setCaptioning('live', sink('live'));
  await stream?.give();
  await ears.setCaptioning('live', undefined);
  await stream?.give();
  await ears.setCaptioning('live', sink('live again'));
  await ears.setCaptioning('picture', undefined);
  await stream?.give();
  await ears.close();
  expect(heard).toEqual(['picture', 'picture', 'live', 'picture', 'live again', 'live again ended']);
  expect(streams).toHaveLength(1);
});

test('captions in a picture alone are no reason to hear somebody who did not agree', async () => {
  const ears = await open();
  await ears.keep(NO);
  await ears.setCaptioning('picture', { frame: () => undefined, ended: () => undefined });
  expect(asked).toEqual([]);
  await ears.setCaptioning('live', { frame: () => undefined, ended: () => undefined });
  expect(asked).toEqual([true]);
  await settle(true);
  await ears.setCaptioning('live', undefined);
  expect(asked).toEqual([true, false]);
  await ears.close();
});

test('captions are there once everybody whose microphone is on is really heard', async () => {
  const ears = await open();
  await ears.setMixing(undefined);
  await ears.setCaptioning('live', { frame: () => undefined, ended: () => undefined });
  let heard = false;
  const waiting = ears.whenHeard('captioning').then(() => {
    heard = true;
  });
  publication.subscribed = true;
  streams.length = 0;
  rooms.at(-1)?.emit(RoomEvent.TrackSubscribed, new FakeTrack(), publication, participant);
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(heard).toBe(false);
  await streams.at(0)?.give();
  await waiting;
  await ears.close();
});
