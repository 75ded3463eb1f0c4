import * as z from 'zod/mini';

/** What transcripts are made of. Times are milliseconds from the `started_ms` of the block or document that holds them. */

export const transcriptLineSchema = z.object({
  /** Names this line for good: corrections refer to it. Absent only in messages of former versions. */
  id: z.optional(z.string()),
  /** On whose microphone it was said. */
  user_id: z.string(),
  /** Which of several voices on that microphone, where the engine tells them apart. */
  voice: z.optional(z.string()),
  name: z.string(),
  start_ms: z.number(),
  end_ms: z.number(),
  text: z.string(),
});
export type TranscriptLine = z.infer<typeof transcriptLineSchema>;

/** Something that happened while people spoke. */
const transcriptMarkSchema = z.object({
  at_ms: z.number(),
  kind: z.enum([
    'joined',
    'left',
    'recording_started',
    'recording_paused',
    'recording_resumed',
    'recording_stopped',
    'message',
  ]),
  user_id: z.optional(z.string()),
  name: z.optional(z.string()),
  /** `message`: somebody wrote in the room. A reference: what it says is read there, by whoever may. */
  event_id: z.optional(z.string()),
});
export type TranscriptMark = z.infer<typeof transcriptMarkSchema>;

/** Marks of kinds that we do not know are left out: a newer bridge, or a partner's, may make them. */
export const transcriptMarksSchema = z.pipe(
  z.array(z.unknown()),
  z.transform((marks): TranscriptMark[] =>
    marks.flatMap((mark) => {
      const known = transcriptMarkSchema.safeParse(mark);
      return known.success ? [known.data] : [];
    }),
  ),
);
