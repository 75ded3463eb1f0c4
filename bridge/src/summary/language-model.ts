import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_JSON_SCHEMA, readAnswer, type Answer } from './answer.ts';
import { complete, type Completion, type CompletionEndpoint } from './completion.ts';
import type { Prompt } from './prompts.ts';

/** A language model that is asked for minutes. It has no tools. */

export interface LanguageModelEndpoint extends CompletionEndpoint {
  /** Who operates it, and where it stands: named in everything it writes. */
  readonly operator: string;
  readonly place: string;
  /** Question and answer together. */
  readonly contextTokens: number;
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

const RETRY_MS = 2_000;
const ATTEMPTS = 2;

type Failed = Exclude<Completion, { kind: 'answered' }>;

function errorOf(failed: Failed): ModelBroken | ModelUnavailable {
  if (failed.kind === 'broken') return new ModelBroken(`the answer of the language model ${failed.says}`);
  if (failed.kind === 'unavailable') {
    return new ModelUnavailable(`the language model ${failed.says}`, { cause: failed.cause });
  }
  const why = failed.tooLong ? ', as its context is smaller than contextTokens says' : '';
  return new ModelUnavailable(`the language model refuses the question (${failed.status})${why}`);
}

/** @throws ModelBroken without a word of what it answered: that holds what people said */
function answerIn({ text, cutOff }: Extract<Completion, { kind: 'answered' }>): Answer {
  try {
    return readAnswer(text);
  } catch (cause) {
    const why = cutOff ? 'it did not come to its end' : cause instanceof Error ? cause.name : '';
    throw new ModelBroken(`the language model answers something else: ${why}`);
  }
}

/** @param pauseMs between two attempts, where the endpoint names none; shorter in tests */
export function createLanguageModel(endpoint: LanguageModelEndpoint, pauseMs = RETRY_MS): LanguageModel {
  /** Some take no schema, no system message, no temperature or no `max_tokens`: then it is only asked. */
  let onlyAsked = false;

  const requestOf = ({ system, user }: Prompt, mostTokens: number, brokeBefore: boolean): object => {
    // Not as a message of its own: templates of many models want question and answer by turns.
    const content = brokeBefore ? `${user}\n\nYour last answer was not the JSON object asked for. Answer again.` : user;
    if (onlyAsked) return { messages: [{ role: 'user', content: `${system}\n\n${content}` }] };
    return {
      messages: [
        { role: 'system', content: system },
        { role: 'user', content },
      ],
      // The same again would break the same way.
      temperature: brokeBefore ? 0.4 : 0,
      max_tokens: mostTokens,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'minutes', strict: true, schema: ANSWER_JSON_SCHEMA },
      },
    };
  };

  return {
    endpoint,
    ask: async (prompt, mostTokens, signal) => {
      let error: Error = new ModelBroken('the language model was not asked');
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        let completion = await complete(
          endpoint,
          requestOf(prompt, mostTokens, error instanceof ModelBroken && attempt > 1),
          signal,
        );
        if (completion.kind === 'refused' && !completion.tooLong && !onlyAsked) {
          onlyAsked = true;
          completion = await complete(endpoint, requestOf(prompt, mostTokens, false), signal);
          // That was not it.
          if (completion.kind !== 'answered') onlyAsked = false;
        }
        if (completion.kind === 'answered') {
          try {
            return answerIn(completion);
          } catch (cause) {
            if (!(cause instanceof ModelBroken)) throw cause;
            error = cause;
          }
          continue;
        }
        error = errorOf(completion);
        if (completion.kind === 'refused') break;
        if (completion.kind === 'unavailable' && attempt < ATTEMPTS) {
          await sleep(completion.retryMs ?? pauseMs, undefined, { signal });
        }
      }
      throw error;
    },
  };
}
