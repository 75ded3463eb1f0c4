import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { LivekitTransport } from '../host/index.ts';
import type { ConnectionEvents } from './connection.ts';
import type { RtcMember } from './membership.ts';
import { CallProblem } from './problem.ts';
import type { Tokens } from './tokens.ts';

class FakePublication {
  isDesired = true;
  setSubscribed(wanted: boolean): void {
    this.isDesired = wanted;
  }
}

/** A LiveKit room as far as one looks at it. */
class FakeRoom extends EventEmitter {
  metadata = '';
  readonly localParticipant = { isLocal: true, attributes: {} as Record<string, string> };
  readonly remoteParticipants = new Map<
    string,
    { identity: string; trackPublications: Map<string, FakePublication> }
  >();
  arrive(identity: string): FakePublication {
    const publication = new FakePublication();
    const trackPublications = new Map([['t', publication]]);
    this.remoteParticipants.set(identity, { identity, trackPublications });
    this.emit('ParticipantConnected', { identity });
    return publication;
  }
  depart(identity: string): void {
    this.remoteParticipants.delete(identity);
    this.emit('ParticipantDisconnected', { identity });
  }
}
interface Opened {
  readonly url: string;
  readonly room: FakeRoom;
  readonly events: ConnectionEvents;
  closed: boolean;
}
let opened: Opened[] = [];

jest.unstable_mockModule('livekit-client', () => ({
  DisconnectReason: { PARTICIPANT_REMOVED: 4 },
  RemoteTrackPublication: FakePublication,
  // Every event is called by its name.
  RoomEvent: new Proxy({}, { get: (_target, name) => name }),
}));
jest.unstable_mockModule('./connection.ts', () => ({
  createConnection: (transport: LivekitTransport, _tokens: Tokens, _encryption: unknown, events: ConnectionEvents) => {
    const made: Opened = { url: transport.livekit_service_url, room: new FakeRoom(), events, closed: false };
    opened.push(made);
    return {
      transport,
      room: made.room,
      phase: () => 'connected',
      isUndecryptable: () => false,
      close: () => {
        made.closed = true;
        return Promise.resolve();
      },
    };
  },
}));
jest.unstable_mockModule('./views.ts', () => ({
  viewsOf: ({ room, transport }: { room: FakeRoom; transport: LivekitTransport }) =>
    [...room.remoteParticipants.keys()].map((identity) => ({ identity, serviceUrl: transport.livekit_service_url })),
  audioOf: ({ identity }: { identity: string }, url: string) => [[`${url} ${identity}`, {}]],
}));
jest.unstable_mockModule('./caption-streams.ts', () => ({ receiveCaptions: () => undefined }));
const { createSfus } = await import('./sfus.ts');

const OWN = 'https://own.x/jwt';
const THEIRS = 'https://partner.y/jwt';
const policy = { own: [OWN], partners: [{ match: 'y', transports: [THEIRS] }] };
const member = (userId: string, serviceUrl: string): RtcMember => ({
  userId,
  deviceId: 'D',
  identity: `${userId}:D`,
  serviceUrl,
  joinedMs: 1,
  eventId: undefined,
});
let barriers: unknown;
let minutesLeft: number | undefined;
const open = () => {
  opened = [];
  barriers = undefined;
  let changes = 0;
  const nothing = (): void => undefined;
  const sfus = createSfus({} as unknown as Tokens, undefined, {
    onChange: () => changes++,
    onOwnPhase: nothing,
    onOwnEnd: nothing,
    onOwnMetadata: nothing,
    onSoundBlocked: nothing,
    onBarriers: (list) => (barriers = list),
    onMinutesLeft: (minutes) => (minutesLeft = minutes),
    onMetadata: nothing,
    believesCaption: () => false,
    onCaption: nothing,
  });
  sfus.connect({ type: 'livekit', livekit_service_url: OWN });
  const gather = (members: readonly RtcMember[]) =>
    sfus.gather(
      {
        members,
        policy,
        self: { userId: '@me:x', deviceId: 'D' },
        isJoined: () => true,
        nameOf: (userId) => userId,
        trustOf: () => 'unknown',
      },
      new Map(),
    );
  return { sfus, gather, changes: () => changes };
};

