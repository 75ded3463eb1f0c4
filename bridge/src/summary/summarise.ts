import { randomBytes } from 'node:crypto';
import { createLinesBehind } from './anchoring.ts';
import { once, type Action, type Answer, type Statement } from './answer.ts';
import { ModelBroken, ModelUnavailable, type LanguageModel } from './language-model.ts';
import { mergePrompt, numberedLine, partPrompt } from './prompts.ts';
import type { SourceLine } from './source.ts';
import { factsSupported, isSupported, nameSupported, saidIn } from './support.ts';

/** Minutes by a language model, of which only what the transcript supports is kept. */

/** `lines` of each statement are indexes into the lines that were given. */
export interface Written {
  readonly answer: Answer;
  /** Statements, names and dates of the model that the transcript does not support. */
  readonly leftOut: number;
}
/** Why a model that is set up wrote nothing that can be used. */
export type NothingWritten = 'model_unavailable' | 'model_broken' | 'model_unsupported';

/** Half a token more than European languages need on average, in characters. */
const CHARACTERS_A_TOKEN = 3;
const PROMPT_TOKENS = 700;
const LONGEST_ANSWER_TOKENS = 2_000;
/** For everything together: long meetings in many parts. */
const BUDGET_MS = 30 * 60_000;
/** A day of talk; whatever comes after is not summarised by a model. */
const MOST_PARTS = 48;
const EMPTY: Answer = { purpose: undefined, decisions: [], actions: [], questions: [] };

/** How much of the context is for the answer, and how much text fits beside it. */
export function budgetOf(contextTokens: number): { readonly answerTokens: number; readonly characters: number } {
  const answerTokens = Math.min(LONGEST_ANSWER_TOKENS, Math.floor(contextTokens / 3));
  return { answerTokens, characters: (contextTokens - answerTokens - PROMPT_TOKENS) * CHARACTERS_A_TOKEN };
}

/** Consecutive texts in groups that fit; one that is too long alone is cut. */
export function groupsWithin(texts: readonly string[], characters: number): string[][] {
  const groups: string[][] = [];
  let left = 0;
  for (const text of texts) {
    const cut = text.slice(0, characters);
    if (groups.length === 0 || cut.length + 1 > left) {
      groups.push([]);
      left = characters;
    }
    groups.at(-1)?.push(cut);
    left -= cut.length + 1;
  }
  return groups;
}

/** Keeps what the cited lines support. */
export function supported(answer: Answer, lines: readonly SourceLine[], language: string | undefined): Written {
  const linesBehind = createLinesBehind(lines, language);
  let leftOut = 0;
  /** What is said, with the lines it rests on; nothing where none supports it. */
  const keep = <T extends Statement>(statements: readonly T[]): T[] =>
    statements
      .filter(({ text }) => text !== '')
      .flatMap((statement) => {
        const behind = linesBehind(statement.text, statement.lines);
        if (behind.length > 0) return [{ ...statement, lines: behind }];
        leftOut += 1;
        return [];
      });
  const withFacts = (action: Action): Action => {
    const said = saidIn(action.lines.flatMap((number) => lines[number - 1] ?? []));
    const { who, due, ...rest } = action;
    const keepsWho = who !== undefined && nameSupported(who, said);
    const keepsDue = due !== undefined && factsSupported(due, said, language) && isSupported(due, said, language);
    leftOut += (who === undefined || keepsWho ? 0 : 1) + (due === undefined || keepsDue ? 0 : 1);
    return { ...rest, who: keepsWho ? who : undefined, due: keepsDue ? due : undefined };
  };
  const [purpose] = keep(answer.purpose === undefined ? [] : [answer.purpose]);
  const kept: Answer = {
    purpose,
    decisions: keep(answer.decisions),
    actions: keep(answer.actions).map(withFacts),
    questions: keep(answer.questions),
  };
  return { answer: kept, leftOut };
}

