import {
  hashedIdentity,
  memberIdentity,
  PalabreError,
  plainIdentity,
  serverOf,
  SESSION_FIELD,
  USER_ID_PATTERN,
} from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { requireHomeserver } from '../appservice/index.ts';
import { goneSignal, jsonBody } from '../operations/index.ts';
import type { Metrics } from '../operations/index.ts';
import type { Grant } from './grant.ts';
import type { AskPartner } from './partner-door.ts';
import { parseFederationDoor, parseHomeserverDoor } from './requests.ts';
import type { DoorMember, DoorRequest } from './requests.ts';
import type { Sessions } from './sessions.ts';
import { counted } from './token-service.ts';

const PREFIX = 'unstable/io.element.msc4195/rtc/livekit';
const CLIENT_PATH = `/_matrix/client/${PREFIX}/get_token`;
const FEDERATION_PATH = `/_matrix/federation/${PREFIX}/get_token`;

/** How long a request waits for somebody to be let in: the widget gives its messenger 10 s. */
const PATIENCE_MS = 7_000;

export interface HomeserverDoorDeps {
  readonly grant: Grant;
  readonly sessions: Sessions;
  /** For SFUs that are not ours. */
  readonly askPartner: AskPartner;
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
  const { grant, sessions, askPartner, metrics, serverName, sfuUrl } = deps;
  const router = express.Router();
  const homeserver = requireHomeserver(deps.hsToken, 'M_UNKNOWN_TOKEN');

  const isOwnSfu = (url: string) => url.replace(/\/+$/, '') === sfuUrl;

  async function ownToken(userId: string, { roomId, slotId, member, ahead }: DoorRequest, gone: AbortSignal) {
    const deviceId = member.deviceId ?? NO_DEVICE;
    const identity = identityOf(userId, member);
    const { url, jwt } = await grant({
      userId,
      deviceId,
      roomId,
      slotId,
      identity,
      door: 'homeserver',
      canPublish: true,
      knock: ahead ? undefined : { patienceMs: PATIENCE_MS, signal: gone },
    });
    const session = await sessions.create({ userId, deviceId, roomId });
    return { url, jwt, [SESSION_FIELD]: session };
  }

  router.post(CLIENT_PATH, homeserver, jsonBody(), async (request, response) => {
    const userId = header(request, 'x-matrix-user-identifier');
    const answer = await counted(metrics, 'homeserver', async () => {
      if (userId === undefined || header(request, 'x-matrix-origin') !== undefined || !USER_ID_PATTERN.test(userId)) {
        throw new PalabreError('M_UNAUTHORIZED', 'The homeserver does not say who asks');
      }
      const asked = parseHomeserverDoor(request.body);
      // Counted by themselves as well: how partners answer.
      if (!isOwnSfu(asked.url)) return counted(metrics, 'partner', () => askPartner(userId, asked));
      if (asked.serverName !== undefined && asked.serverName !== serverName) {
        throw new PalabreError('M_INVALID_PARAM', 'This SFU is not of that server');
      }
      return ownToken(userId, asked, goneSignal(response));
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
      if (serverOf(userId) !== origin) {
        throw new PalabreError('M_FORBIDDEN', 'A server may ask for its own people only');
      }
      if (!isOwnSfu(url)) throw new PalabreError('M_INVALID_PARAM', 'This SFU is not served here');
      // People of other servers publish on their own SFU (lk-jwt-service does the same at this door).
      return grant({
        userId,
        deviceId: member.deviceId ?? NO_DEVICE,
        roomId,
        slotId,
        identity: identityOf(userId, member),
        door: 'federation',
        canPublish: false,
        // Two homeservers stand in between, each with a time limit of its own.
        knock: { patienceMs: 0, signal: goneSignal(response) },
      });
    });
    response.json({ url: answer.url, jwt: answer.jwt });
  });

  return router;
}
