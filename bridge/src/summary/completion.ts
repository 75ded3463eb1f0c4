import { request } from 'undici';
import * as z from 'zod';

/** One question to an endpoint of the shape of OpenAI's `POST /v1/chat/completions`. */

export interface CompletionEndpoint {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** For one question. */
  readonly timeoutMs: number;
}

export interface Message {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/** What it answered, or why it did not. */
export type Completion =
  | { readonly kind: 'answered'; readonly text: string; readonly cutOff: boolean }
  /** It does not take such a request; `tooLong`: because question and answer do not fit into its context. */
  | { readonly kind: 'refused'; readonly status: number; readonly tooLong: boolean }
  | {
      readonly kind: 'unavailable';
      readonly says: string;
      readonly retryMs?: number | undefined;
      readonly cause?: unknown;
    }
  /** `says` holds nothing of what it answered. */
  | { readonly kind: 'broken'; readonly says: string };

const replySchema = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }))
    .min(1),
});

/** Longer answers are no minutes. */
const LARGEST_REPLY_BYTES = 1_000_000;
const LARGEST_REFUSAL_BYTES = 20_000;
const LONGEST_RETRY_MS = 30_000;
/** "maximum context length" (OpenAI, vLLM), "exceeds the available context size" (llama.cpp). */
const CONTEXT_TOO_SMALL = /context[ _](?:length|size|window)/i;

class Endless extends Error {}

/** @throws Endless while it reads, so that no endpoint fills the memory */
async function textOf(body: AsyncIterable<Buffer>, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop ends the download.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Endless();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns undefined: it names no time */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header ?? NaN);
  return Number.isFinite(seconds) ? Math.min(LONGEST_RETRY_MS, seconds * 1000) : undefined;
}

function readReply(reply: string): Completion {
  try {
    const [choice] = replySchema.parse(JSON.parse(reply)).choices;
    return { kind: 'answered', text: choice?.message.content ?? '', cutOff: choice?.finish_reason === 'length' };
  } catch {
    return { kind: 'broken', says: 'is no chat completion' };
  }
}

/** @param body beside the name of the model. @throws only when `signal` ends it */
export async function complete(endpoint: CompletionEndpoint, body: object, signal: AbortSignal): Promise<Completion> {
  const { baseUrl, apiKey, model, timeoutMs } = endpoint;
  try {
    const response = await request(`${baseUrl.replace(/\/+$/, '')}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ model, ...body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      // A model without a GPU says nothing for longer than the five minutes that undici waits by itself.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { statusCode: status } = response;
    if (status === 200) return readReply(await textOf(response.body, LARGEST_REPLY_BYTES));
    const refusal = await textOf(response.body, LARGEST_REFUSAL_BYTES).catch(() => '');
    signal.throwIfAborted();
    if (status === 400 || status === 422) return { kind: 'refused', status, tooLong: CONTEXT_TOO_SMALL.test(refusal) };
    return { kind: 'unavailable', says: `answers ${status}`, retryMs: retryAfterMs(response.headers['retry-after']) };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof Endless) return { kind: 'broken', says: 'has no end' };
    return { kind: 'unavailable', says: 'does not answer', cause };
  }
}
