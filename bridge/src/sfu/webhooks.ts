import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { Router } from 'express';
import { WebhookReceiver } from 'livekit-server-sdk';
import type { Metrics } from '../operations/index.ts';
import type { ParticipantHint } from './sfu.ts';

const REMEMBER = 5_000;
/** The SFU's clock may be off by so much. */
const CLOCK_TOLERANCE_S = 60;

export interface WebhookDeps {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly onParticipant: (hint: ParticipantHint) => void;
  /** Egress has news of a room. */
  readonly onEgress: (livekitRoom: string) => void;
  readonly metrics: Metrics;
}

/** `POST /livekit/webhook` on the internal listener. A hint that something happened; whoever acts on it looks for themselves. */
export function createWebhookRoutes({ apiKey, apiSecret, onParticipant, onEgress, metrics }: WebhookDeps): Router {
  const receiver = new WebhookReceiver(apiKey, apiSecret);
  const seen = new Set<string>();
  const router = express.Router();

  // The signature covers the raw body (livekit.md 3), so nothing may parse it before.
  router.post('/livekit/webhook', express.text({ type: () => true, limit: '1mb' }), async (request, response) => {
    let event;
    try {
      event = await receiver.receive(String(request.body), request.headers.authorization, false, CLOCK_TOLERANCE_S);
    } catch {
      metrics.webhooks.inc({ result: 'refused' });
      throw new PalabreError('M_UNAUTHORIZED', 'The webhook is not signed by the SFU');
    }
    response.json({});
    // LiveKit repeats webhooks and has no replay protection.
    if (seen.has(event.id)) {
      metrics.webhooks.inc({ result: 'repeated' });
      return;
    }
    seen.add(event.id);
    if (seen.size > REMEMBER)
      for (const old of seen) {
        seen.delete(old);
        break;
      }
    metrics.webhooks.inc({ result: 'taken' });
    const { room, participant, egressInfo } = event;
    if (egressInfo !== undefined) onEgress(egressInfo.roomName);
    if (room === undefined || participant === undefined) return;
    if (event.event === 'participant_joined') {
      onParticipant({ kind: 'joined', livekitRoom: room.name, identity: participant.identity });
    } else if (event.event === 'participant_left' || event.event === 'participant_connection_aborted') {
      onParticipant({ kind: 'left', livekitRoom: room.name, identity: participant.identity });
    }
  });
  return router;
}
