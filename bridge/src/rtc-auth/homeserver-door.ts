import {
  hashedIdentity,
  memberIdentity,
  PalabreError,
  plainIdentity,
  serverOf,
  SESSION_FIELD,
} from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { MatrixError, requireHomeserver } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import { jsonBody } from '../operations/index.ts';
import type { Metrics } from '../operations/index.ts';
import type { Grant } from './grant.ts';
import { parseFederationDoor, parseHomeserverDoor } from './requests.ts';
import type { DoorMember } from './requests.ts';
import type { Sessions } from './sessions.ts';
import { counted } from './token-service.ts';

const PREFIX = 'unstable/io.element.msc4195/rtc/livekit';
const CLIENT_PATH = `/_matrix/client/${PREFIX}/get_token`;
const FEDERATION_PATH = `/_matrix/federation/${PREFIX}/get_token`;
/** Synapse gives the client's request 30 s and another server up to 124 s (homeserver-proxied-rtc.md 5). */
const REMOTE_TIMEOUT_MS = 10_000;

const USER_ID = /^@[^\p{Cc}\s:]+:[^\p{Cc}\s]+$/u;
const remoteAnswerSchema = z.object({ status: z.int(), content: z.unknown() });
const remoteTokenSchema = z.object({ url: z.string().optional(), jwt: z.string() });
const remoteErrorSchema = z.object({ errcode: z.string(), error: z.string().optional() });

export interface HomeserverDoorDeps {
  readonly grant: Grant;
  readonly sessions: Sessions;
  readonly client: MatrixClient;
  readonly hsToken: string;
  readonly serverName: string;
  readonly sfuUrl: string;
  readonly metrics: Metrics;
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Device of a request that names none: stands in the record where a device would. */
const NO_DEVICE = '';

/** Identity on the SFU. Compatibility mode names its member `user:device` and must find itself under that name. */
function identityOf(userId: string, { memberId, deviceId }: DoorMember): string {
  if (deviceId === undefined) return memberIdentity(userId, memberId);
  const plain = plainIdentity(userId, deviceId);
  return memberId === plain ? plain : hashedIdentity(userId, deviceId, memberId);
}

/**
 * MSC4195 through the homeserver (MSC4512 proxy), on the internal listener. The homeserver vouches for who asks: by
 * X-Matrix-User-Identifier on client paths, by X-Matrix-Origin on federation paths, never one in place of the other.
 */
export function createHomeserverDoor(deps: HomeserverDoorDeps): Router {
  const { grant, sessions, client, metrics, serverName, sfuUrl } = deps;
  const router = express.Router();
  const homeserver = requireHomeserver(deps.hsToken, 'M_UNKNOWN_TOKEN');
  const sameSfu = (url: string) => url.replace(/\/+$/, '') === sfuUrl;

  function requireOwnSfu(url: string): void {
    if (!sameSfu(url)) throw new PalabreError('M_INVALID_PARAM', 'This SFU is not served here');
  }

  /** Asks a partner's homeserver for a token of its SFU, on behalf of one of our people. */
  async function askRemote(userId: string, destination: string, body: ReturnType<typeof parseHomeserverDoor>) {
    const { member } = body;
    let answer;
    try {
      answer = remoteAnswerSchema.parse(
        await client.request('POST', '/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy', {
          body: {
            destination,
            method: 'POST',
            path: FEDERATION_PATH,
            body: {
              user_id: userId,
              url: body.url,
              room_id: body.roomId,
              slot_id: body.slotId,
              ...(member.deviceId === undefined
                ? { member_id: member.memberId }
                : { member: { id: member.memberId, claimed_device_id: member.deviceId } }),
            },
          },
          timeoutMs: REMOTE_TIMEOUT_MS,
        }),
      );
    } catch (cause) {
      if (cause instanceof MatrixError && cause.status === 403) {
        throw new PalabreError('M_FORBIDDEN', 'That server is not asked', { cause });
      }
      throw new PalabreError('PALABRE_UPSTREAM_UNAVAILABLE', 'The other server did not answer. Try again in a moment', {
        cause,
      });
    }
    const token = remoteTokenSchema.safeParse(answer.content);
    if (answer.status === 200 && token.success) return { url: token.data.url ?? body.url, jwt: token.data.jwt };
    const refusal = remoteErrorSchema.safeParse(answer.content);
    if (answer.status >= 400 && answer.status < 500 && refusal.success) {
      throw new PalabreError('M_FORBIDDEN', 'The other server does not let you into its part of the call');
    }
    throw new PalabreError('PALABRE_UPSTREAM_UNAVAILABLE', 'The other server could not help. Try again in a moment');
  }

  router.post(CLIENT_PATH, homeserver, jsonBody(), async (request, response) => {
    const answer = await counted(metrics, 'homeserver', async () => {
      const userId = header(request, 'x-matrix-user-identifier');
      if (userId === undefined || header(request, 'x-matrix-origin') !== undefined || !USER_ID.test(userId)) {
        throw new PalabreError('M_UNAUTHORIZED', 'The homeserver does not say who asks');
      }
      const body = parseHomeserverDoor(request.body);
      if (body.serverName !== undefined && body.serverName !== serverName) {
        return askRemote(userId, body.serverName, body);
      }
      requireOwnSfu(body.url);
      const { roomId, slotId, member } = body;
      const { url, jwt } = await grant({
        userId,
        deviceId: member.deviceId ?? NO_DEVICE,
        roomId,
        slotId,
        identity: identityOf(userId, member),
        door: 'homeserver',
        canPublish: true,
      });
      const session = await sessions.create({ userId, deviceId: member.deviceId ?? NO_DEVICE, roomId });
      return { url, jwt, [SESSION_FIELD]: session };
    });
    response.json(answer);
  });

  router.post(FEDERATION_PATH, homeserver, jsonBody(), async (request, response) => {
    const answer = await counted(metrics, 'federation', async () => {
      const origin = header(request, 'x-matrix-origin');
      if (origin === undefined || header(request, 'x-matrix-user-identifier') !== undefined) {
        throw new PalabreError('M_UNAUTHORIZED', 'The homeserver does not say which server asks');
      }
      const { userId, url, roomId, slotId, member } = parseFederationDoor(request.body);
      if (!USER_ID.test(userId) || serverOf(userId) !== origin) {
        throw new PalabreError('M_FORBIDDEN', 'A server may ask for its own people only');
      }
      requireOwnSfu(url);
      // People of other servers publish on their own SFU (lk-jwt-service does the same at this door).
      return grant({
        userId,
        deviceId: member.deviceId ?? NO_DEVICE,
        roomId,
        slotId,
        identity: identityOf(userId, member),
        door: 'federation',
        canPublish: false,
      });
    });
    response.json({ url: answer.url, jwt: answer.jwt });
  });

  return router;
}
