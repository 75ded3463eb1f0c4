import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Room } from 'livekit-client';

/** A device or a screen as LiveKit wraps it. */
class FakeTrack {
  source = '';
  muted = false;
  readonly mediaStreamTrack = { readyState: 'live' };
  mute(): Promise<void> {
    this.muted = true;
    return Promise.resolve();
  }
  unmute(): Promise<void> {
    this.muted = false;
    return Promise.resolve();
  }
  stop(): void {
    this.mediaStreamTrack.readyState = 'ended';
  }
}
let opened: FakeTrack[] = [];
/** What the browser asks the person before a device opens. */
let permission: Promise<void> = Promise.resolve();
const openTrack = async (): Promise<FakeTrack> => {
  await permission;
  const track = new FakeTrack();
  opened.push(track);
  return track;
};

jest.unstable_mockModule('livekit-client', () => ({
  ConnectionState: { Connected: 'connected', Reconnecting: 'reconnecting' },
  createLocalAudioTrack: openTrack,
  createLocalVideoTrack: openTrack,
  RoomEvent: {
    LocalTrackPublished: 'published',
    LocalTrackUnpublished: 'unpublished',
    Reconnected: 'reconnected',
    Disconnected: 'disconnected',
  },
  Track: { Source: { Microphone: 'microphone', Camera: 'camera', ScreenShare: 'screen', ScreenShareAudio: 'sound' } },
  VideoPresets: { h720: { resolution: {} } },
}));
Object.defineProperty(navigator, 'mediaDevices', {
  configurable: true,
  value: { enumerateDevices: () => Promise.resolve([]), addEventListener: () => undefined },
});
const { createLocalMedia } = await import('./local-media.ts');

/** The part of a LiveKit room that sends. */
class FakeRoom extends EventEmitter {
  state = 'connected';
  refuses = false;
  readonly screen = new FakeTrack();
  /** The person chooses what to share. */
  choice: Promise<void> = Promise.resolve();
  readonly trackPublications = new Map<FakeTrack, { track: FakeTrack; source: string }>();
  readonly localParticipant = {
    trackPublications: this.trackPublications,
    isScreenShareEnabled: false,
    publishTrack: (track: FakeTrack): Promise<void> => {
      if (this.refuses || this.state !== 'connected') return Promise.reject(new Error('refused'));
      this.send(track, track.source);
      return Promise.resolve();
    },
    setScreenShareEnabled: async (on: boolean): Promise<void> => {
      await this.choice;
      this.localParticipant.isScreenShareEnabled = on;
      if (on) this.send(this.screen, 'screen');
      else this.withdraw(this.screen);
    },
  };
  send(track: FakeTrack, source: string): void {
    const publication = { track, source };
    this.trackPublications.set(track, publication);
    this.emit('published', publication);
  }
  withdraw(track: FakeTrack): void {
    const publication = this.trackPublications.get(track);
    this.trackPublications.delete(track);
    if (publication !== undefined) this.emit('unpublished', publication);
  }
  /** Nothing is sent any more. */
  lose(): void {
    this.state = 'disconnected';
    for (const track of [...this.trackPublications.keys()]) this.withdraw(track);
    this.emit('disconnected');
  }
  asRoom(): Room {
    // As much of it as sending takes.
    return this as unknown as Room;
  }
}

const join = async () => {
  const media = createLocalMedia({ audio: true, video: false }, () => undefined);
  const room = new FakeRoom();
  await media.setMicrophone(true);
  await media.publishTo(room.asRoom());
  return { media, room };
};

describe('our own devices', () => {
  beforeEach(() => {
    opened = [];
    permission = Promise.resolve();
  });

  test('muted, reconnected and unmuted: the microphone is sent, once', async () => {
    const { media, room } = await join();
    await media.setMicrophone(false);
    room.lose();
    room.state = 'connected';
    await media.publishTo(room.asRoom());
    expect(room.trackPublications.size).toBe(0);
    await media.setMicrophone(true);
    expect([room.trackPublications.size, opened.length, opened[0]?.muted]).toEqual([1, 1, false]);
    expect(media.state().microphone).toMatchObject({ wanted: true, phase: 'on' });
  });

  test('what could not be sent for want of a connection is kept for the next', async () => {
    const { media, room } = await join();
    await media.setMicrophone(false);
    room.lose();
    await media.setMicrophone(true);
    expect(media.state().microphone).toMatchObject({ wanted: true, phase: 'on', trouble: undefined });
    room.state = 'connected';
    await media.publishTo(room.asRoom());
    expect(room.trackPublications.size).toBe(1);
  });

  test('what the SFU refuses is switched off, and not left live', async () => {
    const { media, room } = await join();
    room.refuses = true;
    await media.setCamera(true);
    expect(media.state().camera).toMatchObject({ wanted: false, phase: 'off', trouble: 'failed' });
    expect(opened[1]?.mediaStreamTrack.readyState).toBe('ended');
  });

  test('a device that opens after the person has left is closed', async () => {
    const { media } = await join();
    let allow: () => void = () => undefined;
    permission = new Promise((resolve) => (allow = resolve));
    const camera = media.setCamera(true);
    await Promise.resolve();
    media.suspend();
    allow();
    await camera;
    expect(opened.map((track) => track.mediaStreamTrack.readyState)).toEqual(['ended', 'ended']);
    expect([media.camera(), media.microphone()]).toEqual([undefined, undefined]);
  });
});

describe('the shared screen', () => {
  const share = async () => {
    const call = await join();
    await call.media.setScreen(true);
    expect(call.media.state().screen).toBe('on');
    return call;
  };
  const live = (room: FakeRoom): boolean => room.screen.mediaStreamTrack.readyState === 'live';

  test('stays when LiveKit takes everything back to send it anew', async () => {
    const { media, room } = await share();
    room.state = 'reconnecting';
    room.withdraw(room.screen);
    room.state = 'connected';
    room.send(room.screen, 'screen');
    room.emit('reconnected');
    expect([media.state().screen, live(room)]).toEqual(['on', true]);
  });

  test('is off when it ended while the connection was away', async () => {
    const { media, room } = await share();
    room.state = 'reconnecting';
    room.screen.stop();
    room.withdraw(room.screen);
    expect(media.state().screen).toBe('off');
  });

  test('is not captured any longer when it was not sent again, when the connection is lost, or when the person leaves', async () => {
    const first = await share();
    first.room.localParticipant.isScreenShareEnabled = false;
    first.room.emit('reconnected');
    const second = await share();
    second.room.lose();
    const third = await share();
    third.media.suspend();
    for (const { media, room } of [first, second, third])
      expect([media.state().screen, live(room)]).toEqual(['off', false]);
  });

  test('that is chosen after leaving is not captured', async () => {
    const { media, room } = await join();
    let choose: () => void = () => undefined;
    room.choice = new Promise((resolve) => (choose = resolve));
    const sharing = media.setScreen(true);
    media.suspend();
    choose();
    await sharing;
    expect([media.state().screen, live(room)]).toEqual(['off', false]);
  });
});
