import * as z from 'zod/mini';

/**
 * Live captions on the wire: text streams of the scribe in the form of LiveKit's agents, one stream for each update of a segment,
 * addressed to those who asked for them; and the request by which they ask (LiveKit RPC, answered by the scribe).
 */

/** Topic of the text streams, as LiveKit's own components use it. */
export const CAPTIONS_TOPIC = 'lk.transcription';

/** Attributes of a stream. The first three are LiveKit's convention; its readers take the speaker from the track. */
export const CAPTION_ATTRIBUTES = {
  segment: 'lk.segment_id',
  /** `true` or `false`: whether the text of the segment is the last word. */
  final: 'lk.transcription_final',
  track: 'lk.transcribed_track_id',
  /** LiveKit identity of the speaker: the same track id may occur on two SFUs. */
  speaker: 'app.palabre.speaker',
  /** When the segment was begun to be said: wall clock of the scribe, ms. */
  startedMs: 'app.palabre.started_ms',
  /** ISO 639-1, where it is known. */
  language: 'app.palabre.language',
} as const;

export const captionAttributesSchema = z.object({
  [CAPTION_ATTRIBUTES.segment]: z.string().check(z.minLength(1), z.maxLength(64)),
  [CAPTION_ATTRIBUTES.final]: z.enum(['true', 'false']),
  [CAPTION_ATTRIBUTES.speaker]: z.string().check(z.minLength(1), z.maxLength(512)),
  [CAPTION_ATTRIBUTES.startedMs]: z.string().check(z.regex(/^\d{1,15}$/)),
  [CAPTION_ATTRIBUTES.language]: z.optional(z.string().check(z.regex(/^[a-z]{2,3}$/))),
});

/** Name of the RPC method of the scribe. Asked again at any time; while it captions, an answer is followed by the last minute, once in ten seconds. */
export const CAPTIONS_METHOD = 'app.palabre.captions';

export const captionsRequestSchema = z.object({
  /** Whether the caller wants to be sent captions from now on. */
  show: z.boolean(),
  /** Language the caller mostly speaks (ISO 639-1), a hint for every text of what they say; absent: it is detected. */
  speaks: z.optional(z.string().check(z.regex(/^[a-z]{2,3}$/))),
});
export type CaptionsRequest = z.infer<typeof captionsRequestSchema>;

/** `allowed: false`: policy gives people of the caller's server no captions. */
export const captionsAnswerSchema = z.object({ allowed: z.boolean() });
export type CaptionsAnswer = z.infer<typeof captionsAnswerSchema>;
