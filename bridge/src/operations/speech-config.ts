import { z } from 'zod';

const oneLine = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\u2028\u2029]+$/u, 'must be one line of text');

/** One speech engine; docs/administrators.md explains each key. */
const engineSchema = z.strictObject({
  /**
   * `openai`: OpenAI's HTTP interface, as the embedded server and most others have it. `diarized`: the same, telling voices on one
   * microphone apart (`response_format=diarized_json`). `kyutai`: streaming over WebSocket, as Kyutai's moshi-server.
   */
  kind: z.enum(['openai', 'diarized', 'kyutai']).default('openai'),
  baseUrl: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, '')),
  apiKey: z.string().default(''),
  model: oneLine.default('base'),
  /** The only languages it knows. */
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/, 'must be a language code such as fr'))
    .min(1)
    .optional(),
  /** Whether it is also asked for live captions. */
  captions: z.boolean().default(true),
  /** Better than nothing, and no more: transcripts say that it was used. */
  lastResort: z.boolean().default(false),
  /** Who runs it, as transcripts name them. */
  operator: oneLine.optional(),
  /** Where it runs, as transcripts name it; the host in `baseUrl` unless given. */
  place: oneLine.optional(),
  /** What the endpoint does not tell of its model itself. */
  modelVersion: oneLine.optional(),
  modelSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')
    .optional(),
});

/** One engine, or several in the order in which they stand in for each other. */
export const speechSchema = z
  .preprocess((value) => (Array.isArray(value) ? (value as unknown[]) : [value]), z.array(engineSchema).min(1))
  .superRefine((engines, context) => {
    if (engines.every(({ captions }) => !captions)) {
      context.addIssue({ code: 'custom', message: 'at least one engine must be there for captions' });
    }
    if (engines.length > 1 && engines[0]?.lastResort === true) {
      context.addIssue({
        code: 'custom',
        path: [0, 'lastResort'],
        message: 'the first engine cannot be the last resort',
      });
    }
  });
export type SpeechConfig = z.infer<typeof speechSchema>;
