import * as z from 'zod/mini';
import { transcriptLineSchema, transcriptMarksSchema } from './transcript.ts';

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
  /** How many more there were than one event can name. */
  participants_left_out: z.optional(z.number()),
  /** While it runs: what comes back into the room, also while its recording is paused. Bridges before 2026-11 do not tell. */
  working: z.optional(z.array(z.enum(['recording', 'transcription']))),
  /** While people are asked whether they agree: how many did to something, how many did not, and since when it is asked. */
  consent: z.optional(z.object({ agreed: z.number(), others: z.number(), asked_ms: z.optional(z.number()) })),
  /** While it is recorded: as in the metadata of the call. */
  recording: z.optional(
    z.object({
      phase: z.enum(['on', 'paused']),
      since_ms: z.optional(z.number()),
      elapsed_ms: z.optional(z.number()),
    }),
  ),
  /** Results that are worked out at the moment: of what, and since when. Absent when there is nothing to wait for. */
  preparing: z.optional(z.array(z.object({ what: z.enum(['recording', 'transcription']), since_ms: z.number() }))),
});

/** A stretch of the meeting that was not heard or drawn, and why. Times are from the start of the artefact. */
export const gapSchema = z.object({
  start_ms: z.number(),
  end_ms: z.number(),
  reason: z.enum([
    'scribe_restarted',
    'speech_unavailable',
    'recorder_restarted',
    'keys_missing',
    'track_lost',
    'sfu_unreachable',
    'connection_lost',
  ]),
  /** Whose sound is missing, where it is one person's. */
  user_id: z.optional(z.string()),
  name: z.optional(z.string()),
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
  /** `text`: the readable message; the others are files. */
  format: z.enum(['text', 'txt', 'vtt', 'json']),
  /** Wall clock of zero in `lines`, `gaps` and the cues of the VTT. */
  started_ms: z.optional(z.number()),
  duration_ms: z.number(),
  model: z.string(),
  /** Every engine that lines come from, with how many; the one with most lines first. */
  provenance: z.optional(z.array(z.extend(engineProvenanceSchema, { lines: z.number() }))),
  gaps: z.array(gapSchema),
  /** How many more there were than one event can name; the document has all of them. */
  gaps_left_out: z.optional(z.number()),
  /** How many people were there and never agreed to it: nothing of them is in it. */
  not_kept: z.optional(z.number()),
  /** In captions that came after their recording: its message. Others are named by it (`captions_event_id`). */
  recording_event_id: z.optional(z.string()),
  /** Only in the readable message (`format: text`). */
  lines: z.optional(z.array(transcriptLineSchema)),
  /** What happened between these lines. Only in the readable message. */
  marks: z.optional(transcriptMarksSchema),
});

export const recordingBlockSchema = z.object({
  kind: z.literal('recording'),
  meeting_id: z.string(),
  started_ms: z.number(),
  duration_ms: z.number(),
  /** Absent where there is sound only. */
  width: z.optional(z.number()),
  height: z.optional(z.number()),
  /** Stretches of the meeting that are left out because the recording was paused: where in it, and how long they were. */
  pauses: z.optional(z.array(z.object({ at_ms: z.number(), duration_ms: z.number() }))),
  /** How many more there were than one event can name, all later: moments after them are told too early by their length. */
  pauses_left_out: z.optional(z.number()),
  gaps: z.array(gapSchema),
  /** How many more there were than one event can name. */
  gaps_left_out: z.optional(z.number()),
  /** How many people were there and never agreed to it: nothing of them is in it. */
  not_kept: z.optional(z.number()),
  /** Event id of the VTT captions of the same recording, when there is a transcript and its text was there in time. */
  captions_event_id: z.optional(z.string()),
});

/** What a statement of minutes rests on: who spoke, when (ms from `started_ms`), and the message that holds the transcript of it. */
const minutesSourceSchema = z.object({
  user_id: z.string(),
  name: z.string(),
  start_ms: z.number(),
  end_ms: z.number(),
  event_id: z.optional(z.string()),
});

/** Without sources: written by whoever approved the minutes. */
const minutesStatementSchema = z.object({ text: z.string(), sources: z.array(minutesSourceSchema) });
const minutesActionSchema = z.object({
  text: z.string(),
  sources: z.array(minutesSourceSchema),
  /** As it was said: a name, not necessarily of a participant. */
  who: z.optional(z.string()),
  /** As it was said: "Friday", "le 3 mars". */
  due: z.optional(z.string()),
});

