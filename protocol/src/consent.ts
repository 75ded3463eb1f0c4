import * as z from 'zod/mini';

/** Consent to being recorded and transcribed: levels, answers, and the words that people agree to. */

/**
 * `off`: the marks of every call, and nothing more. `announce`: also a notice and a sound when something begins and ends. `ask`:
 * nothing of a person is kept until they have agreed.
 */
export const consentLevelSchema = z.enum(['off', 'announce', 'ask']);
export type ConsentLevel = z.infer<typeof consentLevelSchema>;

const STRICTNESS: Readonly<Record<ConsentLevel, number>> = { off: 0, announce: 1, ask: 2 };

/** The strictest of several levels; `off` of none. */
export function strictest(levels: readonly (ConsentLevel | undefined)[]): ConsentLevel {
  return levels.reduce<ConsentLevel>(
    (found, level) => (level !== undefined && STRICTNESS[level] > STRICTNESS[found] ? level : found),
    'off',
  );
}

/** What somebody agrees to. Live captions keep nothing and need no consent; captions in a recording are part of it. */
export const consentPurposeSchema = z.enum(['recording', 'transcription']);
export type ConsentPurpose = z.infer<typeof consentPurposeSchema>;
export const CONSENT_PURPOSES = consentPurposeSchema.options;

export const consentAnswerSchema = z.enum(['yes', 'no', 'withdrawn']);
export type ConsentAnswer = z.infer<typeof consentAnswerSchema>;

/** What the words are called that an answer was given to. New words need a new name (`consent.test.ts` holds it). */
export const CONSENT_TEXT_VERSION = '2';

/** What a person is told before they answer. Here, and in no catalogue, because widget and bridge must say the same. */
export interface ConsentText extends Readonly<Record<ConsentPurpose, string>> {
  /** Where it goes, how long it stays, and how to take the answer back. */
  readonly terms: string;
}
export const CONSENT_TEXTS: Readonly<Record<'en' | 'fr', ConsentText>> = {
  en: {
    recording:
      'Your picture, your voice and the screen you share go into the recording of this meeting; where it has captions, what you say is written into it, too.',
    transcription: 'What you say is written down in the transcript and the minutes of this meeting.',
    terms:
      'The results are posted in this room and kept as long as the room keeps its messages; copies on servers of other organisations cannot be called back. You can withdraw at any time during the meeting: from then on nothing of you is kept, and what was kept before stays.',
  },
  fr: {
    recording:
      'Votre image, votre voix et l’écran que vous partagez figurent dans l’enregistrement de cette réunion ; s’il est sous-titré, ce que vous dites y est aussi écrit.',
    transcription: 'Ce que vous dites est écrit dans la transcription et le compte rendu de cette réunion.',
    terms:
      'Les résultats sont publiés dans ce salon et conservés aussi longtemps que ses messages ; les copies sur les serveurs d’autres organisations ne peuvent pas être rappelées. Vous pouvez retirer votre accord à tout moment pendant la réunion : dès lors, rien de vous n’est conservé ; ce qui l’a été auparavant reste.',
  },
};

/** In the metadata of the LiveKit room while something is kept: everybody sees who is part of it. */
export const consentMetadataSchema = z.object({
  level: consentLevelSchema,
  /** Under `ask`: who agreed to what, by user id. Whoever is not named is not kept. */
  agreed: z.record(z.string(), z.array(consentPurposeSchema)),
  /** It is asked only because an extern is in the call. */
  for_externs: z.optional(z.boolean()),
});
export type ConsentMetadata = z.infer<typeof consentMetadataSchema>;

/** `GET /api/rooms/{roomId}/consent` */
export const consentStateSchema = z.object({
  /** What counts in the meeting that runs, or would count if one began now. */
  level: consentLevelSchema,
  /** As the administrator set it; the room can only be stricter. */
  default_level: consentLevelSchema,
  /** As moderators of this room set it. */
  room_level: z.nullable(consentLevelSchema),
  /** What is kept at this moment, or paused. */
  working: z.array(consentPurposeSchema),
  /** Of these, what is paused. Bridges before 2026-11 do not tell. */
  paused: z.optional(z.array(consentPurposeSchema)),
  /** This person's last answers in the meeting that runs. */
  answers: z.object({ recording: z.optional(consentAnswerSchema), transcription: z.optional(consentAnswerSchema) }),
  text_version: z.string(),
});
export type ConsentState = z.infer<typeof consentStateSchema>;

/** `POST /api/rooms/{roomId}/consent`: this person's answer, for the meeting that runs. */
export const consentGivenSchema = z.object({
  purposes: z.array(consentPurposeSchema).check(z.minLength(1), z.maxLength(2)),
  /** What was agreed to before is thereby withdrawn. */
  answer: z.enum(['yes', 'no']),
  /** Of the words on the screen. */
  language: z.enum(['en', 'fr']),
  text_version: z.string().check(z.maxLength(16)),
  how: z.enum(['lobby', 'dialog', 'panel']),
});
export type ConsentGiven = z.infer<typeof consentGivenSchema>;

/** In the content of a reaction that is an answer (`COMMAND_REACTIONS`): what our widget showed when it was given. */
export const CONSENT_BLOCK = 'app.palabre.consent';
export const consentBlockSchema = z.object({
  /** User id of the scribe that asked: another organisation's, which reads the same reaction, was not answered. */
  scribe: z.string(),
  /** Of the words on the screen. */
  language: z.enum(['en', 'fr']),
  text_version: z.string().check(z.maxLength(16)),
});
export type ConsentBlock = z.infer<typeof consentBlockSchema>;

/** `POST /api/rooms/{roomId}/consent/level`; `null`: as the administrator set it. For moderators who belong to this homeserver. */
export const consentChoiceSchema = z.object({ level: z.nullable(consentLevelSchema) });

/**
 * Reads `!palabre consent ask` and its like: the level of a room. (`!palabre consent` alone agrees.)
 * @returns undefined when the text is something else
 */
export function consentCommandOf(body: string): ConsentLevel | 'default' | undefined {
  const word = /^!palabre\s+consent(?:ir)?\s+(off|announce|ask|default)$/i.exec(body.trim())?.[1]?.toLowerCase();
  return word === 'default' ? word : consentLevelSchema.safeParse(word).data;
}

/** Reads an answer written in reply to the meeting's message, without the quotation that older clients put before it. */
export function consentReplyOf(body: string): 'yes' | 'no' | undefined {
  const own = body.replace(/^(> .*\n)+\n?/, '').trim();
  const word = /^(yes|oui|no|non)\s?[.!]?$/i.exec(own)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  return word === 'yes' || word === 'oui' ? 'yes' : 'no';
}
