import { PalabreError, recheckSchema, scribeCommandSchema } from '@palabre/protocol';
import type { Rights } from '@palabre/protocol';
import express from 'express';
import type { Router } from 'express';
import { createLimit, jsonBody, type Limit } from '../operations/index.ts';
import type { Caller } from './caller.ts';
import type { GiveOrder } from './orders.ts';

/** Hints in ten seconds from one person; each costs the homeserver one question. */
const HINTS = 20;
const HINT_WINDOW_MS = 10_000;
/** Orders in ten seconds from one person; each costs the homeserver a few questions and the audit trail a row. */
const ORDERS = 20;
const ORDER_WINDOW_MS = 10_000;

export interface MeetingRoutesDeps {
  readonly caller: Caller;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  /** Looks at somebody's membership again and puts them out if it has ended. */
  readonly recheck: (roomId: string, userId: string) => Promise<void>;
  readonly give: GiveOrder;
  readonly now: () => number;
}

/** `/api/rooms/{roomId}/…` (protocol/src/api.ts). Every request asks again whether the person is joined. */
export function createMeetingRoutes(deps: MeetingRoutesDeps): Router {
  const { caller, rightsOf, give, now } = deps;
  const router = express.Router();
  const hints = createLimit(HINTS, HINT_WINDOW_MS, now);
  const orders = createLimit(ORDERS, ORDER_WINDOW_MS, now);

  const counting = (limit: Limit, what: string) => (userId: string) => {
    const retryAfterMs = limit.count(userId);
    if (retryAfterMs > 0) throw new PalabreError('M_LIMIT_EXCEEDED', `Too many ${what}`, { retryAfterMs });
  };

  router.get('/api/rooms/:roomId/rights', async (request, response) => {
    const { roomId, userId } = await caller(request);
    response.setHeader('Cache-Control', 'no-store');
    response.json(await rightsOf(roomId, userId));
  });

  router.post('/api/rooms/:roomId/recheck', jsonBody(), async (request, response) => {
    const { roomId } = await caller(request, counting(hints, 'hints'));
    const body = recheckSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a user_id');
    await deps.recheck(roomId, body.data.user_id);
    response.json({});
  });

  router.post('/api/rooms/:roomId/scribe', jsonBody(), async (request, response) => {
    const { roomId, userId } = await caller(request, counting(orders, 'orders'));
    const command = scribeCommandSchema.safeParse(request.body);
    if (!command.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a known action or object');
    const { action, what } = command.data;
    if ((action === 'pause' || action === 'resume') && what !== 'recording') {
      throw new PalabreError('M_BAD_JSON', 'Only recordings are paused and resumed');
    }
    await give({ roomId, userId, command: command.data, means: 'button' });
    response.json({});
  });

  return router;
}
