import { MatrixRTCSession, MatrixRTCSessionEvent } from 'matrix-js-sdk/lib/matrixrtc/MatrixRTCSession.js';
import { MembershipManagerEvent } from 'matrix-js-sdk/lib/matrixrtc/IMembershipManager.js';
import { CALL_MEMBER_EVENT, isNameable } from '@palabre/protocol';
import type { Host, LivekitTransport } from '../host/index.ts';
import type { Device } from './device-trust.ts';
import { createKeyGuard } from './key-guard.ts';
import { createKeyRepair } from './key-repair.ts';
import { personId } from './people.ts';
import { createSessionClient, createSessionRoom } from './session-client.ts';
import type { Seat } from './seat.ts';

/** One device in the call, as the room says. */
export interface RtcMember {
  readonly userId: string;
  readonly deviceId: string;
  /** LiveKit identity on the member's own SFU. */
  readonly identity: string;
  /** Token service of that SFU; `undefined` when it is not one we understand. */
  readonly serviceUrl: string | undefined;
  readonly joinedMs: number;
  /** The event that announces it; reactions to it are commands. */
  readonly eventId: string | undefined;
}

export interface Membership {
  members(): readonly RtcMember[];
  own(): RtcMember | undefined;
  /** Announces us; keeps announcing until {@link Membership.leave}. */
  join(transport: LivekitTransport, seat: Seat): void;
  /** Exactly these devices' media arrive and cannot be decrypted: their keys are asked for again. */
  missingKeysOf(devices: readonly Device[]): void;
  /** Withdraws the membership; gives up waiting after `timeoutMs`, when the delayed leave will do it. */
  leave(timeoutMs: number): Promise<void>;
  /** Stops without withdrawing it: this device is in the call in another window. */
  abandon(): Promise<void>;
  close(): Promise<void>;
}

export interface MembershipEvents {
  onMembers(): void;
  onKey(identity: string, index: number, key: Uint8Array<ArrayBuffer>): void;
  /** The membership cannot be kept: the room refuses it, or too much went wrong. */
  onError(error: unknown): void;
  /** The homeserver has probably taken us out because our heartbeat did not reach it. */
  onProbablyLeft(probably: boolean): void;
}

/** Element Call's figures: others see us gone 18 s after we fell silent. */
const DELAYED_LEAVE_MS = 18_000;
const DELAYED_LEAVE_RESTART_MS = 4_000;
/**
 * From sending a new key to using it. Shorter than Element Call's second: who joins sees nothing until then, and who was removed
 * everything. Where a key takes longer, the picture stands still for a moment.
 */
const USE_KEY_AFTER_MS = 600;
const ABANDON_TIMEOUT_MS = 3_000;

function serviceUrlOf(transport: unknown): string | undefined {
  if (typeof transport !== 'object' || transport === null || !('livekit_service_url' in transport)) return undefined;
  return typeof transport.livekit_service_url === 'string' ? transport.livekit_service_url : undefined;
}

/**
 * One seat for each device: of several memberships the newest counts, which comes last. The others are left over from pages that
 * died; sticky ones stand beside each other for as long as their homeserver waits.
 */
function newestOfEachDevice(members: readonly RtcMember[]): readonly RtcMember[] {
  const newest = new Map(members.map((member) => [personId(member.userId, member.deviceId), member]));
  return members.filter((member) => newest.get(personId(member.userId, member.deviceId)) === member);
}

