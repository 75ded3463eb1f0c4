import * as z from 'zod/mini';
import { engineProvenanceSchema, gapSchema } from './results.ts';
import { transcriptLineSchema, transcriptMarksSchema } from './transcript.ts';

/** The transcript as a file for programs (`format: json` of a transcript); described in docs/transcript-format.md. */

/** Times are milliseconds from `started_ms` of the document, here and below. */
const wordSchema = z.object({ text: z.string(), start_ms: z.number(), end_ms: z.number() });

/** What was said in one breath: the unit that was given to the speech engine. */
const utteranceSchema = z.object({
  start_ms: z.number(),
  end_ms: z.number(),
  text: z.string(),
  /** ISO 639-1, as the engine found it or was told. */
  language: z.optional(z.string()),
  /** The engine it comes from: one of `provenance`. */
  model: z.optional(z.string()),
  /** Empty where the engine gives no times of words. */
  words: z.array(wordSchema),
});

export const TRANSCRIPT_DOCUMENT_VERSION = 1;

/** Readers take fields they do not know as absent; a change that they must not overlook has another `version`. */
export const transcriptDocumentSchema = z.object({
  format: z.literal('app.palabre.transcript'),
  version: z.literal(TRANSCRIPT_DOCUMENT_VERSION),
  meeting_id: z.string(),
  /** Wall clock of zero. */
  started_ms: z.number(),
  duration_ms: z.number(),
  model: z.string(),
  /** Every engine that lines come from, with how many. */
  provenance: z.optional(z.array(z.extend(engineProvenanceSchema, { lines: z.number() }))),
  lines: z.array(z.extend(transcriptLineSchema, { id: z.string(), utterances: z.array(utteranceSchema) })),
  marks: transcriptMarksSchema,
  gaps: z.array(gapSchema),
  /** How many people were there and never agreed to it: nothing of them is in it. */
  not_kept: z.optional(z.number()),
});
export type TranscriptDocument = z.infer<typeof transcriptDocumentSchema>;
