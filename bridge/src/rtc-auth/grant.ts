import { livekitRoomName, PalabreError } from '@palabre/protocol';
import type { Log } from '../operations/index.ts';
import type { Knock, Lobby } from '../lobby/index.ts';
import type { DomainPolicy, Tombstone } from '../membership/index.ts';
import type { IdentityRecord, Sfu, SfuGrants } from '../sfu/index.ts';
import type { Identities } from './identities.ts';
import type { Probation } from './probation.ts';

/** Short: a client connects at once, and the SFU gives it fresh tokens while it is there. */
const TOKEN_LIFETIME_MS = 10 * 60_000;

export interface GrantRequest {
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  readonly slotId: string;
  readonly identity: string;
  readonly door: IdentityRecord['door'];
  /** May publish what policy allows; nobody may through doors that give ears only. */
  readonly canPublish: boolean;
  /** How the person stands at the door, where policy has them wait; absent: they only look. */
  readonly knock?: Knock | undefined;
  /** May send data and text streams without publishing: the scribe's captions. */
  readonly canSend?: boolean;
  /** Recorder page only. */
  readonly hidden?: boolean;
}

export interface Granted {
  /** What clients connect to: always the gate. */
  readonly url: string;
  readonly jwt: string;
  readonly livekitRoom: string;
}

/** For people of servers that policy does not let in. */
export const NOT_ADMITTED = 'Calls here are not open to people of your server. Ask the administrators of this service';

const NOT_JOINED = 'You are not a member of this room. Accept the invitation or ask to be invited, then try again';
const TIME_OVER = 'Your time in this meeting is over: people of your server may stay for a limited time';
const NOT_ENCRYPTED =
  'Media would pass through the servers of several organisations, which takes an encrypted room. ' +
  'Ask a moderator to turn on encryption for this room, then join again';
const MAYBE_NOT_ENCRYPTED =
  'Media would pass through the servers of several organisations, which takes an encrypted room, and this service cannot see ' +
  'whether this one is. Ask a moderator to invite its service user to the room, then join again';

function replacedBy({ successor }: Tombstone): string {
  return successor === undefined
    ? 'This room has been closed by its administrators. Nobody can join its call any more'
    : `This room has been replaced by ${successor}. Go there to join the call`;
}

/** The one function behind every door: who is joined gets a short token for that room's call. */
export type Grant = (request: GrantRequest) => Promise<Granted>;

export interface GrantDeps {
  readonly sfuUrl: string;
  readonly sfu: Sfu;
  readonly identities: Identities;
  readonly policy: DomainPolicy;
  readonly isJoinedSoon: (roomId: string, userId: string) => Promise<boolean>;
  readonly tombstoneOf: (roomId: string) => Promise<Tombstone | undefined>;
  readonly probation: Pick<Probation, 'requireFree'>;
  readonly lobby: Pick<Lobby, 'enter'>;
  /** Is there time left for them in the meeting that runs? */
  readonly mayStay: (roomId: string, userId: string) => Promise<boolean>;
  /** undefined: cannot be known. */
  readonly isEncrypted: (roomId: string) => Promise<boolean | undefined>;
  /** Told which identities were pushed out by newer ones. */
  readonly onPushedOut: (record: IdentityRecord) => void;
  readonly log: Log;
}

/**
 * @returns grant, which throws {PalabreError} M_FORBIDDEN for whoever is not joined or not let in by policy,
 * PALABRE_ROOM_REPLACED for everybody where the room was upgraded, M_LIMIT_EXCEEDED for whoever came by OpenID and took no part,
 * PALABRE_WAITING and its like for whoever must be let in, PALABRE_TIME_OVER, PALABRE_ENCRYPTION_REQUIRED for whom policy lets
 * into encrypted rooms only, and PALABRE_UPSTREAM_UNAVAILABLE when the homeserver could not be asked
 */
export function createGrant(deps: GrantDeps): Grant {
  const { sfuUrl, sfu, identities, policy, isJoinedSoon, tombstoneOf, isEncrypted } = deps;
  const { probation, lobby, mayStay, onPushedOut, log } = deps;

  /** What policy asks of their class beyond being let in at all. */
  async function passPolicy({ userId, roomId, knock }: GrantRequest): Promise<void> {
    if (policy.of(userId).encryptedRoomsOnly) {
      const encrypted = await isEncrypted(roomId);
      if (encrypted !== true)
        throw new PalabreError(
          'PALABRE_ENCRYPTION_REQUIRED',
          encrypted === false ? NOT_ENCRYPTED : MAYBE_NOT_ENCRYPTED,
        );
    }
    if (!(await mayStay(roomId, userId))) throw new PalabreError('PALABRE_TIME_OVER', TIME_OVER);
    const waited = await lobby.enter({ roomId, userId }, knock);
    // They may have left the room meanwhile.
    if (waited && !(await isJoinedSoon(roomId, userId))) throw new PalabreError('M_FORBIDDEN', NOT_JOINED);
  }

  return async (request) => {
    const { userId, roomId, slotId, identity } = request;
    const { rules } = policy.of(userId);
    if (!rules.enter) throw new PalabreError('M_FORBIDDEN', NOT_ADMITTED);
    if (!(await isJoinedSoon(roomId, userId))) {
      throw new PalabreError('M_FORBIDDEN', NOT_JOINED);
    }
    // After that only: an outsider must not make us read the rules of rooms they name.
    // The scribe of a meeting that was running may go on until it is over; a new one is not started (scribe/).
    const tombstone = request.door === 'scribe' ? undefined : await tombstoneOf(roomId);
    if (tombstone !== undefined) throw new PalabreError('PALABRE_ROOM_REPLACED', replacedBy(tombstone));
    if (request.door !== 'scribe') await passPolicy(request);
    const { deviceId, door } = request;
    const livekitRoom = livekitRoomName(roomId, slotId);
    const record = { livekitRoom, identity, roomId, slotId, userId, deviceId, door };
    if (door === 'openid') await probation.requireFree(record);
    const pushedOut = await identities.record(record);
    for (const other of pushedOut) onPushedOut(other);
    const grants: SfuGrants = {
      door,
      publish: request.canPublish ? rules.publish : [],
      canSubscribe: true,
      canPublishData: request.canPublish || request.canSend === true,
      ...(request.hidden === true ? { hidden: true, recorder: true } : {}),
    };
    const jwt = await sfu.signToken(livekitRoom, identity, grants, TOKEN_LIFETIME_MS);
    log.logger.debug({ room: log.hash(roomId), user: log.hash(userId), door }, 'token granted');
    return { url: sfuUrl, jwt, livekitRoom };
  };
}
