import { minutesCommandSchema, PalabreError } from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { jsonBody } from '../operations/index.ts';
import type { Minutes } from './minutes.ts';

export interface MinutesRoutesDeps {
  /** Who asks, having proved to be joined to the room of the path. @throws {PalabreError} */
  readonly caller: (request: Request) => Promise<{ readonly userId: string; readonly roomId: string }>;
  readonly minutes: Pick<Minutes, 'list' | 'obey'>;
}

/** `/api/rooms/{roomId}/minutes`: drafts, and whether there are any. Each request asks again who may. */
export function createMinutesRoutes({ caller, minutes }: MinutesRoutesDeps): Router {
  const router = express.Router();

  router.get('/api/rooms/:roomId/minutes', async (request, response) => {
    const { roomId, userId } = await caller(request);
    response.setHeader('Cache-Control', 'no-store');
    response.json(await minutes.list(roomId, userId));
  });

  router.post('/api/rooms/:roomId/minutes', jsonBody(), async (request, response) => {
    const { roomId, userId } = await caller(request);
    const command = minutesCommandSchema.safeParse(request.body);
    if (!command.success)
      throw new PalabreError('M_BAD_JSON', 'The request lacks a known action, or its text is too long');
    await minutes.obey(roomId, userId, command.data);
    response.json({});
  });

  return router;
}
