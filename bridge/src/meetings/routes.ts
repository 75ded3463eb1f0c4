import { PalabreError, recheckSchema, scribeCommandSchema } from '@palabre/protocol';
import type { Rights } from '@palabre/protocol';
import express from 'express';
import type { Router } from 'express';
import { jsonBody } from '../operations/index.ts';
import type { Caller } from './caller.ts';
import { mayCommand } from './commands.ts';
import type { ScribePort } from './commands.ts';

/** Hints in ten seconds from one person; each costs the homeserver one question. */
const HINTS = 20;
const HINT_WINDOW_MS = 10_000;

export interface MeetingRoutesDeps {
  readonly caller: Caller;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  /** Looks at somebody's membership again and puts them out if it has ended. */
  readonly recheck: (roomId: string, userId: string) => Promise<void>;
  readonly scribe: Pick<ScribePort, 'command'>;
  readonly now: () => number;
}

/** `/api/rooms/{roomId}/…` (protocol/src/api.ts). Every request asks again whether the person is joined. */
export function createMeetingRoutes(deps: MeetingRoutesDeps): Router {
  const { caller, rightsOf, scribe, now } = deps;
  const router = express.Router();
  const hints = new Map<string, { count: number; untilMs: number }>();

  function countHint(userId: string): void {
    const entry = hints.get(userId);
    if (entry === undefined || entry.untilMs <= now()) {
      for (const [key, { untilMs }] of hints) if (untilMs <= now()) hints.delete(key);
      hints.set(userId, { count: 1, untilMs: now() + HINT_WINDOW_MS });
      return;
    }
    entry.count += 1;
    if (entry.count > HINTS) {
      throw new PalabreError('M_LIMIT_EXCEEDED', 'Too many hints', { retryAfterMs: entry.untilMs - now() });
    }
  }

  router.get('/api/rooms/:roomId/rights', async (request, response) => {
    const { roomId, userId } = await caller(request);
    response.setHeader('Cache-Control', 'no-store');
    response.json(await rightsOf(roomId, userId));
  });

  router.post('/api/rooms/:roomId/recheck', jsonBody(), async (request, response) => {
    const { roomId } = await caller(request, countHint);
    const body = recheckSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a user_id');
    await deps.recheck(roomId, body.data.user_id);
    response.json({});
  });

  router.post('/api/rooms/:roomId/scribe', jsonBody(), async (request, response) => {
    const { roomId, userId } = await caller(request);
    const command = scribeCommandSchema.safeParse(request.body);
    if (!command.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a known action or object');
    const rights = await rightsOf(roomId, userId);
    if (rights.direct) {
      throw new PalabreError('PALABRE_DIRECT_ROOM', 'Recording and transcription are not available in direct messages');
    }
    if (!rights.watcher_joined) {
      throw new PalabreError('PALABRE_WATCHER_ABSENT', `Invite ${rights.watcher_user_id} to this room first`);
    }
    if (!mayCommand(rights, command.data)) {
      const why =
        command.data.what === 'captions'
          ? 'Captions are not open to people of your server'
          : 'Only moderators of this room may record or transcribe';
      throw new PalabreError('M_FORBIDDEN', why);
    }
    await scribe.command(roomId, userId, command.data);
    response.json({});
  });

  return router;
}
