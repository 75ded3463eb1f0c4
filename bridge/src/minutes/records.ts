import { minutesFactsSchema, type MinutesFacts } from '@palabre/protocol';
import * as z from 'zod';
import type { Sealer } from '../transcription/index.ts';
import type { MinutesRequest } from './deps.ts';
import type { MinutesRow } from './store.ts';

/** What lies in the database of minutes, sealed: at first what was said, then what was made of it. */
export interface Records {
  sealTalk(id: string, request: Pick<MinutesRequest, 'facts' | 'talk'>): Uint8Array;
  talkOf(row: MinutesRow): Pick<MinutesRequest, 'facts' | 'talk'>;
  sealFacts(id: string, facts: MinutesFacts): Uint8Array;
  factsOf(row: MinutesRow): MinutesFacts;
}

const talkSchema = z.object({
  facts: z.object({
    started_ms: z.number(),
    duration_ms: z.number(),
    participants: z.array(z.object({ user_id: z.string(), name: z.string() })),
  }),
  talk: z.object({
    lines: z.array(
      z.object({
        userId: z.string(),
        name: z.string(),
        startMs: z.number(),
        endMs: z.number(),
        text: z.string(),
        eventId: z.string().optional(),
      }),
    ),
    language: z.string(),
  }),
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function createRecords(sealer: Sealer): Records {
  const seal = (id: string, value: unknown): Uint8Array =>
    sealer.seal(encoder.encode(JSON.stringify(value)), `minutes:${id}`);
  const open = ({ id, body }: MinutesRow): unknown => {
    if (body === undefined) throw new Error('minutes without a body');
    return JSON.parse(decoder.decode(sealer.open(body, `minutes:${id}`)));
  };
  return {
    sealTalk: (id, { facts, talk }) => seal(id, { facts, talk }),
    talkOf: (row) => talkSchema.parse(open(row)),
    sealFacts: (id, facts) => seal(id, facts),
    factsOf: (row) => minutesFactsSchema.parse(open(row)),
  };
}
