import { AHEAD_FIELD, DEVICE_ID_PATTERN, PalabreError, USER_ID_PATTERN } from '@palabre/protocol';
import { z } from 'zod';

/** Member ids may hold what compatibility mode puts there (`@user:server:DEVICE`); the hash is over JSON, so it stays unambiguous. */
const MEMBER_ID_PATTERN = /^[A-Za-z0-9._~=+/@:[\]!$-]{1,512}$/;
const ROOM_ID_PATTERN = /^![^\p{Cc}\s]{1,254}$/u;
const SLOT_ID_PATTERN = /^\P{Cc}{1,255}$/u;

const text = z.string().optional();
const openid = z
  .strictObject({ access_token: text, token_type: text, matrix_server_name: text, expires_in: z.number().optional() })
  .optional();
/** Known but not served: Element Call asks again without them after M_BAD_JSON (matrixrtc.md 1.4). */
const delays = { delay_id: text, delay_timeout: z.number().optional(), delay_cs_api_url: text };

const sfuGetSchema = z.strictObject({ room: text, openid_token: openid, device_id: text, ...delays });
const getTokenSchema = z.strictObject({
  room_id: text,
  slot_id: text,
  openid_token: openid,
  member: z.strictObject({ id: text, claimed_user_id: text, claimed_device_id: text }).optional(),
  ...delays,
});
/** MSC4195 through the homeserver; drafts differ in the member, and later ones may add fields. */
const doorMember = z.object({ id: text, claimed_device_id: text });
const homeserverSchema = z.object({
  url: text,
  room_id: text,
  slot_id: text,
  member: doorMember.optional(),
  member_id: text,
  server_name: text,
  [AHEAD_FIELD]: z.boolean().optional(),
});
const federationSchema = homeserverSchema.omit({ server_name: true }).extend({ user_id: text });

export interface OpenIdToken {
  readonly accessToken: string;
  readonly serverName: string;
}

function bad(what: string): PalabreError {
  return new PalabreError('M_BAD_JSON', `The request lacks a valid ${what}`);
}

function required(value: string | undefined, what: string, pattern?: RegExp): string {
  if (value === undefined || value === '' || (pattern !== undefined && !pattern.test(value))) throw bad(what);
  return value;
}

/** A wrong type or an unknown field is a decoding error, as in lk-jwt-service; a missing value is not. */
function decode<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new PalabreError('M_NOT_JSON', 'The request does not have the expected form');
  return result.data;
}

function openIdToken(value: z.infer<typeof openid>): OpenIdToken {
  return {
    accessToken: required(value?.access_token, 'openid_token.access_token'),
    serverName: required(value?.matrix_server_name, 'openid_token.matrix_server_name'),
  };
}

function refuseDelays(body: { delay_id?: unknown; delay_timeout?: unknown; delay_cs_api_url?: unknown }): void {
  if (body.delay_id !== undefined || body.delay_timeout !== undefined || body.delay_cs_api_url !== undefined) {
    throw new PalabreError('M_BAD_JSON', 'Delegated leaves are not served here');
  }
}

/** `POST /sfu/get` @throws {PalabreError} M_NOT_JSON, M_BAD_JSON */
export function parseSfuGet(body: unknown) {
  const data = decode(sfuGetSchema, body);
  refuseDelays(data);
  return {
    roomId: required(data.room, 'room', ROOM_ID_PATTERN),
    deviceId: required(data.device_id, 'device_id', DEVICE_ID_PATTERN),
    openId: openIdToken(data.openid_token),
  };
}

/** `POST /get_token` @throws {PalabreError} M_NOT_JSON, M_BAD_JSON */
export function parseGetToken(body: unknown) {
  const data = decode(getTokenSchema, body);
  refuseDelays(data);
  return {
    roomId: required(data.room_id, 'room_id', ROOM_ID_PATTERN),
    slotId: required(data.slot_id, 'slot_id', SLOT_ID_PATTERN),
    memberId: required(data.member?.id, 'member.id', MEMBER_ID_PATTERN),
    claimedUserId: required(data.member?.claimed_user_id, 'member.claimed_user_id'),
    deviceId: required(data.member?.claimed_device_id, 'member.claimed_device_id', DEVICE_ID_PATTERN),
    openId: openIdToken(data.openid_token),
  };
}

/** Member of a request through the homeserver: with a device (js-sdk 43), or by id alone (newest draft). */
export interface DoorMember {
  readonly memberId: string;
  readonly deviceId: string | undefined;
}

function doorMemberOf(data: z.infer<typeof federationSchema>): DoorMember {
  if (data.member === undefined) {
    return { memberId: required(data.member_id, 'member_id', MEMBER_ID_PATTERN), deviceId: undefined };
  }
  return {
    memberId: required(data.member.id, 'member.id', MEMBER_ID_PATTERN),
    deviceId: required(data.member.claimed_device_id, 'member.claimed_device_id', DEVICE_ID_PATTERN),
  };
}

/** What a client asks for through its homeserver. */
export interface DoorRequest {
  /** Address of the SFU. */
  readonly url: string;
  readonly roomId: string;
  readonly slotId: string;
  readonly member: DoorMember;
  /** Whose SFU it is, if the client says so. */
  readonly serverName: string | undefined;
  /** Before the person has decided to come: nobody is asked to let them in. */
  readonly ahead: boolean;
}

/** MSC4195 `get_token`, client side @throws {PalabreError} M_NOT_JSON, M_BAD_JSON */
export function parseHomeserverDoor(body: unknown): DoorRequest {
  const data = decode(homeserverSchema, body);
  return {
    url: required(data.url, 'url'),
    roomId: required(data.room_id, 'room_id', ROOM_ID_PATTERN),
    slotId: required(data.slot_id, 'slot_id', SLOT_ID_PATTERN),
    member: doorMemberOf(data),
    serverName: data.server_name,
    ahead: data[AHEAD_FIELD] ?? false,
  };
}

/** MSC4195 `get_token`, between servers @throws {PalabreError} M_NOT_JSON, M_BAD_JSON */
export function parseFederationDoor(body: unknown) {
  const data = decode(federationSchema, body);
  return {
    userId: required(data.user_id, 'user_id', USER_ID_PATTERN),
    url: required(data.url, 'url'),
    roomId: required(data.room_id, 'room_id', ROOM_ID_PATTERN),
    slotId: required(data.slot_id, 'slot_id', SLOT_ID_PATTERN),
    member: doorMemberOf(data),
  };
}
