import {
  isGuarded,
  judgeTransport,
  operatorOf,
  sameTransport,
  serverOf,
  type TransportPolicy,
  type TransportVerdict,
} from '@palabre/protocol';
import type { Device, Trust } from './device-trust.ts';
import type { RtcMember } from './membership.ts';

/** A track as plain data; the thing itself stays with LiveKit and is found by `key`. */
export interface TrackView {
  readonly key: string;
  readonly muted: boolean;
}

/** A LiveKit participant as plain data. */
export interface ParticipantView {
  readonly identity: string;
  /** Token service of the SFU it is on. */
  readonly serviceUrl: string;
  readonly microphone: TrackView | undefined;
  readonly camera: TrackView | undefined;
  readonly screen: TrackView | undefined;
  readonly speaking: boolean;
  readonly quality: 'good' | 'poor' | 'lost';
  /** Their media arrives, but we have no key that opens it. */
  readonly undecryptable: boolean;
}

/** Someone in the call, as the screen shows them. */
export interface Person {
  /** Stable through reconnects: user and device. */
  readonly id: string;
  readonly identity: string;
  /** Token service of the SFU they are on; undefined while `media` is not `here`. */
  readonly serviceUrl: string | undefined;
  readonly userId: string;
  readonly deviceId: string;
  readonly name: string;
  /** The person's homeserver, when it is not ours. */
  readonly otherServer: string | undefined;
  readonly self: boolean;
  readonly joinedMs: number;
  /**
   * `here`: connected to the SFU. `waiting`: in the room's call, but no media yet. `refused`: their media is offered by a
   * service we do not trust for their server. `needs_encryption`: between their SFU and ours policy wants an encrypted call.
   */
  readonly media: 'here' | 'waiting' | 'refused' | 'needs_encryption';
  /** Whose servers their media passes through, when they are not ours. */
  readonly operator: string | undefined;
  readonly microphone: TrackView | undefined;
  readonly camera: TrackView | undefined;
  readonly screen: TrackView | undefined;
  readonly speaking: boolean;
  readonly quality: 'good' | 'poor' | 'lost';
  /** Their media arrives, but we have no key that opens it. */
  readonly undecryptable: boolean;
  /** Has the person confirmed this device? */
  readonly trust: Trust;
}

/**
 * How it stands with the encryption of one person's media in an encrypted call. `encrypted` says nothing about whose device it is,
 * because the messenger does not.
 */
export type EncryptionState = 'encrypted' | 'confirmed' | 'unconfirmed' | 'undecryptable';

export function encryptionOf({ trust, undecryptable }: Pick<Person, 'trust' | 'undecryptable'>): EncryptionState {
  if (trust === 'unsigned') return 'unconfirmed';
  if (undecryptable) return 'undecryptable';
  return trust === 'signed' ? 'confirmed' : 'encrypted';
}

export interface PeopleSources {
  readonly members: readonly RtcMember[];
  readonly participants: readonly ParticipantView[];
  readonly self: { readonly userId: string; readonly deviceId: string };
  readonly policy: TransportPolicy;
  /** Has this service told us that it takes us into encrypted calls only? */
  wantsEncryption?(serviceUrl: string): boolean;
  isJoined(userId: string): boolean;
  nameOf(userId: string): string;
  trustOf(device: Device): Trust;
}

export function personId(userId: string, deviceId: string): string {
  return `${userId}|${deviceId}`;
}

/** Names that several people share get the user id behind them, so that nobody can pass for somebody else. */
function distinctNames(members: readonly RtcMember[], nameOf: (userId: string) => string): (userId: string) => string {
  const users = new Map<string, Set<string>>();
  for (const { userId } of members) {
    const key = nameOf(userId).normalize('NFKC').trim().toLowerCase();
    users.set(key, (users.get(key) ?? new Set()).add(userId));
  }
  return (userId) => {
    const name = nameOf(userId);
    const sharing = users.get(name.normalize('NFKC').trim().toLowerCase());
    return name !== userId && (sharing?.size ?? 0) > 1 ? `${name} (${userId})` : name;
  };
}

/** Whose servers, beside our own, media of these people passes through. */
export function operatorsOf(people: readonly Person[]): readonly string[] {
  return [...new Set(people.flatMap((person) => person.operator ?? []))].sort();
}

function verdictOn(serviceUrl: string, userId: string, sources: PeopleSources): TransportVerdict {
  const verdict = judgeTransport(sources.policy, userId, serviceUrl);
  return verdict === 'allowed' && sources.wantsEncryption?.(serviceUrl) === true ? 'needs_encryption' : verdict;
}

/** Whose class has a lobby or a time limit is heard on an SFU of their own only while ours has let them in. */
function isKeptOut(member: RtcMember, service: string, { participants, policy }: PeopleSources): boolean {
  const isOurs = (url: string): boolean => policy.own.some((own) => sameTransport(own, url));
  if (isOurs(service) || !isGuarded(policy, member.userId)) return false;
  return !participants.some(({ identity, serviceUrl }) => identity === member.identity && isOurs(serviceUrl));
}

/** Anybody can write any number of memberships for themselves: of devices without media one stands for all, and one more where unsigned. */
function oneForAbsent(people: readonly Person[]): readonly Person[] {
  const seen = new Set<string>();
  return people.filter(({ userId, self, media, trust }) => {
    if (self || media === 'here') return true;
    const key = `${userId} ${String(trust === 'unsigned')}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * Who is in the call: devices with an RTC membership whose user is joined to the room, each with the LiveKit participant of the
 * same identity on its own, allowed SFU. A participant without membership is nobody: not shown and not heard. A membership
 * without participant waits for media, one for each user. Oldest first.
 */
export function joinPeople(sources: PeopleSources): readonly Person[] {
  const { members, participants, self, policy } = sources;
  const ownServer = serverOf(self.userId);
  const present = members.filter((member) => sources.isJoined(member.userId));
  const nameOf = distinctNames(present, (userId) => sources.nameOf(userId));
  const people = present
    .map((member): Person => {
      const isSelf = member.userId === self.userId && member.deviceId === self.deviceId;
      const { serviceUrl } = member;
      const verdict = serviceUrl === undefined ? 'refused' : verdictOn(serviceUrl, member.userId, sources);
      const service = verdict === 'allowed' ? serviceUrl : undefined;
      const participant =
        service === undefined || isKeptOut(member, service, sources)
          ? undefined
          : participants.find((item) => item.identity === member.identity && sameTransport(item.serviceUrl, service));
      const server = serverOf(member.userId);
      return {
        id: personId(member.userId, member.deviceId),
        identity: member.identity,
        serviceUrl: participant?.serviceUrl,
        userId: member.userId,
        deviceId: member.deviceId,
        name: nameOf(member.userId),
        otherServer: server === ownServer ? undefined : server,
        self: isSelf,
        joinedMs: member.joinedMs,
        media: participant !== undefined ? 'here' : verdict === 'allowed' || isSelf ? 'waiting' : verdict,
        operator: service === undefined ? undefined : operatorOf(policy, service),
        microphone: participant?.microphone,
        camera: participant?.camera,
        screen: participant?.screen,
        speaking: participant?.speaking ?? false,
        quality: participant?.quality ?? 'good',
        undecryptable: participant?.undecryptable ?? false,
        trust: sources.trustOf(member),
      };
    })
    .sort((a, b) => a.joinedMs - b.joinedMs || (a.id < b.id ? -1 : 1));
  return oneForAbsent(people);
}
