import { createHash } from 'node:crypto';
import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { RequestHandler, Router } from 'express';
import { z } from 'zod';
import { bearerToken, jsonBody, sameSecret } from '../operations/index.ts';
import type { Log, Metrics } from '../operations/index.ts';
import type { Inbox } from './inbox.ts';
import { roomEventSchema } from './room-event.ts';
import type { RoomEvent } from './room-event.ts';

/** A hundred events of 64 KiB and what JSON adds. */
const TRANSACTION_LIMIT = '32mb';

const transactionIdSchema = z.string().regex(/^\P{Cc}{1,255}$/u);
const transactionSchema = z.object({ events: z.array(z.unknown()).default([]) });

export interface AppserviceRoutesDeps {
  readonly inbox: Inbox;
  readonly hsToken: string;
  /** Users that exist without the homeserver having asked before. */
  readonly ownUsers: readonly string[];
  /** A transaction could not be stored. The homeserver now waits longer and longer unless it is pinged. */
  readonly onRefused: () => void;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Lets only the homeserver through: constant-time comparison of its token, before anything is read.
 * @param code M_FORBIDDEN for the application service API, M_UNKNOWN_TOKEN for what is proxied (matrixrtc.md 2.2)
 */
export function requireHomeserver(
  hsToken: string,
  code: 'M_FORBIDDEN' | 'M_UNKNOWN_TOKEN' = 'M_FORBIDDEN',
): RequestHandler {
  return (request, _response, next) => {
    if (!sameSecret(bearerToken(request.headers.authorization), hsToken)) {
      throw new PalabreError(code, 'This is not the token of the homeserver');
    }
    next();
  };
}

/** The application service API (spec: Application Service API, "Pushing events") on the internal listener. */
export function createAppserviceRoutes(deps: AppserviceRoutesDeps): Router {
  const { inbox, hsToken, ownUsers, onRefused, log, metrics } = deps;
  const router = express.Router();
  const homeserver = requireHomeserver(hsToken);

  router.put(
    '/_matrix/app/v1/transactions/:txnId',
    homeserver,
    jsonBody(TRANSACTION_LIMIT),
    async (request, response) => {
      const txnId = transactionIdSchema.safeParse(request.params['txnId']);
      if (!txnId.success) throw new PalabreError('M_INVALID_PARAM', 'This is not the name of a transaction');
      const body = transactionSchema.safeParse(request.body);
      if (!body.success) throw new PalabreError('M_BAD_JSON', 'A transaction holds a list of events');
      const events: RoomEvent[] = [];
      for (const raw of body.data.events) {
        const event = roomEventSchema.safeParse(raw);
        if (event.success) events.push(event.data);
        // Refusing the transaction would block every later event behind it for ever.
        else log.logger.warn('an event in a transaction was not understood and is skipped');
      }
      // Transaction numbers start again when a homeserver's database is replaced: the content tells old from new.
      const digest = createHash('sha256').update(JSON.stringify(body.data.events)).digest('base64url');
      try {
        const fresh = await inbox.take(txnId.data, digest, events);
        metrics.transactions.inc({ result: fresh ? 'taken' : 'repeated' });
      } catch (error) {
        metrics.transactions.inc({ result: 'failed' });
        onRefused();
        throw error;
      }
      response.json({});
    },
  );

  router.post('/_matrix/app/v1/ping', homeserver, (_request, response) => {
    response.json({});
  });

  router.get('/_matrix/app/v1/users/:userId', homeserver, (request, response) => {
    const { userId } = request.params;
    if (typeof userId !== 'string' || !ownUsers.includes(userId)) {
      throw new PalabreError('M_NOT_FOUND', 'No such user here');
    }
    response.json({});
  });

  router.get('/_matrix/app/v1/rooms/:alias', homeserver, () => {
    throw new PalabreError('M_NOT_FOUND', 'No such room here');
  });

  return router;
}
