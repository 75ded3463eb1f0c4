import { PalabreError, READING_SESSION_PATH, serverOf, sessionSchema, USER_ID_PATTERN } from '@palabre/protocol';
import type { ApiSession, ReadingSession } from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { MatrixError, MatrixUnreachable, requireHomeserver } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import type { DomainPolicy } from '../membership/index.ts';
import { jsonBody } from '../operations/index.ts';
import { NOT_ADMITTED } from './grant.ts';
import type { Sessions } from './sessions.ts';

const CLIENT_PATH = `/_matrix/client/${READING_SESSION_PATH}`;
const FEDERATION_PATH = `/_matrix/federation/${READING_SESSION_PATH}`;
const FED_PROXY = '/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy';
const TIMEOUT_MS = 10_000;
/** Where a Palabre has its token service, on its API origin. */
const TOKEN_SERVICE = '/livekit/jwt';

const roomId = z.string().regex(/^![^\p{Cc}\s]{1,254}$/u);
const clientSchema = z.object({ room_id: roomId, server_name: z.string().optional() });
const federationSchema = z.object({ room_id: roomId, user_id: z.string().regex(USER_ID_PATTERN) });
const relayedSchema = z.object({ status: z.int(), content: z.unknown() });

export interface ReadingDoorDeps {
  readonly sessions: Pick<Sessions, 'create'>;
  readonly isJoinedSoon: (roomId: string, userId: string) => Promise<boolean>;
  readonly policy: DomainPolicy;
  readonly client: MatrixClient;
  readonly hsToken: string;
  readonly serverName: string;
  readonly apiUrl: string;
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a valid room_id or user_id');
  return result.data;
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Sessions for reading what is kept of a room's meetings, for people outside its call. The homeserver vouches for who asks, as at
 * the door to calls; a partner's people come through both homeservers, so no service but ours ever holds their authority.
 */
export function createReadingDoor(deps: ReadingDoorDeps): Router {
  const { sessions, isJoinedSoon, policy, client, serverName, apiUrl } = deps;
  const router = express.Router();
  const homeserver = requireHomeserver(deps.hsToken, 'M_UNKNOWN_TOKEN');

  async function requireMember(room: string, userId: string): Promise<void> {
    if (!policy.of(userId).rules.enter) throw new PalabreError('M_FORBIDDEN', NOT_ADMITTED);
    if (!(await isJoinedSoon(room, userId))) {
      throw new PalabreError('M_FORBIDDEN', 'You are not a member of this room');
    }
  }

  async function open(room: string, userId: string): Promise<ApiSession> {
    await requireMember(room, userId);
    return sessions.create({ userId, deviceId: '', roomId: room }, 'reading');
  }

  /** The API origin of a partner: where policy, and nobody else, says that its token service is. */
  function partnerApi(server: string): string {
    for (const { class: serverClass, transports } of policy.servers()) {
      if (serverClass === 'denied') continue;
      for (const { service, homeserver: name } of transports) {
        if (name === server && policy.admits(server) && service.endsWith(TOKEN_SERVICE)) {
          return service.slice(0, -TOKEN_SERVICE.length);
        }
      }
    }
    throw new PalabreError('M_INVALID_PARAM', 'Nothing can be read from that server here');
  }

  async function askPartner(server: string, room: string, userId: string): Promise<ReadingSession> {
    const api = partnerApi(server);
    await requireMember(room, userId);
    let answer: unknown;
    try {
      answer = await client.request('POST', FED_PROXY, {
        body: { destination: server, method: 'POST', path: FEDERATION_PATH, body: { room_id: room, user_id: userId } },
        timeoutMs: TIMEOUT_MS,
        retries: 0,
      });
    } catch (cause) {
      if (!(cause instanceof MatrixError) && !(cause instanceof MatrixUnreachable)) throw cause;
      throw new PalabreError('M_CONNECTION_FAILED', "The partner's homeserver cannot be asked", { cause });
    }
    const relayed = relayedSchema.safeParse(answer);
    if (relayed.data?.status === 403) {
      throw new PalabreError('M_FORBIDDEN', "The partner's service does not let you read this");
    }
    const session = sessionSchema.safeParse(relayed.data?.content);
    if (relayed.data?.status !== 200 || !session.success) {
      throw new PalabreError('M_CONNECTION_FAILED', "The partner's service gave no usable answer");
    }
    return { ...session.data, api_url: api };
  }

  router.post(CLIENT_PATH, homeserver, jsonBody(), async (request, response) => {
    const userId = header(request, 'x-matrix-user-identifier');
    if (userId === undefined || header(request, 'x-matrix-origin') !== undefined || !USER_ID_PATTERN.test(userId)) {
      throw new PalabreError('M_UNAUTHORIZED', 'The homeserver does not say who asks');
    }
    const { room_id: room, server_name: server = serverName } = parsed(clientSchema, request.body);
    response.setHeader('Cache-Control', 'no-store');
    response.json(
      server === serverName
        ? { ...(await open(room, userId)), api_url: apiUrl }
        : await askPartner(server, room, userId),
    );
  });

  router.post(FEDERATION_PATH, homeserver, jsonBody(), async (request, response) => {
    const origin = header(request, 'x-matrix-origin');
    if (origin === undefined || header(request, 'x-matrix-user-identifier') !== undefined) {
      throw new PalabreError('M_UNAUTHORIZED', 'The homeserver does not say which server asks');
    }
    const { room_id: room, user_id: userId } = parsed(federationSchema, request.body);
    if (serverOf(userId) !== origin) {
      throw new PalabreError('M_FORBIDDEN', 'A server may ask for its own people only');
    }
    response.json(await open(room, userId));
  });

  return router;
}
