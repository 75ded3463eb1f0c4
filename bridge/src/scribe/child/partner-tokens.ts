import { HTTPError, MatrixError, Method } from 'matrix-js-sdk';
import { CALL_SLOT, plainIdentity, sameTransport, serverOf } from '@palabre/protocol';
import { z } from 'zod';
import type { ChildConfig, MediaGrant } from '../contract.ts';
import type { ChildMatrix } from './matrix.ts';

/**
 * Tokens for SFUs of partners: the scribe asks like any other member, through its homeserver where the partner's has that door
 * (MSC4195), otherwise at the partner's token service with an OpenID token (lk-jwt-service's `/sfu/get` and `/get_token`).
 */

/** A little more than the bridge gives the partner. */
const TIMEOUT_MS = 12_000;
const ANSWER_LIMIT = 64 * 1024;
const answerSchema = z.object({ url: z.string(), jwt: z.string() });

type Place = ChildConfig['partners'][number]['transports'][number];
/** The ears have the plain identity; the recorder page one beside it. */
const memberIdOf = ({ userId, deviceId }: ChildConfig, what: 'scribe' | 'recorder') =>
  what === 'scribe' ? plainIdentity(userId, deviceId) : `${plainIdentity(userId, deviceId)}:recorder`;

async function ask(url: string, body: unknown): Promise<z.infer<typeof answerSchema>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the partner's token service answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new Error("the partner's token service answers too much");
    chunks.push(chunk);
  }
  return answerSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
}

/** @throws when our homeserver, the partner's or its bridge has no such door, or does not let us in */
async function askThroughHomeserver(
  matrix: ChildMatrix,
  config: ChildConfig,
  place: Place,
  what: 'scribe' | 'recorder',
): Promise<MediaGrant> {
  const answer: unknown = await matrix.client.http.authedRequest(
    Method.Post,
    '/rtc/livekit/get_token',
    undefined,
    {
      server_name: place.homeserver,
      url: place.sfu,
      room_id: config.roomId,
      slot_id: CALL_SLOT,
      member: { id: memberIdOf(config, what), claimed_device_id: config.deviceId },
    },
    { prefix: '/_matrix/client/unstable/io.element.msc4195', localTimeoutMs: TIMEOUT_MS },
  );
  return { url: place.sfu, jwt: answerSchema.parse(answer).jwt };
}

async function askWithOpenId(
  matrix: ChildMatrix,
  config: ChildConfig,
  place: Place,
  what: 'scribe' | 'recorder',
): Promise<MediaGrant> {
  const {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: expiresIn,
  } = await matrix.client.getOpenIdToken();
  const openIdToken = {
    access_token: accessToken,
    token_type: tokenType,
    matrix_server_name: serverOf(config.userId),
    expires_in: expiresIn,
  };
  const base = place.service.replace(/\/+$/, '');
  const { roomId, userId, deviceId } = config;
  const { url, jwt } =
    what === 'scribe'
      ? await ask(`${base}/sfu/get`, { room: roomId, openid_token: openIdToken, device_id: deviceId })
      : await ask(`${base}/get_token`, {
          room_id: roomId,
          slot_id: CALL_SLOT,
          openid_token: openIdToken,
          member: { id: memberIdOf(config, what), claimed_user_id: userId, claimed_device_id: deviceId },
        });
  if (new URL(url).origin !== new URL(place.sfu).origin) throw new Error("the partner's token leads elsewhere");
  return { url, jwt };
}

/** Is this no word about us, but a door that is missing or does not work? Whoever said no, or not now, is not asked another way. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof MatrixError && ['M_UNRECOGNIZED', 'M_INVALID_PARAM'].includes(error.errcode ?? '')) return true;
  if (!(error instanceof HTTPError)) return true;
  const { httpStatus: status = 0 } = error;
  return status === 404 || status >= 500;
}

/**
 * @param service a token service that policy allows
 * @param onOtherDoor told why the door through the homeserver did not do
 * @returns a grant whose address is the one that policy names for that service: a partner cannot send us anywhere else
 */
export async function askPartner(
  matrix: ChildMatrix,
  config: ChildConfig,
  service: string,
  what: 'scribe' | 'recorder',
  onOtherDoor: (error: unknown) => void,
): Promise<MediaGrant> {
  const place = config.partners
    .flatMap(({ transports }) => transports)
    .find((transport) => sameTransport(transport.service, service));
  if (place === undefined) throw new Error('policy names no such token service');
  if (place.homeserver !== undefined) {
    try {
      return await askThroughHomeserver(matrix, config, place, what);
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      onOtherDoor(error);
    }
  }
  return askWithOpenId(matrix, config, place, what);
}
