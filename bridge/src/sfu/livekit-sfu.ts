import { QUIET_METADATA } from '@palabre/protocol';
import type { RoomMetadata } from '@palabre/protocol';
import {
  AccessToken,
  ParticipantInfo_State,
  type ParticipantInfo,
  RoomServiceClient,
  ServerError,
  TokenVerifier,
  TrackSource,
  type ParticipantPermission,
} from 'livekit-server-sdk';
import { z } from 'zod';
import type { PublishSource, Sfu } from './sfu.ts';
import { SfuUnavailable } from './sfu.ts';
import { createTurns } from './turns.ts';

const REQUEST_TIMEOUT_S = 5;
/** The SFU's clock may be off by so much, as it allows ours to be: it signs the tokens that it renews. */
const CLOCK_TOLERANCE_S = 60;
/** As lk-jwt-service: a room stays this long without anybody, and after the last one left. */
const EMPTY_TIMEOUT_S = 300;
const DEPARTURE_TIMEOUT_S = 20;

const SOURCES: Readonly<Record<PublishSource, readonly TrackSource[]>> = {
  microphone: [TrackSource.MICROPHONE],
  camera: [TrackSource.CAMERA],
  screen: [TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO],
};

/** Participants may not change their attributes, and the SFU keeps them in the tokens that it renews. */
const DOOR_ATTRIBUTE = 'app.palabre.door';
const attributesSchema = z.object({
  [DOOR_ATTRIBUTE]: z.enum(['openid', 'homeserver', 'federation', 'scribe']).optional().catch(undefined),
});

function doorIn(attributes: unknown) {
  return attributesSchema.safeParse(attributes).data?.[DOOR_ATTRIBUTE];
}

export interface LivekitOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Is this a recorder of LiveKit Egress that records by right? It is nobody in the call; others are put out. */
  readonly isRecorder?: (identity: string) => boolean;
}

function sourcesOf(permission: ParticipantPermission | undefined): PublishSource[] {
  if (permission?.canPublish !== true) return [];
  const all: readonly PublishSource[] = ['microphone', 'camera', 'screen'];
  const named = permission.canPublishSources;
  // None named: everything.
  return all.filter((source) => named.length === 0 || SOURCES[source].some((one) => named.includes(one)));
}

function isMissing(error: unknown): boolean {
  return error instanceof ServerError && (error.code === 'not_found' || error.status === 404);
}

/** Of `ParticipantInfo.Kind`, which the SDK does not hand on. */
const EGRESS_KIND = 2;

/** Only who has the SFU's key can sign a token of this kind; ours never are. */
function isEgress({ kind, permission }: ParticipantInfo): boolean {
  const number: number = kind;
  return number === EGRESS_KIND && permission?.hidden === true && !permission.canPublish;
}

/** Is there something that a room which the SFU has lost must be told of again? */
function goesOn({ recording, transcription, captions, waiting, replaced }: RoomMetadata): boolean {
  if (replaced === true) return true;
  if (waiting !== undefined && waiting.count > 0) return true;
  return [recording, transcription, captions].some(({ phase }) => phase !== 'off' && phase !== 'failed');
}

