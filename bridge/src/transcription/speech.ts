import * as z from 'zod';
import { oneLine } from './lines.ts';
import { wavOf } from './wav.ts';

/** A speech engine: sound of one speaker in, text with word times out. */

export interface SpokenWord {
  readonly word: string;
  /** From the start of the given sound. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface SpokenText {
  /** Empty when there was no speech. */
  readonly text: string;
  /** ISO 639-1, as the engine found it or was told. */
  readonly language: string | undefined;
  readonly words: readonly SpokenWord[];
}

export interface SpeechEngine {
  readonly model: string;
  /**
   * @throws SpeechUnavailable when trying again later may help
   * @throws SpeechRejected when it will not
   */
  transcribe(pcm: Int16Array, sampleRate: number, language: string | undefined, wish?: SpeechWish): Promise<SpokenText>;
}

export interface SpeechWish {
  /** False: no times of words, which cost time. */
  readonly words: boolean;
  /** Text of an utterance that goes on: others go first where the engine knows of priorities. */
  readonly interim: boolean;
}

export class SpeechUnavailable extends Error {
  override readonly name = 'SpeechUnavailable';
}
export class SpeechRejected extends Error {
  override readonly name = 'SpeechRejected';
}

export interface SpeechEndpoint {
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
}

const answerSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).nullish(),
});

const REQUEST_TIMEOUT_MS = 60_000;

/** Engines name languages by code ("fr") or by English name ("french", as OpenAI does). */
const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  english: 'en',
  french: 'fr',
  german: 'de',
  dutch: 'nl',
  spanish: 'es',
  italian: 'it',
  portuguese: 'pt',
};

function languageCode(name: string | null | undefined): string | undefined {
  if (name === null || name === undefined || name === '') return undefined;
  const lower = name.toLowerCase();
  return LANGUAGE_NAMES[lower] ?? (/^[a-z]{2,3}$/.test(lower) ? lower : undefined);
}

/** Any endpoint of the shape of OpenAI's `POST /v1/audio/transcriptions`. */
export function createSpeechEngine(endpoint: SpeechEndpoint): SpeechEngine {
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}/v1/audio/transcriptions`;
  return {
    model: endpoint.model,
    transcribe: async (pcm, sampleRate, language, wish) => {
      const form = new FormData();
      form.append('file', new Blob([wavOf(pcm, sampleRate)], { type: 'audio/wav' }), 'speech.wav');
      form.append('model', endpoint.model);
      form.append('response_format', 'verbose_json');
      if (wish?.words !== false) form.append('timestamp_granularities[]', 'word');
      if (language !== undefined) form.append('language', language);
      let response: Response;
      let body: unknown;
      try {
        response = await fetch(url, {
          method: 'POST',
          body: form,
          headers: {
            ...(endpoint.apiKey === undefined ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
            ...(wish?.interim === true ? { 'x-palabre-priority': 'partial' } : {}),
          },
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        body = await response.json().catch(() => undefined);
      } catch (cause) {
        throw new SpeechUnavailable('the speech endpoint does not answer', { cause });
      }
      if (response.status >= 500 || response.status === 429 || response.status === 401 || response.status === 404) {
        throw new SpeechUnavailable(`the speech endpoint answers ${response.status}`);
      }
      if (!response.ok) throw new SpeechRejected(`the speech endpoint answers ${response.status}`);
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) throw new SpeechUnavailable('the speech endpoint gave an answer of another shape');
      return {
        text: oneLine(parsed.data.text),
        language: languageCode(parsed.data.language),
        words: (parsed.data.words ?? []).map((word) => ({
          word: oneLine(word.word),
          startMs: Math.round(word.start * 1000),
          endMs: Math.round(word.end * 1000),
        })),
      };
    },
  };
}