/** The call's memberships in the room, ours included, and the media keys that travel with them. */
export function createMembership(host: Host, events: MembershipEvents): Membership {
  const { parameters, room } = host;
  const members: { list: readonly RtcMember[] } = { list: [] };
  /** Ours, since we first joined. */
  let seat: Seat | undefined;
  const hasMembership = (userId: string, deviceId: string): boolean =>
    members.list.some((member) => member.userId === userId && member.deviceId === deviceId);
  const guard = createKeyGuard({
    roomId: parameters.roomId,
    isJoined: (userId) => room.isJoined(userId),
    hasMembership,
  });
  const repair = createKeyRepair({
    send: (devices, content) => sdk.sendKey(devices, content),
    isMember: ({ userId, deviceId }) => room.isJoined(userId) && hasMembership(userId, deviceId),
  });
  const sdk = createSessionClient(host, {
    accept: (message) => guard.accept(message),
    onDelivered: (message) => repair.received(message),
    onOwnKey: (content) => repair.ownKey(content),
  });
  const session = new MatrixRTCSession(sdk.client, createSessionRoom(room, Date.now), {
    application: 'm.call',
    id: 'ROOM',
  });

  const read = (): void => {
    const oldest = session.memberships[0];
    const before = members.list;
    const all = session.memberships.map((membership): RtcMember => {
      const identity = membership.rtcBackendIdentity;
      const known = before.find((member) => member.identity === identity);
      return {
        userId: membership.userId,
        deviceId: membership.deviceId,
        identity,
        serviceUrl: serviceUrlOf(oldest === undefined ? undefined : membership.getTransport(oldest)),
        // A sticky membership is sent anew every hour, and its owner has been here all the time.
        joinedMs: Math.min(known?.joinedMs ?? Infinity, membership.createdTs()),
        eventId: membership.eventId,
      };
    });
    const own = before.find((member) => member.identity === seat?.identity);
    // Whoever writes over it has it sent anew: until that is seen we are as much in the call as before.
    if (own !== undefined && session.isJoined() && !all.some(({ identity }) => identity === own.identity))
      all.push(own);
    members.list = newestOfEachDevice(all.filter(({ userId, deviceId }) => isNameable(userId, deviceId)));
    guard.reconsider((message) => sdk.deliver(message));
    events.onMembers();
  };
  session.on(MatrixRTCSessionEvent.MembershipsChanged, read);
  /** Who left and came back in one go says the same as before, in a new event: that is no change to the session. */
  const readIfRenewed = (): void => {
    const known = new Set(members.list.map(({ eventId }) => eventId));
    if (session.memberships.some(({ eventId }) => !known.has(eventId))) read();
  };
  session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, (key, index, _membership, identity) =>
    events.onKey(identity, index, key),
  );
  session.on(MatrixRTCSessionEvent.MembershipManagerError, (error) => events.onError(error));
  session.on(MembershipManagerEvent.ProbablyLeft, (probably) => events.onProbablyLeft(probably));

  // The SDK's manager of sessions would do this; the session itself only listens to members and sticky events.
  const stopWatching = room.onChange((change) => {
    if (change.type === CALL_MEMBER_EVENT) void session.ensureRecalculateSessionMembers().then(readIfRenewed);
  });

  return {
    members: () => members.list,
    own: () => members.list.find((member) => member.identity === seat?.identity),
    join(transport, taken) {
      seat = taken;
      const published = {
        type: 'livekit',
        livekit_service_url: transport.livekit_service_url,
        // Older clients demand it.
        livekit_alias: parameters.roomId,
      };
      sdk.abandon(false);
      session.joinRTCSession(
        { userId: parameters.userId, deviceId: parameters.deviceId, memberId: taken.memberId },
        [],
        published,
        {
          unstableSendStickyEvents: taken.announcing === 'sticky',
          manageMediaKeys: parameters.encrypted,
          useKeyDelay: USE_KEY_AFTER_MS,
          delayedLeaveEventDelayMs: DELAYED_LEAVE_MS,
          delayedLeaveEventRestartMs: DELAYED_LEAVE_RESTART_MS,
          callIntent: parameters.voiceOnly ? 'audio' : 'video',
          ...(parameters.notification === 'none' ? {} : { notificationType: parameters.notification }),
        },
      );
      // The session would make our media key only when the room echoes our membership; until then nobody could see or hear us.
      if (parameters.encrypted) void session.ensureRecalculateSessionMembers();
    },
    missingKeysOf: (devices) => repair.missing(devices),
    async leave(timeoutMs) {
      repair.reset();
      if (session.isJoined()) await session.leaveRoomSession(timeoutMs);
    },
    async abandon() {
      repair.reset();
      // A sticky membership belongs to this page alone.
      sdk.abandon(seat?.announcing !== 'sticky');
      if (session.isJoined()) await session.leaveRoomSession(ABANDON_TIMEOUT_MS);
    },
    async close() {
      stopWatching();
      repair.reset();
      sdk.close();
      session.removeAllListeners();
      await session.stop();
    },
  };
}
