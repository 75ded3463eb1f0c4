import * as z from 'zod/mini';

/** The machine-readable block (`app.palabre.result`) that stands beside the text of everything Palabre posts in a room. */

const person = z.object({ user_id: z.string(), name: z.string() });

/** First message of a meeting's thread, edited (`m.replace`) as the meeting goes on. */
export const meetingBlockSchema = z.object({
  kind: z.literal('meeting'),
  meeting_id: z.string(),
  state: z.enum(['running', 'ended']),
  started_ms: z.number(),
  ended_ms: z.optional(z.number()),
  participants: z.array(person),
});

/** A stretch of the meeting that was not heard or drawn, and why. Times are from the start of the artefact. */
export const gapSchema = z.object({
  start_ms: z.number(),
  end_ms: z.number(),
  reason: z.enum(['scribe_restarted', 'speech_unavailable', 'recorder_restarted', 'keys_missing']),
});
export type Gap = z.infer<typeof gapSchema>;

/** A speech engine that text of a transcript comes from. */
export const engineProvenanceSchema = z.object({
  model: z.string(),
  version: z.optional(z.string()),
  /** Of the weights, in hex. */
  sha256: z.optional(z.string()),
  /** `loopback`: the machine of the bridge itself; otherwise where people's voices were sent. */
  place: z.string(),
  /** As the administrator names them. */
  operator: z.optional(z.string()),
  /** A small model that is only asked when no other works: its text needs to be read with care. */
  last_resort: z.optional(z.boolean()),
});
export type EngineProvenance = z.infer<typeof engineProvenanceSchema>;

export const transcriptBlockSchema = z.object({
  kind: z.literal('transcript'),
  meeting_id: z.string(),
  format: z.enum(['text', 'txt', 'vtt']),
  /** Wall clock of zero in `lines`, `gaps` and the cues of the VTT. */
  started_ms: z.optional(z.number()),
  duration_ms: z.number(),
  model: z.string(),
  /** Every engine that lines come from, with how many; the one with most lines first. */
  provenance: z.optional(z.array(z.extend(engineProvenanceSchema, { lines: z.number() }))),
  gaps: z.array(gapSchema),
  /** Only in the readable message (`format: text`). */
  lines: z.optional(
    z.array(
      z.object({ user_id: z.string(), name: z.string(), start_ms: z.number(), end_ms: z.number(), text: z.string() }),
    ),
  ),
});

export const recordingBlockSchema = z.object({
  kind: z.literal('recording'),
  meeting_id: z.string(),
  started_ms: z.number(),
  duration_ms: z.number(),
  width: z.number(),
  height: z.number(),
  gaps: z.array(gapSchema),
  /** Event id of the VTT captions of the same recording, when there is a transcript. */
  captions_event_id: z.optional(z.string()),
});

export const minutesBlockSchema = z.object({
  kind: z.literal('minutes'),
  meeting_id: z.string(),
  duration_ms: z.number(),
  participants: z.array(person),
  /** How the extract was made; "extractive" means sentences were chosen, none was written. */
  method: z.enum(['extractive', 'model']),
  model: z.optional(z.string()),
  extract: z.array(z.object({ user_id: z.string(), name: z.string(), start_ms: z.number(), text: z.string() })),
});

/** Something went wrong, or started or stopped; `code` is stable, the text beside it is for people. */
export const noticeBlockSchema = z.object({
  kind: z.literal('notice'),
  meeting_id: z.optional(z.string()),
  level: z.enum(['info', 'warning', 'error']),
  code: z.string(),
});

export const resultBlockSchema = z.discriminatedUnion('kind', [
  meetingBlockSchema,
  transcriptBlockSchema,
  recordingBlockSchema,
  minutesBlockSchema,
  noticeBlockSchema,
]);
export type ResultBlock = z.infer<typeof resultBlockSchema>;
export type MeetingBlock = z.infer<typeof meetingBlockSchema>;
export type TranscriptBlock = z.infer<typeof transcriptBlockSchema>;
export type RecordingBlock = z.infer<typeof recordingBlockSchema>;
export type MinutesBlock = z.infer<typeof minutesBlockSchema>;
export type NoticeBlock = z.infer<typeof noticeBlockSchema>;
