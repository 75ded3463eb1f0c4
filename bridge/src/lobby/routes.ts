import { lobbyDecisionSchema, PalabreError } from '@palabre/protocol';
import type { LobbyList } from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { createLimit, jsonBody } from '../operations/index.ts';
import type { Lobby } from './lobby.ts';

export interface LobbyRoutesDeps {
  /** Who asks, having proved to be joined to the room of the path. @throws {PalabreError} */
  readonly caller: (
    request: Request,
    count?: (userId: string) => void,
  ) => Promise<{ readonly userId: string; readonly roomId: string }>;
  readonly mayAdmit: (roomId: string, userId: string) => Promise<boolean>;
  readonly namesIn: (roomId: string) => Promise<ReadonlyMap<string, string>>;
  readonly lobby: Pick<Lobby, 'waiting' | 'decide'>;
  readonly now: () => number;
}

/** Decisions in ten seconds from one person; each costs the audit trail a row. */
const DECISIONS = 20;
const DECISION_WINDOW_MS = 10_000;

/** `/api/rooms/{roomId}/lobby`: who waits, and decisions about them. For those who may let people in, and nobody else. */
export function createLobbyRoutes({ caller, mayAdmit, namesIn, lobby, now }: LobbyRoutesDeps): Router {
  const router = express.Router();
  const decisions = createLimit(DECISIONS, DECISION_WINDOW_MS, now);
  const count = (userId: string): void => {
    const retryAfterMs = decisions.count(userId);
    if (retryAfterMs > 0) throw new PalabreError('M_LIMIT_EXCEEDED', 'Too many decisions', { retryAfterMs });
  };

  router.get('/api/rooms/:roomId/lobby', async (request, response) => {
    const { roomId, userId } = await caller(request);
    if (!(await mayAdmit(roomId, userId)))
      throw new PalabreError('M_FORBIDDEN', 'Only moderators of this room and of this server see who waits');
    const waiting = await lobby.waiting(roomId);
    const names = waiting.length === 0 ? new Map<string, string>() : await namesIn(roomId);
    const answer: LobbyList = {
      people: waiting.map((entry) => ({
        user_id: entry.userId,
        name: names.get(entry.userId) ?? entry.userId,
        since_ms: entry.sinceMs,
      })),
    };
    response.setHeader('Cache-Control', 'no-store');
    response.json(answer);
  });

  router.post('/api/rooms/:roomId/lobby', jsonBody(), async (request, response) => {
    const { roomId, userId } = await caller(request, count);
    const body = lobbyDecisionSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks user_ids or a known decision');
    const admit = body.data.decision === 'admit';
    await lobby.decide(roomId, body.data.user_ids, { by: userId, means: 'button', admit });
    response.json({});
  });

  return router;
}
