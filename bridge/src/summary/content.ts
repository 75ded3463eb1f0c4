import type { MinutesBlock, MinutesSource } from '@palabre/protocol';
import type { LanguageModel } from './language-model.ts';
import { extractOf } from './minutes.ts';
import type { SourceLine } from './source.ts';
import { summarise, type NothingWritten, type Written } from './summarise.ts';
import { withoutIds } from './unnamed.ts';

/** The part of a minutes block that says what was said, and how it was made. */
export type MinutesContent = Pick<
  MinutesBlock,
  | 'method'
  | 'model'
  | 'operator'
  | 'place'
  | 'language'
  | 'instead'
  | 'purpose'
  | 'decisions'
  | 'actions'
  | 'questions'
  | 'left_out'
  | 'extract'
>;

export interface Talk {
  readonly lines: readonly SourceLine[];
  /** ISO 639-1. */
  readonly language: string | undefined;
}

function sourceOf({ userId, name, startMs, endMs, eventId }: SourceLine): MinutesSource {
  return {
    user_id: userId,
    name,
    start_ms: startMs,
    end_ms: endMs,
    ...(eventId === undefined ? {} : { event_id: eventId }),
  };
}

/** Sentences of the meeting, word for word. */
export function extractContent({ lines, language }: Talk, instead?: NothingWritten): MinutesContent {
  return {
    method: 'extractive',
    ...(language === undefined ? {} : { language }),
    ...(instead === undefined ? {} : { instead }),
    decisions: [],
    actions: [],
    questions: [],
    left_out: 0,
    extract: extractOf(lines).map(({ userId, name, startMs, text }) => ({
      user_id: userId,
      name,
      start_ms: startMs,
      text,
    })),
  };
}

function writtenContent(
  { endpoint }: LanguageModel,
  { lines, language }: Talk,
  { answer, leftOut }: Written,
): MinutesContent {
  const resting = <T extends { readonly lines: readonly number[] }>({ lines: numbers, ...rest }: T) => ({
    ...rest,
    sources: numbers.flatMap((number) => {
      const line = lines[number - 1];
      return line === undefined ? [] : [sourceOf(line)];
    }),
  });
  const { purpose, decisions, actions, questions } = answer;
  return {
    method: 'model',
    model: endpoint.model,
    operator: endpoint.operator,
    place: endpoint.place,
    ...(language === undefined ? {} : { language }),
    ...(purpose === undefined ? {} : { purpose: resting(purpose) }),
    decisions: decisions.map(resting),
    actions: actions.map(({ who, due, ...action }) => ({
      ...resting(action),
      ...(who === undefined ? {} : { who }),
      ...(due === undefined ? {} : { due }),
    })),
    questions: questions.map(resting),
    left_out: leftOut,
    extract: [],
  };
}

/** By the model where there is one and it can be used, else an extract that says so. @throws only when `signal` ends it */
export async function minutesContent(
  model: LanguageModel | undefined,
  talk: Talk,
  signal: AbortSignal,
  onTrouble: (error: Error) => void,
): Promise<MinutesContent> {
  if (model === undefined) return extractContent(talk);
  if (talk.lines.length === 0) return extractContent(talk);
  const unnamed = withoutIds(talk.lines, talk.language);
  const written = await summarise(model, unnamed.lines, talk.language, signal, onTrouble);
  if (typeof written === 'string') return extractContent(talk, written);
  return writtenContent(model, talk, { ...written, answer: unnamed.withNames(written.answer) });
}
