import { MatrixRTCSession, MatrixRTCSessionEvent } from 'matrix-js-sdk/lib/matrixrtc/index.js';
import {
  isGuarded,
  isNameable,
  KEY_WANTED_FIELD,
  MEDIA_KEYS_EVENT,
  sameTransport,
  transportAllowed,
  type TransportPolicy,
} from '@palabre/protocol';
import type { ChildConfig } from '../contract.ts';
import { guardedClient } from './guarded-client.ts';
import { createKeyQuestions } from './key-questions.ts';
import type { ChildMatrix } from './matrix.ts';
import { peopleFor } from './others.ts';
import { createSessionRoom } from './session-room.ts';

/** One device of a person in the call, on a transport we may use. */
export interface CallMember {
  readonly userId: string;
  readonly deviceId: string;
  /** LiveKit identity. */
  readonly identity: string;
  readonly name: string;
  /** Token service of the SFU they publish on, as the scribe writes it: no two spellings of one. */
  readonly service: string;
  /** Heard and drawn only while our own SFU has them, too: there it is decided who comes and for how long. */
  readonly guarded: boolean;
}

export interface MediaKey {
  readonly identity: string;
  readonly key: Uint8Array;
  readonly index: number;
}

export interface CallEvents {
  readonly onMembers: (members: readonly CallMember[]) => void;
  readonly onKey: (key: MediaKey) => void;
  /** The scribe's own key, when it is time to use it. */
  readonly onOwnKey: (key: MediaKey) => void;
  readonly onKeyDropped: (reason: string) => void;
  /** The membership cannot be kept: the child must end and a successor try again. */
  readonly onLost: (error: Error) => void;
}

/** The scribe's RTC membership: every client shows it, and in encrypted rooms sends it media keys. */
export interface Call {
  /** Their media arrives and there is no key for it: asks them for it again, at rare intervals whoever calls how often. */
  askForKey(identity: string): void;
  leave(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 20_000;

export async function joinCall(matrix: ChildMatrix, config: ChildConfig, events: CallEvents): Promise<Call> {
  const policy: TransportPolicy = {
    own: [config.serviceUrl],
    partners: config.partners.map(({ match, guarded, transports }) => ({
      match,
      guarded,
      transports: transports.map(({ service }) => service),
    })),
  };
  const isPerson = peopleFor(config);
  const services = [
    config.serviceUrl,
    ...config.partners.flatMap(({ transports }) => transports.map((one) => one.service)),
  ];
  let ownKey: Readonly<Record<string, unknown>> | undefined;
  const client = guardedClient(matrix.client, {
    onDropped: events.onKeyDropped,
    onOwnKey: (content) => {
      // The scribe's own questions come by here too.
      if (!(KEY_WANTED_FIELD in content)) ownKey = content;
    },
  });
  const questions = createKeyQuestions();
  const sessionRoom = createSessionRoom(matrix.room, () => void session.ensureRecalculateSessionMembers());
  const session = new MatrixRTCSession(client, sessionRoom.room, { application: 'm.call', id: 'ROOM' });
  await session.initialMembershipCalculated;

  const publishMembers = (): void => {
    const oldest = session.memberships[0];
    const members = session.memberships.flatMap((membership): CallMember[] => {
      const { userId, deviceId } = membership;
      if (!isPerson({ userId, deviceId })) return [];
      const transport = oldest === undefined ? undefined : membership.getTransport(oldest);
      const url: unknown = transport?.['livekit_service_url'];
      if (typeof url !== 'string' || !transportAllowed(policy, userId, url)) return [];
      const service = services.find((known) => sameTransport(known, url));
      if (service === undefined) return [];
      const name = matrix.room.getMember(userId)?.name ?? userId;
      const guarded = service !== config.serviceUrl && isGuarded(policy, userId);
      return [{ userId, deviceId, identity: membership.rtcBackendIdentity, name, service, guarded }];
    });
    events.onMembers(members);
  };

  session.on(MatrixRTCSessionEvent.MembershipsChanged, publishMembers);
  session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (key, index, member, identity) => {
    const isOwn = member.userId === config.userId && member.deviceId === config.deviceId;
    if (isOwn) events.onOwnKey({ identity, key, index });
    else if (isNameable(member.userId, member.deviceId)) events.onKey({ identity, key, index });
  });
  session.on(MatrixRTCSessionEvent.MembershipManagerError, (error) => {
    events.onLost(error instanceof Error ? error : new Error('the RTC membership failed'));
  });

  session.joinRTCSession(
    { userId: config.userId, deviceId: config.deviceId, memberId: `${config.userId}:${config.deviceId}` },
    [],
    { type: 'livekit', livekit_service_url: config.serviceUrl },
    {
      manageMediaKeys: config.encrypted,
      callIntent: 'audio',
      useKeyDelay: 1000,
      keyRotationGracePeriodMs: 10_000,
      delayedLeaveEventDelayMs: 18_000,
      delayedLeaveEventRestartMs: 4_000,
    },
  );
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  // The status is text in an enum that js-sdk does not export.
  while ((session.membershipStatus as string | undefined) !== 'Connected') {
    if (Date.now() > deadline) throw new Error('the RTC membership was not accepted in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  publishMembers();
  if (config.encrypted) session.reemitEncryptionKeys();

  return {
    askForKey: (identity) => {
      const member = session.memberships.find(({ rtcBackendIdentity }) => rtcBackendIdentity === identity);
      if (member === undefined || ownKey === undefined || !questions.due(identity)) return;
      const { userId, deviceId } = member;
      const content = { ...ownKey, sent_ts: Date.now(), [KEY_WANTED_FIELD]: true };
      // Asked again in a while, should this get lost too.
      client.encryptAndSendToDevice(MEDIA_KEYS_EVENT, [{ userId, deviceId }], content).catch(() => undefined);
    },
    leave: async () => {
      await session.leaveRoomSession(5_000).catch(() => false);
      // Without stop() the session goes on making and sending keys (reference/scribe-bot.md 3).
      await session.stop();
      sessionRoom.close();
    },
  };
}