describe('SFUs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('of others that refuse us are closed and asked again after pauses that grow', async () => {
    const { sfus, changes } = open();
    const members = [member('@b:y', THEIRS)];
    const pauses: number[] = [];
    sfus.follow(members, policy);
    for (let refusals = 0; refusals < 3; refusals++) {
      const last = opened.at(-1);
      expect(last?.url).toBe(THEIRS);
      last?.events.onEnd(new CallProblem('not_allowed'));
      expect(last?.closed).toBe(true);
      const [count, told, beganMs] = [opened.length, changes(), Date.now()];
      while (opened.length === count) {
        await jest.advanceTimersByTimeAsync(500);
        sfus.follow(members, policy);
      }
      pauses.push(Date.now() - beganMs);
      // Somebody is told to look again, even when nothing else happens.
      await jest.advanceTimersByTimeAsync(20);
      expect(changes()).toBeGreaterThan(told);
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(5_000);
    expect(pauses[2]).toBeGreaterThan(pauses[0] ?? Infinity);
    await sfus.close();
    expect(opened[0]?.closed).toBe(true);
  });

  test('that take us into encrypted calls only are told from others, until they let us in', () => {
    const { sfus, gather } = open();
    const members = [member('@b:y', THEIRS)];
    const media = () => gather(members).people.map((person) => person.media);
    sfus.follow(members, policy);
    opened.at(-1)?.events.onEnd(new CallProblem('service_unreachable'));
    expect(media()).toEqual(['waiting']);
    jest.setSystemTime(Date.now() + 60_000);
    sfus.follow(members, policy);
    opened.at(-1)?.events.onEnd(new CallProblem('needs_encryption'));
    expect(media()).toEqual(['needs_encryption']);
    jest.setSystemTime(Date.now() + 60_000);
    sfus.follow(members, policy);
    opened.at(-1)?.events.onPhase('connected');
    expect(media()).toEqual(['waiting']);
  });

  test('that nobody uses any more are left', () => {
    const { sfus } = open();
    sfus.follow([member('@b:y', THEIRS)], policy);
    sfus.follow([], policy);
    expect(opened.map(({ url, closed }) => [url, closed])).toEqual([
      [OWN, false],
      [THEIRS, true],
    ]);
  });

  test('are heard for those who are there, not for namesakes elsewhere', () => {
    const { sfus, gather } = open();
    const [minister, mayor] = [member('@minister:x', OWN), member('@mayor:y', THEIRS)];
    sfus.follow([minister, mayor], policy);
    opened[0]?.room.arrive(minister.identity);
    opened[1]?.room.arrive(mayor.identity);
    const impostor = opened[1]?.room.arrive(minister.identity);
    gather([minister, mayor]);
    const { heard } = gather([minister, mayor]);
    expect([...heard.keys()]).toEqual([`${OWN} ${minister.identity}`, `${THEIRS} ${mayor.identity}`]);
    expect(impostor?.isDesired).toBe(false);
  });

  test('give whoever is not in the call a moment, the same when they come back, and none to those who left', async () => {
    const { gather } = open();
    const room = opened[0]?.room;
    const bob = member('@b:x', OWN);
    const first = room?.arrive(bob.identity);
    gather([]);
    await jest.advanceTimersByTimeAsync(4_000);
    gather([]);
    expect(first?.isDesired).toBe(true);
    await jest.advanceTimersByTimeAsync(2_000);
    gather([]);
    expect(first?.isDesired).toBe(false);
    gather([bob]);
    expect(first?.isDesired).toBe(true);
    gather([]);
    expect(first?.isDesired).toBe(false);
    room?.depart(bob.identity);
    gather([]);
    const again = room?.arrive(bob.identity);
    gather([]);
    expect(again?.isDesired).toBe(true);
  });

  test('of others that have us wait, or no longer have us, are named', () => {
    const { sfus } = open();
    sfus.follow([member('@b:y', THEIRS)], policy);
    const theirs = opened[1]?.events;
    expect(opened[0]?.events.onWaiting(new CallProblem('waiting'))).toBe(false);
    expect(theirs?.onWaiting(new CallProblem('waiting_alone'))).toBe(true);
    expect(barriers).toEqual([{ host: 'partner.y', why: 'waiting' }]);
    theirs?.onPhase('connected');
    expect(barriers).toEqual([]);
    theirs?.onEnd(new CallProblem('time_over'));
    expect(barriers).toEqual([{ host: 'partner.y', why: 'time_over' }]);
  });

  test('say when our time ends; those of others do not', () => {
    const { sfus } = open();
    sfus.follow([member('@b:y', THEIRS)], policy);
    const theirs = opened[1]?.room;
    if (theirs !== undefined) theirs.localParticipant.attributes['app.palabre.minutes_left'] = '1';
    theirs?.emit('ParticipantAttributesChanged', {}, theirs.localParticipant);
    expect(minutesLeft).toBeUndefined();
    const room = opened[0]?.room;
    room?.emit('ParticipantAttributesChanged', {}, { isLocal: false });
    expect(minutesLeft).toBeUndefined();
    if (room !== undefined) room.localParticipant.attributes['app.palabre.minutes_left'] = '5';
    room?.emit('ParticipantAttributesChanged', {}, room.localParticipant);
    expect(minutesLeft).toBe(5);
    if (room !== undefined) room.localParticipant.attributes['app.palabre.minutes_left'] = '';
    room?.emit('ParticipantAttributesChanged', {}, room.localParticipant);
    expect(minutesLeft).toBeUndefined();
  });
});
