import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { ANSWER_JSON_SCHEMA, readAnswer, type Answer } from './answer.ts';
import type { Prompt } from './prompts.ts';

/** A language model behind an endpoint of the shape of OpenAI's `POST /v1/chat/completions`. It has no tools. */

export interface LanguageModelEndpoint {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** Who operates it, and where it stands: named in everything it writes. */
  readonly operator: string;
  readonly place: string;
  /** Question and answer together. */
  readonly contextTokens: number;
  /** For one question. */
  readonly timeoutMs: number;
}

export interface LanguageModel {
  readonly endpoint: LanguageModelEndpoint;
  /**
   * @throws ModelUnavailable when it cannot be asked, also after a second attempt
   * @throws ModelBroken when it twice answers something else than what it is asked for
   */
  ask(prompt: Prompt, mostTokens: number, signal: AbortSignal): Promise<Answer>;
}

export class ModelUnavailable extends Error {
  override readonly name = 'ModelUnavailable';
}
export class ModelBroken extends Error {
  override readonly name = 'ModelBroken';
}

const replySchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});

/** Longer answers are no minutes. */
const LARGEST_REPLY_BYTES = 1_000_000;
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
const ATTEMPTS = 2;

interface Failure {
  readonly error: Error;
  readonly retryMs?: number | undefined;
  /** It knows no `response_format`. */
  readonly plain?: boolean;
}

/** @throws ModelBroken while it reads, so that no endpoint fills the memory */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the download.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LARGEST_REPLY_BYTES) throw new ModelBroken('the language model answers without end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns undefined: it names no time */
function retryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header ?? NaN);
  return Number.isFinite(seconds) ? Math.min(LONGEST_RETRY_MS, seconds * 1000) : undefined;
}

/** @param pauseMs between two attempts, where the endpoint names none; shorter in tests */
export function createLanguageModel(endpoint: LanguageModelEndpoint, pauseMs = RETRY_MS): LanguageModel {
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}/v1/chat/completions`;

  const post = async (body: unknown, signal: AbortSignal): Promise<string | Failure> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(endpoint.apiKey === undefined || endpoint.apiKey === ''
            ? {}
            : { authorization: `Bearer ${endpoint.apiKey}` }),
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(endpoint.timeoutMs)]),
      });
      text = response.ok ? await textOf(response) : '';
      if (!response.ok) await response.body?.cancel();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof ModelBroken) return { error: cause };
      return { error: new ModelUnavailable('the language model does not answer', { cause }) };
    }
    if (!response.ok) {
      const error = new ModelUnavailable(`the language model answers ${response.status}`);
      const plain = response.status === 400 || response.status === 422;
      return { error, plain, retryMs: retryAfterMs(response.headers.get('retry-after')) };
    }
    return text;
  };

  return {
    endpoint,
    ask: async ({ system, user }, mostTokens, signal) => {
      let structured = true;
      let error: Error = new ModelBroken('the language model was not asked');
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const again = attempt > 0 && error instanceof ModelBroken;
        const reply = await post(
          {
            model: endpoint.model,
            messages: [
              { role: 'system', content: system },
              { role: 'user', content: user },
              ...(again
                ? [{ role: 'user', content: 'Your answer was not the JSON object asked for. Answer again.' }]
                : []),
            ],
            // The same again would break the same way.
            temperature: again ? 0.4 : 0,
            max_tokens: mostTokens,
            ...(structured
              ? {
                  response_format: {
                    type: 'json_schema',
                    json_schema: { name: 'minutes', strict: true, schema: ANSWER_JSON_SCHEMA },
                  },
                }
              : {}),
          },
          signal,
        );
        if (typeof reply === 'string') {
          try {
            const [choice] = replySchema.parse(JSON.parse(reply)).choices;
            return readAnswer(choice?.message.content ?? '');
          } catch (cause) {
            // Neither its text nor where it broke may be kept: it holds what people said.
            error = new ModelBroken(
              `the language model answers something else: ${cause instanceof Error ? cause.name : ''}`,
            );
          }
          continue;
        }
        error = reply.error;
        if (reply.plain === true) structured = false;
        else if (attempt + 1 < ATTEMPTS) await sleep(reply.retryMs ?? pauseMs, undefined, { signal });
      }
      throw error;
    },
  };
}
