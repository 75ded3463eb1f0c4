import { engineProvenanceSchema } from '@palabre/protocol';
import * as z from 'zod';

/** One final line of a transcript: what one person said in one utterance. Times are wall clock. */
export const lineSchema = z.object({
  userId: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  text: z.string(),
  language: z.string().optional(),
  /** Which of several voices on this microphone, where the engine tells them apart. */
  voice: z.string().optional(),
  /** The engine it comes from. */
  by: z.optional(engineProvenanceSchema),
  words: z.array(z.object({ word: z.string(), startMs: z.number(), endMs: z.number() })),
});
export type Line = z.infer<typeof lineSchema>;

/** A line under the name of its utterance, which stays the same for good. */
export interface HeardLine extends Line {
  readonly id: string;
}

/** A line as it is shown: with the speaker's name. */
export interface NamedLine extends HeardLine {
  readonly name: string;
}

/**
 * Text from outside that stands inside a line of ours: breaks would let a display name forge the lines of others, and control or
 * reordering characters hide what it says.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
