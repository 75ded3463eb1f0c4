import { earlierByOpenIdSchema, PalabreError } from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { cors, createLimit, goneSignal, jsonBody } from '../operations/index.ts';
import type { Caller } from './caller.ts';
import type { Earlier } from './earlier.ts';

const PATH = '/api/rooms/:roomId/meetings';
/** Pages in ten seconds for one person; each may cost the homeserver twenty questions, the first time. */
const PAGES = 10;
const PAGE_WINDOW_MS = 10_000;

const roomIdSchema = z.string().regex(/^![^\p{Cc}\s]{1,254}$/u);
const querySchema = z.object({ before_ms: z.coerce.number().int().nonnegative().optional() });

export interface EarlierRoutesDeps {
  /** Of any session that may read what is kept of the room. */
  readonly caller: Caller;
  /** Asks the homeserver that issued an OpenID token whose it is, in turn. @throws {PalabreError} */
  readonly verifyOpenId: (
    token: { readonly accessToken: string; readonly serverName: string },
    request: Request,
  ) => Promise<string>;
  /** Joined at this moment, and of a server that policy lets in. */
  readonly mayRead: (roomId: string, userId: string) => Promise<boolean>;
  readonly earlier: Earlier;
  readonly now: () => number;
}

/**
 * `/api/rooms/{roomId}/meetings` (protocol/src/api.ts): `GET` with a session; `POST` with an OpenID token, for messengers that give
 * their calls no session (docs/decisions/0002). Pages of any origin may ask: authority travels in a header or the body.
 */
export function createEarlierRoutes(deps: EarlierRoutesDeps): Router {
  const { caller, mayRead, earlier, now } = deps;
  const router = express.Router();
  const pages = createLimit(PAGES, PAGE_WINDOW_MS, now);
  const count = (userId: string): void => {
    const retryAfterMs = pages.count(userId);
    if (retryAfterMs > 0) throw new PalabreError('M_LIMIT_EXCEEDED', 'Too many pages', { retryAfterMs });
  };

  router.use(PATH, cors('*', 'GET, POST'));
  router.get(PATH, async (request, response) => {
    const { roomId, userId } = await caller(request, count);
    const query = querySchema.safeParse(request.query);
    if (!query.success) throw new PalabreError('M_INVALID_PARAM', 'before_ms is a whole number of milliseconds');
    response.setHeader('Cache-Control', 'no-store');
    response.json(await earlier.list(roomId, userId, query.data.before_ms, goneSignal(response)));
  });
  router.post(PATH, jsonBody(), async (request, response) => {
    const body = earlierByOpenIdSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a valid openid_token or before_ms');
    const { openid_token: token, before_ms: beforeMs } = body.data;
    const userId = await deps.verifyOpenId(
      { accessToken: token.access_token, serverName: token.matrix_server_name },
      request,
    );
    count(userId);
    const { data: roomId } = roomIdSchema.safeParse(request.params.roomId);
    if (roomId === undefined || !(await mayRead(roomId, userId))) {
      throw new PalabreError('M_FORBIDDEN', 'You are not a member of this room');
    }
    response.setHeader('Cache-Control', 'no-store');
    response.json(await earlier.list(roomId, userId, beforeMs, goneSignal(response)));
  });
  return router;
}
