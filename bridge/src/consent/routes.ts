import { CONSENT_TEXT_VERSION, consentChoiceSchema, consentGivenSchema, PalabreError } from '@palabre/protocol';
import type { ConsentPurpose, ConsentState, Rights } from '@palabre/protocol';
import express from 'express';
import type { Request, Router } from 'express';
import { jsonBody } from '../operations/index.ts';
import type { Audit } from '../governance/index.ts';
import type { Consent } from './consent.ts';

export interface ConsentRoutesDeps {
  /** Who asks, having proved to be joined to the room of the path. @throws {PalabreError} */
  readonly caller: (
    request: Request,
  ) => Promise<{ readonly userId: string; readonly deviceId: string; readonly roomId: string }>;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  readonly consent: Pick<Consent, 'stateFor' | 'answer' | 'chooseLevel'>;
  readonly audit: Audit;
  /** What is kept at this moment, or paused. */
  readonly working: (roomId: string) => readonly ConsentPurpose[];
  readonly paused: (roomId: string) => readonly ConsentPurpose[];
}

/** `/api/rooms/{roomId}/consent`: how it stands, one's own answer and, for moderators of this server, the room's level. */
export function createConsentRoutes({ caller, rightsOf, consent, audit, working, paused }: ConsentRoutesDeps): Router {
  const router = express.Router();

  router.get('/api/rooms/:roomId/consent', async (request, response) => {
    const { roomId, userId } = await caller(request);
    const state = await consent.stateFor(roomId, userId);
    const answer: ConsentState = { ...state, working: [...working(roomId)], paused: [...paused(roomId)] };
    response.setHeader('Cache-Control', 'no-store');
    response.json(answer);
  });

  router.post('/api/rooms/:roomId/consent', jsonBody(), async (request, response) => {
    const { roomId, userId, deviceId } = await caller(request);
    const body = consentGivenSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks purposes or a known answer');
    const { purposes, answer, language, how, text_version: textVersion } = body.data;
    // Nobody has agreed to words that they have not seen.
    if (answer === 'yes' && textVersion !== CONSENT_TEXT_VERSION)
      throw new PalabreError('M_INVALID_PARAM', 'The words have changed since this page was opened: open it again');
    await consent.answer({ roomId, userId, deviceId, purposes, answer, how, language, textVersion });
    response.json({});
  });

  router.post('/api/rooms/:roomId/consent/level', jsonBody(), async (request, response) => {
    const { roomId, userId } = await caller(request);
    const body = consentChoiceSchema.safeParse(request.body);
    if (!body.success) throw new PalabreError('M_BAD_JSON', 'The request lacks a known level');
    const action = { action: 'consent.setting', means: 'button', roomId, userId } as const;
    if (!(await rightsOf(roomId, userId)).may_admit) {
      await audit.refused(action, 'M_FORBIDDEN');
      throw new PalabreError('M_FORBIDDEN', 'Only moderators of this room who belong to this server may change this');
    }
    const level = body.data.level ?? undefined;
    await audit.during(action, () => consent.chooseLevel(roomId, level, userId));
    response.json({});
  });

  return router;
}
