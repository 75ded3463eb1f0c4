import * as z from 'zod/mini';
import type { TranscriptLine } from './transcript.ts';

/**
 * Corrections of transcripts: messages in the meeting's thread, from the people who make them, in the room's own encryption. The
 * transcript itself never changes; whoever reads it puts the corrections on top, by the rules of {@link correctLines}.
 */

/** Content block of a correction, beside words for other clients. */
export const TRANSCRIPT_CORRECTION = 'app.palabre.transcript_correction';

/** One or more words on one line: nothing that breaks lines, hides or reorders. */
const plain = (longest: number) =>
  z
    .string()
    .check(z.maxLength(longest), z.regex(/\S/u), z.regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u));

const base = {
  /** A message of the transcript (`app.palabre.result`, `kind: transcript`) that the line belongs to. */
  transcript_event_id: z.string(),
  line_id: z.string(),
  /** Event id of the correction that was in force when this one was made; absent: the transcript as it was posted. */
  replaces: z.optional(z.string()),
};

export const transcriptCorrectionSchema = z.discriminatedUnion('what', [
  z.object({ ...base, what: z.literal('text'), text: plain(10_000) }),
  z.object({
    ...base,
    what: z.literal('speaker'),
    /** How the speaker is called; whose microphone it was stays as it is. */
    name: plain(100),
    /** This line, or every line of the same voice on the same microphone. */
    scope: z.enum(['line', 'voice']),
  }),
]);
export type TranscriptCorrection = z.infer<typeof transcriptCorrectionSchema>;

/** A correction as it stands in the room. */
export interface PostedCorrection {
  readonly eventId: string;
  /** As the homeserver vouches for it; in encrypted rooms the event came encrypted. */
  readonly sender: string;
  readonly sentMs: number;
  readonly correction: TranscriptCorrection;
  /** The sender's power reached that of a moderator when they sent it. Need not be known of a line's own speaker. */
  readonly byModerator: boolean;
}

/** What a line says, or who said it, from some time on. */
export interface Version {
  /** undefined: the transcript as it was posted. */
  readonly eventId: string | undefined;
  readonly by: string | undefined;
  readonly sentMs: number | undefined;
  readonly value: string;
  /** Of a speaker's name: what it was put on. */
  readonly scope: 'line' | 'voice';
}

export interface CorrectedLine<Line extends TranscriptLine = TranscriptLine> {
  /** As it was posted. */
  readonly line: Line;
  readonly text: string;
  readonly name: string;
  /** The oldest first, the one in force last; never empty. */
  readonly texts: readonly Version[];
  readonly names: readonly Version[];
}

/** Moderators may correct every line, everybody what was said on their own microphone. */
export function mayCorrect(
  person: { readonly userId: string; readonly isModerator: boolean },
  line: TranscriptLine,
): boolean {
  return person.isModerator || person.userId === line.user_id;
}

const isSameVoice = (a: TranscriptLine, b: TranscriptLine): boolean => a.user_id === b.user_id && a.voice === b.voice;

/**
 * Puts corrections on the lines of a transcript. What refers to lines it does not have, or comes from somebody who might not, counts
 * for nothing. Times and microphones never change.
 * @param posted in the order of the room's timeline: the last one that counts is in force
 */
export function correctLines<Line extends TranscriptLine>(
  lines: readonly Line[],
  posted: readonly PostedCorrection[],
): readonly CorrectedLine<Line>[] {
  const original = (value: string): Version[] => [
    { eventId: undefined, by: undefined, sentMs: undefined, value, scope: 'line' },
  ];
  const texts = lines.map(({ text }) => original(text));
  const names = lines.map(({ name }) => original(name));
  const indexOf = new Map(lines.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  for (const { eventId, sender, sentMs, correction, byModerator } of posted) {
    const at = indexOf.get(correction.line_id);
    const line = at === undefined ? undefined : lines[at];
    if (at === undefined || line === undefined) continue;
    if (!mayCorrect({ userId: sender, isModerator: byModerator }, line)) continue;
    const scope = correction.what === 'speaker' ? correction.scope : 'line';
    const version = (value: string): Version => ({ eventId, by: sender, sentMs, value, scope });
    if (correction.what === 'text') {
      texts[at]?.push(version(correction.text));
      continue;
    }
    for (const [index, other] of lines.entries()) {
      if (index === at || (scope === 'voice' && isSameVoice(other, line))) names[index]?.push(version(correction.name));
    }
  }
  return lines.map((line, index) => {
    const [ofText = original(line.text), ofName = original(line.name)] = [texts[index], names[index]];
    return {
      line,
      text: ofText.at(-1)?.value ?? line.text,
      name: ofName.at(-1)?.value ?? line.name,
      texts: ofText,
      names: ofName,
    };
  });
}
