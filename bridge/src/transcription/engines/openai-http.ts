import { createHash } from 'node:crypto';
import * as z from 'zod';
import { oneLine } from '../lines.ts';
import { wavOf } from '../wav.ts';
import {
  SpeechRejected,
  SpeechUnavailable,
  type EngineEndpoint,
  type ModelFacts,
  type SpeechRequest,
} from './engine.ts';

/** The HTTP interface of OpenAI's speech to text, as many servers offer it: `POST /v1/audio/transcriptions`, `GET /v1/models`. */
export interface OpenAiHttp {
  /** @returns the body of the answer, whatever it is. @throws as {@link SpeechEngine.transcribe} */
  transcribe(
    request: SpeechRequest,
    fields: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<unknown>;
  isHealthy(signal: AbortSignal): Promise<boolean>;
  describe(signal: AbortSignal): Promise<ModelFacts>;
}

/** An hour of speech with its words is a third of this. */
const LARGEST_ANSWER_BYTES = 4_000_000;
/** May be about this sound. All else is not: another time, or another engine, may do. */
const ABOUT_THE_SOUND = new Set([400, 413, 415, 422]);

const modelsSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      // Not OpenAI's: our own speech server says so much.
      version: z.string().max(200).optional().catch(undefined),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional()
        .catch(undefined),
    }),
  ),
});

async function bodyOf(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the download.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new SpeechUnavailable('the speech endpoint gives an endless answer');
    chunks.push(chunk);
  }
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return parsed;
}

export function createOpenAiHttp({ baseUrl, apiKey, model }: EngineEndpoint): OpenAiHttp {
  const authorization: Record<string, string> = apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };
  const ask = (path: string, signal: AbortSignal): Promise<Response> =>
    fetch(`${baseUrl}${path}`, { headers: authorization, redirect: 'error', signal });

  let hasTaken = false;
  let firstRefused: string | undefined;
  /** Whoever has refused two different sounds and never taken one refuses the request, whatever the sound. */
  const refusesAll = (wav: Uint8Array): boolean => {
    const digest = createHash('sha256').update(wav).digest('hex');
    firstRefused ??= digest;
    return !hasTaken && digest !== firstRefused;
  };

  return {
    transcribe: async ({ pcm, sampleRate, language, interim }, fields, signal) => {
      const form = new FormData();
      const wav = wavOf(pcm, sampleRate);
      form.append('file', new Blob([wav], { type: 'audio/wav' }), 'speech.wav');
      form.append('model', model);
      for (const [name, value] of fields) form.append(name, value);
      if (language !== undefined) form.append('language', language);
      try {
        const response = await fetch(`${baseUrl}/v1/audio/transcriptions`, {
          method: 'POST',
          body: form,
          headers: { ...authorization, ...(interim ? { 'x-palabre-priority': 'partial' } : {}) },
          redirect: 'error',
          signal,
        });
        if (response.ok) {
          hasTaken = true;
          return await bodyOf(response);
        }
        await response.body?.cancel();
        const says = `the speech endpoint answers ${response.status}`;
        if (!ABOUT_THE_SOUND.has(response.status) || refusesAll(wav)) throw new SpeechUnavailable(says);
        throw new SpeechRejected(says);
      } catch (cause) {
        if (cause instanceof SpeechUnavailable || cause instanceof SpeechRejected) throw cause;
        throw new SpeechUnavailable('the speech endpoint does not answer', { cause });
      }
    },
    isHealthy: async (signal) => {
      const health = await ask('/health', signal);
      await health.body?.cancel();
      // Servers without it list their models, at least.
      if (health.status !== 404) return health.ok;
      const models = await ask('/v1/models', signal);
      await models.body?.cancel();
      return models.ok || models.status === 404;
    },
    describe: async (signal) => {
      const response = await ask('/v1/models', signal);
      if (response.status >= 500 || response.status === 429) {
        await response.body?.cancel();
        throw new SpeechUnavailable(`the speech endpoint answers ${response.status}`);
      }
      const { data } = modelsSchema.safeParse(response.ok ? await bodyOf(response) : undefined);
      const found = data?.data.find(({ id }) => id === model);
      return {
        ...(found?.version === undefined ? {} : { version: oneLine(found.version) }),
        ...(found?.sha256 === undefined ? {} : { sha256: found.sha256 }),
      };
    },
  };
}