function count(answer: Answer): number {
  const { purpose, decisions, actions, questions } = answer;
  return (purpose === undefined ? 0 : 1) + decisions.length + actions.length + questions.length;
}

/** Without a model: everything, once. */
function joined(parts: readonly Answer[]): Answer {
  return {
    purpose: parts.find(({ purpose }) => purpose !== undefined)?.purpose,
    decisions: once(parts.flatMap(({ decisions }) => decisions)),
    actions: once(parts.flatMap(({ actions }) => actions)),
    questions: once(parts.flatMap(({ questions }) => questions)),
  };
}

/** Does no statement rest on a line that one of this part rests on? Small models merge what comes first, and forget the rest. */
function isForgotten(part: Answer, merged: Answer): boolean {
  const linesOf = ({ decisions, actions, questions }: Answer): number[] =>
    [...decisions, ...actions, ...questions].flatMap(({ lines }) => lines);
  const known = new Set(linesOf(merged));
  return linesOf(part).every((line) => !known.has(line));
}

/**
 * @param lines of the whole meeting, in order
 * @returns what can be used, or why nothing can
 * @throws only when `signal` ends it
 */
export async function summarise(
  model: LanguageModel,
  lines: readonly SourceLine[],
  language: string | undefined,
  signal: AbortSignal,
  onTrouble: (error: Error) => void,
): Promise<Written | NothingWritten> {
  const { answerTokens, characters } = budgetOf(model.endpoint.contextTokens);
  const within = AbortSignal.any([signal, AbortSignal.timeout(BUDGET_MS)]);
  const mark = (): string => `=====${randomBytes(8).toString('hex')}=====`;
  let leftOut = 0;
  let stated = 0;
  const check = (answer: Answer): Answer => {
    const { answer: kept, leftOut: refused } = supported(answer, lines, language);
    leftOut += refused;
    stated += count(answer);
    return kept;
  };

  /** Merges as many at a time as fit, until one is left; a merge that fails is made by hand. */
  const merge = async (parts: readonly Answer[]): Promise<Answer> => {
    const [only, ...more] = parts;
    if (only === undefined) return EMPTY;
    if (more.length === 0) return only;
    const groups = groupsWithin(
      parts.map((part) => JSON.stringify(part)),
      characters,
    ).map(({ length }) => length);
    // No two fit together: a model cannot help.
    if (groups.length === parts.length) return joined(parts);
    const merged: Answer[] = [];
    let from = 0;
    for (const size of groups) {
      const group = parts.slice(from, from + size);
      from += size;
      const [alone, second] = group;
      if (alone !== undefined && second === undefined) {
        merged.push(alone);
        continue;
      }
      try {
        const answer = check(await model.ask(mergePrompt(group, language, mark()), answerTokens, within));
        merged.push(joined([answer, ...group.filter((part) => isForgotten(part, answer))]));
      } catch (error) {
        signal.throwIfAborted();
        onTrouble(error instanceof Error ? error : new Error('a merge failed'));
        merged.push(joined(group));
      }
    }
    return merge(merged);
  };

  try {
    const texts = lines.map((line, index) => numberedLine(line, index + 1));
    const parts: Answer[] = [];
    for (const group of groupsWithin(texts, characters).slice(0, MOST_PARTS)) {
      parts.push(check(await model.ask(partPrompt(group, language, mark()), answerTokens, within)));
    }
    const answer = await merge(parts);
    // A model that makes up every second thing is not to be trusted with the rest.
    if (leftOut * 2 > stated && leftOut > 1) return 'model_unsupported';
    return count(answer) === 0 && leftOut > 0 ? 'model_unsupported' : { answer, leftOut };
  } catch (error) {
    signal.throwIfAborted();
    onTrouble(error instanceof Error ? error : new Error('a summary failed'));
    if (error instanceof ModelBroken) return 'model_broken';
    if (error instanceof ModelUnavailable || within.aborted) return 'model_unavailable';
    throw error;
  }
}
