import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RtcMember } from './membership.ts';
import { joinPeople, type ParticipantView, type PeopleSources } from './people.ts';

const own = 'https://sfu.x/livekit/jwt';
const member = (name: string, change: Partial<RtcMember> = {}): RtcMember => ({
  userId: `@${name}:x`,
  deviceId: 'D',
  identity: `@${name}:x:D`,
  serviceUrl: own,
  joinedMs: 1000,
  eventId: `$${name}`,
  ...change,
});
const participant = (identity: string, change: Partial<ParticipantView> = {}): ParticipantView => ({
  identity,
  serviceUrl: own,
  microphone: { key: `${identity} mic`, muted: false },
  camera: undefined,
  screen: undefined,
  speaking: true,
  quality: 'good',
  undecryptable: false,
  ...change,
});
const sources = (change: Partial<PeopleSources>): PeopleSources => ({
  members: [],
  participants: [],
  self: { userId: '@me:x', deviceId: 'D' },
  policy: { own: [own] },
  isJoined: () => true,
  nameOf: (userId) => userId.slice(1, userId.indexOf(':')),
  trustOf: () => 'unknown',
  ...change,
});

describe('who is in the call', () => {
  test('a membership with its participant is here; without one it waits', () => {
    const people = joinPeople(sources({ members: [member('a'), member('b')], participants: [participant('@a:x:D')] }));
    expect(people.map(({ name, media, speaking }) => [name, media, speaking])).toEqual([
      ['a', 'here', true],
      ['b', 'waiting', false],
    ]);
  });

  test('a participant without membership is nobody', () => {
    expect(joinPeople(sources({ participants: [participant('@ghost:x:D')] }))).toEqual([]);
  });

  test('who is not joined to the room is nobody, whatever their event says', () => {
    const people = joinPeople(
      sources({ members: [member('a')], participants: [participant('@a:x:D')], isJoined: () => false }),
    );
    expect(people).toEqual([]);
  });

  test("between our SFU and a partner's there is nothing in a call that would have to be encrypted", () => {
    const theirs = 'https://sfu.y/jwt';
    const policy = { own: [own], partners: [{ match: 'y', transports: [theirs] }] };
    const bob = member('b', { userId: '@b:y', identity: '@b:y:D', serviceUrl: theirs });
    const asked = { members: [member('a'), bob], participants: [participant('@b:y:D', { serviceUrl: theirs })] };
    const seen = (change: Partial<PeopleSources>) =>
      joinPeople(sources({ ...asked, policy, ...change })).map(({ media, operator }) => [media, operator]);
    const alone = ['waiting', undefined];
    expect(seen({})).toEqual([alone, ['here', 'y']]);
    expect(seen({ policy: { ...policy, partnersClosed: true } })).toEqual([alone, ['needs_encryption', undefined]]);
    expect(seen({ wantsEncryption: (url) => url === theirs })).toEqual([alone, ['needs_encryption', undefined]]);
  });

  test('however many devices somebody announces, one that is not connected stands for all, one more where not signed', () => {
    const devices = ['A', 'B', 'C', 'D', 'E'].map((deviceId) =>
      member('m', { deviceId, identity: `@m:x:${deviceId}`, eventId: `$${deviceId}` }),
    );
    const people = joinPeople(
      sources({
        members: devices,
        participants: [participant('@m:x:C')],
        trustOf: ({ deviceId }) => (['D', 'E'].includes(deviceId) ? 'unsigned' : 'signed'),
      }),
    );
    expect(people.map(({ deviceId, media }) => [deviceId, media])).toEqual([
      ['A', 'waiting'],
      ['C', 'here'],
      ['D', 'waiting'],
    ]);
  });

  test('who must be let in is heard on an SFU of their own only while ours has them', () => {
    const theirs = 'https://sfu.y/jwt';
    const bob = member('b', { userId: '@b:y', identity: '@b:y:D', serviceUrl: theirs });
    const there = participant('@b:y:D', { serviceUrl: theirs });
    const media = (guarded: boolean, ...participants: readonly ParticipantView[]) =>
      joinPeople(
        sources({
          members: [bob],
          participants,
          policy: { own: [own], partners: [{ match: 'y', transports: [theirs], guarded }] },
        }),
      ).map((person) => [person.media, person.microphone?.key]);
    const heard = [['here', '@b:y:D mic']];
    expect(media(false, there)).toEqual(heard);
    expect(media(true, there)).toEqual([['waiting', undefined]]);
    expect(media(true, there, participant('@other:y:D'))).toEqual([['waiting', undefined]]);
    expect(media(true, there, participant('@b:y:D', { microphone: undefined }))).toEqual(heard);
  });

  test('media is taken from an allowed SFU only, and from the one the member names', () => {
    const elsewhere = 'https://evil.example/jwt';
    const people = joinPeople(
      sources({
        members: [member('a', { serviceUrl: elsewhere }), member('b'), member('c', { serviceUrl: undefined })],
        participants: [
          participant('@a:x:D', { serviceUrl: elsewhere }),
          participant('@b:x:D', { serviceUrl: elsewhere }),
          participant('@c:x:D'),
        ],
      }),
    );
    expect(people.map(({ name, media, microphone }) => [name, media, microphone])).toEqual([
      ['a', 'refused', undefined],
      ['b', 'waiting', undefined],
      ['c', 'refused', undefined],
    ]);
  });

  test('a slash at the end of a service is no difference', () => {
    const people = joinPeople(
      sources({ members: [member('a', { serviceUrl: `${own}/` })], participants: [participant('@a:x:D')] }),
    );
    expect(people[0]?.media).toBe('here');
  });

  test('people with one name are told apart, one person with two devices is not', () => {
    const people = joinPeople(
      sources({
        members: [member('a'), member('b'), member('c'), member('c', { deviceId: 'E', identity: '@c:x:E' })],
        participants: [participant('@c:x:D')],
        nameOf: (userId) => (userId === '@c:x' ? 'Chloé' : 'Alex'),
      }),
    );
    expect(people.map((person) => person.name)).toEqual(['Alex (@a:x)', 'Alex (@b:x)', 'Chloé', 'Chloé']);
  });

  test('the order is the order of arrival, and stays', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 5 }), (order) => {
        const people = joinPeople(
          sources({ members: order.map((name) => member(name, { joinedMs: 1000 - (name.codePointAt(0) ?? 0) })) }),
        );
        expect(people.map((person) => person.name)).toEqual(['e', 'd', 'c', 'b', 'a']);
      }),
    );
  });

  test('other servers are named, ourselves are known', () => {
    const people = joinPeople(
      sources({ members: [member('me'), member('a', { userId: '@a:partner', identity: '@a:partner:D' })] }),
    );
    expect(people.map(({ self, otherServer }) => [self, otherServer])).toEqual([
      [false, 'partner'],
      [true, undefined],
    ]);
  });
});
