import { CALL_SLOT, hashedIdentity, PalabreError, plainIdentity } from '@palabre/protocol';
import express from 'express';
import type { Request, Response, Router } from 'express';
import { cors, goneSignal, jsonBody, toPalabreError } from '../operations/index.ts';
import type { Knock } from '../lobby/index.ts';
import type { Metrics } from '../operations/index.ts';
import type { FairTurns } from './fair-turns.ts';
import type { Grant, Granted } from './grant.ts';
import type { VerifyOpenId } from './openid.ts';
import { parseGetToken, parseSfuGet } from './requests.ts';

export interface TokenServiceDeps {
  readonly grant: Grant;
  readonly verifyOpenId: VerifyOpenId;
  readonly turns: FairTurns;
  /** Where a request comes from. */
  readonly addressOf: (request: Request) => string | undefined;
  readonly metrics: Metrics;
}

/** How long a request waits for somebody to be let in; browsers and proxies give up later. */
const PATIENCE_MS = 20_000;

/** Runs a door and counts how it went. */
export async function counted<T>(metrics: Metrics, door: string, what: () => Promise<T>): Promise<T> {
  const stop = metrics.grantSeconds.startTimer({ door });
  try {
    const result = await what();
    metrics.grants.inc({ door, result: 'ok' });
    return result;
  } catch (error) {
    metrics.grants.inc({ door, result: toPalabreError(error).code });
    throw error;
  } finally {
    stop();
  }
}

/**
 * The MatrixRTC authorization service as lk-jwt-service 0.5 serves it (matrixrtc.md 1.7, 2.1), mounted below
 * `livekit_service_url`. An OpenID token proves a name, not intent: nothing but media rights comes from here.
 */
export function createTokenService({ grant, verifyOpenId, turns, addressOf, metrics }: TokenServiceDeps): Router {
  const router = express.Router();
  // Only where something is served: OPTIONS on an unknown path is unknown, too.
  const open = cors('*', 'POST');

  /** `?ahead`: asked for before the person has decided to come (our widget); nobody is disturbed for that. */
  function knockOf(request: Request, response: Response): Knock | undefined {
    return 'ahead' in request.query ? undefined : { patienceMs: PATIENCE_MS, signal: goneSignal(response) };
  }

  function door(
    path: string,
    work: (body: unknown, verify: VerifyOpenId, knock: Knock | undefined) => Promise<Granted>,
  ): void {
    router
      .route(path)
      .all(open)
      .post(jsonBody(), async (request: Request, response: Response) => {
        // Anybody may name any server: the address keeps a flood in its name from its own people.
        const verify: VerifyOpenId = (token) =>
          turns({ server: token.serverName, who: addressOf(request) }, () => verifyOpenId(token));
        const { url, jwt } = await counted(metrics, path, () => work(request.body, verify, knockOf(request, response)));
        response.json({ url, jwt });
      })
      .all((_request, response) => {
        response
          .status(405)
          .setHeader('Allow', 'POST, OPTIONS')
          .json({ errcode: 'M_UNRECOGNIZED', error: 'Only POST is served on this path' });
      });
  }

  door('/sfu/get', async (body, verify, knock) => {
    const { roomId, deviceId, openId } = parseSfuGet(body);
    const userId = await verify(openId);
    return grant({
      userId,
      deviceId,
      roomId,
      slotId: CALL_SLOT,
      identity: plainIdentity(userId, deviceId),
      door: 'openid',
      canPublish: true,
      knock,
    });
  });

  door('/get_token', async (body, verify, knock) => {
    const { roomId, slotId, memberId, claimedUserId, deviceId, openId } = parseGetToken(body);
    const userId = await verify(openId);
    if (claimedUserId !== userId) {
      throw new PalabreError('M_UNAUTHORIZED', 'The claimed user is not the one your homeserver names');
    }
    return grant({
      userId,
      deviceId,
      roomId,
      slotId,
      identity: hashedIdentity(userId, deviceId, memberId),
      door: 'openid',
      canPublish: true,
      knock,
    });
  });

  router.route('/healthz').get(cors('*', 'GET'), (_request, response) => {
    response.status(200).end();
  });
  return router;
}