/** The SFU behind livekit-server's API. */
export function createLivekitSfu({ url, apiKey, apiSecret, isRecorder = () => false }: LivekitOptions): Sfu {
  const rooms = new RoomServiceClient(url, apiKey, apiSecret, { requestTimeout: REQUEST_TIMEOUT_S, failover: false });
  const verifier = new TokenVerifier(apiKey, apiSecret);
  /** What a room was told, or is about to be; kept for those that must be told again. */
  const metadataByRoom = new Map<string, RoomMetadata>();
  /** Rooms whose last change did not arrive. */
  const untold = new Set<string>();

  async function call<T>(what: () => Promise<T>): Promise<T> {
    try {
      return await what();
    } catch (cause) {
      if (isMissing(cause)) throw cause;
      throw new SfuUnavailable('the SFU did not do what it was asked', { cause });
    }
  }

  /** @returns false instead of an error when the room or the participant is not there */
  async function ifThere(what: () => Promise<unknown>): Promise<boolean> {
    try {
      await call(what);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** In turn and always the whole as it is by then: of two changes on their way the older must not stay. */
  const tellRoom = createTurns(async (livekitRoom) => {
    const metadata = metadataByRoom.get(livekitRoom) ?? QUIET_METADATA;
    untold.add(livekitRoom);
    await ifThere(() => rooms.updateRoomMetadata(livekitRoom, JSON.stringify(metadata)));
    untold.delete(livekitRoom);
    if (metadataByRoom.get(livekitRoom) === metadata && !goesOn(metadata)) metadataByRoom.delete(livekitRoom);
  });
  /** Where it fails, the next look at the SFU tries once more. */
  const tellAgain = (livekitRoom: string): void => {
    tellRoom(livekitRoom).catch(() => undefined);
  };

  return {
    async ensureRoom(livekitRoom) {
      const metadata = metadataByRoom.get(livekitRoom);
      try {
        await call(() =>
          rooms.createRoom({
            name: livekitRoom,
            emptyTimeout: EMPTY_TIMEOUT_S,
            departureTimeout: DEPARTURE_TIMEOUT_S,
            // Empty leaves a running room's metadata as it is.
            ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
          }),
        );
      } finally {
        // A change may have arrived before this: what it was made with must not stay.
        if (metadataByRoom.get(livekitRoom) !== metadata) tellAgain(livekitRoom);
      }
    },
    async listRooms() {
      const all = await call(() => rooms.listRooms());
      // The patrol asks every two seconds, and the SFU answers now.
      for (const livekitRoom of untold) tellAgain(livekitRoom);
      return all.filter((room) => room.numParticipants > 0).map((room) => room.name);
    },
    async listParticipants(livekitRoom) {
      try {
        const all = await call(() => rooms.listParticipants(livekitRoom));
        return all
          .filter(({ state }) => state !== ParticipantInfo_State.DISCONNECTED)
          .filter((participant) => !isEgress(participant) || !isRecorder(participant.identity))
          .map((participant) => ({
            identity: participant.identity,
            attributes: participant.attributes,
            publish: sourcesOf(participant.permission),
            door: doorIn(participant.attributes),
            joinedMs:
              participant.joinedAtMs === 0n ? Number(participant.joinedAt) * 1000 : Number(participant.joinedAtMs),
          }));
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    silence: (livekitRoom, identity) =>
      ifThere(() =>
        rooms.updateParticipant(livekitRoom, identity, {
          permission: { canPublish: false, canSubscribe: false, canPublishData: false, canUpdateMetadata: false },
        }),
      ),
    setPublishing: (livekitRoom, identity, sources) =>
      ifThere(() =>
        rooms.updateParticipant(livekitRoom, identity, {
          permission: {
            canPublish: sources.length > 0,
            canPublishSources: sources.flatMap((source) => SOURCES[source]),
            canSubscribe: true,
            canPublishData: true,
            canUpdateMetadata: false,
          },
        }),
      ),
    setAttributes: (livekitRoom, identity, attributes) =>
      ifThere(() => rooms.updateParticipant(livekitRoom, identity, { attributes: { ...attributes } })),
    removeParticipant: (livekitRoom, identity) => ifThere(() => rooms.removeParticipant(livekitRoom, identity)),
    async setRoomMetadata(livekitRoom, change) {
      metadataByRoom.set(livekitRoom, { ...(metadataByRoom.get(livekitRoom) ?? QUIET_METADATA), ...change });
      await tellRoom(livekitRoom);
    },
    async signToken(livekitRoom, identity, { publish, door, ...grants }, ttlMs) {
      const token = new AccessToken(apiKey, apiSecret, {
        identity,
        ttl: Math.ceil(ttlMs / 1000),
        attributes: { [DOOR_ATTRIBUTE]: door },
      });
      token.addGrant({
        roomJoin: true,
        roomCreate: false,
        canUpdateOwnMetadata: false,
        ...grants,
        canPublish: publish.length > 0,
        canPublishSources: publish.flatMap((source) => SOURCES[source]),
        room: livekitRoom,
      });
      return token.toJwt();
    },
    async verifyToken(token) {
      try {
        const claims = await verifier.verify(token, CLOCK_TOLERANCE_S);
        const { sub: identity, video } = claims;
        if (typeof identity !== 'string' || identity === '' || video?.roomJoin !== true) return undefined;
        if (typeof video.room !== 'string' || video.room === '') return undefined;
        return { identity, livekitRoom: video.room, door: doorIn(claims.attributes) };
      } catch {
        // Not a token, signed by somebody else, or expired: all the same to the caller.
        return undefined;
      }
    },
  };
}
