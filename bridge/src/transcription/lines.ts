import * as z from 'zod';

/** One final line of a transcript: what one person said in one utterance. Times are wall clock. */
export const lineSchema = z.object({
  userId: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  text: z.string(),
  language: z.string().optional(),
  words: z.array(z.object({ word: z.string(), startMs: z.number(), endMs: z.number() })),
});
export type Line = z.infer<typeof lineSchema>;

/** A line as it is shown: with the speaker's name. */
export interface NamedLine extends Line {
  readonly name: string;
}