/** Raised when fields change their meaning; new fields alone do not raise it. docs/for-bots.md describes it. */
export const MINUTES_VERSION = 2;

export const minutesBlockSchema = z.object({
  kind: z.literal('minutes'),
  /** Version 1 had an extract only. */
  version: z._default(z.number(), 1),
  meeting_id: z.string(),
  /** Wall clock of zero in all other times. */
  started_ms: z.optional(z.number()),
  duration_ms: z.number(),
  participants: z.array(person),
  /** How many more there were than one event can name. */
  participants_left_out: z.optional(z.number()),
  /** ISO 639-1, of what was said for the most part. */
  language: z.optional(z.string()),
  /** "extractive": sentences were chosen, none was written. "model": a language model wrote the statements. */
  method: z.enum(['extractive', 'model']),
  model: z.optional(z.string()),
  /** Who operates the model, and where it stands. */
  operator: z.optional(z.string()),
  place: z.optional(z.string()),
  /** Why there is only an extract although a model is set up. */
  instead: z.optional(z.enum(['model_unavailable', 'model_broken', 'model_unsupported'])),
  purpose: z.optional(minutesStatementSchema),
  decisions: z._default(z.array(minutesStatementSchema), []),
  actions: z._default(z.array(minutesActionSchema), []),
  questions: z._default(z.array(minutesStatementSchema), []),
  /** Statements of the model that were left out, because the transcript does not support them. */
  left_out: z._default(z.number(), 0),
  /** Participants or statements are missing, because they do not fit into one event. */
  shortened: z.optional(z.boolean()),
  /** A person changed something before it was posted. */
  edited: z._default(z.boolean(), false),
  approved_by: z.optional(person),
  extract: z.array(z.object({ user_id: z.string(), name: z.string(), start_ms: z.number(), text: z.string() })),
});

/** Minutes without what only their message adds. */
export const minutesFactsSchema = z.omit(minutesBlockSchema, { kind: true, version: true });

/** Something went wrong, or started or stopped; `code` is stable, the text beside it is for people. */
export const noticeBlockSchema = z.object({
  kind: z.literal('notice'),
  meeting_id: z.optional(z.string()),
  level: z.enum(['info', 'warning', 'error']),
  code: z.string(),
  /** With the code `deleted`: what was deleted for good, and who took it back where that is known. */
  deleted: z.optional(z.enum(['meeting', 'recording', 'transcript', 'minutes'])),
  by: z.optional(person),
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

/** The moment of the meeting (wall clock) that a recording shows. @param atMs from its beginning */
export function wallClockOf(recording: Pick<RecordingBlock, 'started_ms' | 'pauses'>, atMs: number): number {
  const left = (recording.pauses ?? []).filter((pause) => pause.at_ms <= atMs);
  return recording.started_ms + atMs + left.reduce((sum, pause) => sum + pause.duration_ms, 0);
}

/** A stretch of time, wall clock of the meeting or clock of a recording. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** Where a recording shows a stretch of the meeting, without its pauses. @param wall wall clock @returns undefined when it shows nothing of it */
export function stretchIn(
  recording: Pick<RecordingBlock, 'started_ms' | 'duration_ms' | 'pauses'>,
  wall: Stretch,
): Stretch | undefined {
  /** In a pause it stands still. */
  const clockAt = (wallMs: number): number => {
    let at = wallMs - recording.started_ms;
    for (const pause of recording.pauses ?? []) {
      if (at <= pause.at_ms) break;
      at = Math.max(pause.at_ms, at - pause.duration_ms);
    }
    return at;
  };
  const startMs = Math.max(0, clockAt(wall.startMs));
  const endMs = Math.min(recording.duration_ms, clockAt(wall.endMs));
  return startMs < endMs ? { startMs, endMs } : undefined;
}
export type MinutesBlock = z.infer<typeof minutesBlockSchema>;
export type MinutesFacts = z.infer<typeof minutesFactsSchema>;
export type MinutesSource = z.infer<typeof minutesSourceSchema>;
export type MinutesStatement = z.infer<typeof minutesStatementSchema>;
export type MinutesAction = z.infer<typeof minutesActionSchema>;
export type NoticeBlock = z.infer<typeof noticeBlockSchema>;
