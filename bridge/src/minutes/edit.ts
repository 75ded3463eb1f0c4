import type { MinutesEdit, MinutesFacts, MinutesSource, MinutesStatement } from '@palabre/protocol';
import { oneLine } from '../transcription/index.ts';

/** What a moderator wrote stands on what the statement stood on before; what is new stands on nothing. Pure. */
export function edited(facts: MinutesFacts, edit: MinutesEdit): MinutesFacts {
  const sourcesOf = (statements: readonly MinutesStatement[], from: number | null): MinutesSource[] =>
    (from === null ? undefined : statements[from]?.sources) ?? [];
  const restated = (statements: readonly MinutesStatement[], edits: MinutesEdit['decisions']): MinutesStatement[] =>
    edits.map(({ from, text }) => ({ text: oneLine(text), sources: sourcesOf(statements, from) }));
  const { purpose, ...rest } = facts;
  const purposeText = oneLine(edit.purpose);
  const next: MinutesFacts = {
    ...rest,
    ...(purposeText === '' ? {} : { purpose: { text: purposeText, sources: purpose?.sources ?? [] } }),
    decisions: restated(facts.decisions, edit.decisions),
    actions: edit.actions.map(({ from, text, who, due }) => ({
      text: oneLine(text),
      sources: sourcesOf(facts.actions, from),
      ...(oneLine(who) === '' ? {} : { who: oneLine(who) }),
      ...(oneLine(due) === '' ? {} : { due: oneLine(due) }),
    })),
    questions: restated(facts.questions, edit.questions),
    extract: facts.extract.filter((_line, index) => edit.extract.includes(index)),
  };
  return { ...next, edited: facts.edited || !sameText(facts, next) };
}

function sameText(a: MinutesFacts, b: MinutesFacts): boolean {
  const textOf = ({ purpose, decisions, actions, questions, extract }: MinutesFacts): string =>
    JSON.stringify([
      purpose?.text ?? '',
      decisions.map(({ text }) => text),
      actions.map(({ text, who, due }) => [text, who ?? '', due ?? '']),
      questions.map(({ text }) => text),
      extract.map(({ start_ms: startMs, text }) => [startMs, text]),
    ]);
  return textOf(a) === textOf(b);
}
