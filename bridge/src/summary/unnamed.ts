import { shortName } from '../transcription/index.ts';
import type { Answer, Statement } from './answer.ts';
import type { SourceLine } from './source.ts';

/** A model gets names that people chose, and no ids: who has none is a speaker with a letter. Pure. */
export interface Unnamed {
  /** For the model. */
  readonly lines: readonly SourceLine[];
  /** What it made of them, with these people called as the room knows them. */
  withNames(answer: Answer): Answer;
}

/** Is somebody called by their id, or by it among other words? */
function holdsId({ name, userId }: SourceLine): boolean {
  return name.includes(userId) || name.includes(shortName(userId));
}

/** A, B … Z, AA, AB …: a number would have to have been said (support.ts). */
function letters(index: number): string {
  const last = String.fromCodePoint(65 + (index % 26));
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`;
}

/** @param language of the talk, ISO 639-1 */
export function withoutIds(lines: readonly SourceLine[], language: string | undefined): Unnamed {
  const word = language === 'fr' ? 'Intervenant' : 'Speaker';
  const taken = new Set(lines.map(({ name }) => name));
  const labels = new Map<string, string>();
  let count = 0;
  const labelOf = (name: string): string => {
    const known = labels.get(name);
    if (known !== undefined) return known;
    let label: string;
    // Somebody may have chosen to be called like that.
    do label = `${word} ${letters(count++)}`;
    while (taken.has(label));
    labels.set(name, label);
    return label;
  };
  const shown = lines.map((line) => (holdsId(line) ? { ...line, name: labelOf(line.name) } : line));
  const names = new Map([...labels].map(([name, label]) => [label, name]));
  const called = (text: string): string =>
    names.size === 0
      ? text
      : text.replaceAll(new RegExp(`\\b${word} [A-Z]+\\b`, 'gu'), (label) => names.get(label) ?? label);
  const told = <T extends Statement>(statement: T): T => ({ ...statement, text: called(statement.text) });
  return {
    lines: shown,
    withNames: ({ purpose, decisions, actions, questions }) => ({
      purpose: purpose === undefined ? undefined : told(purpose),
      decisions: decisions.map(told),
      actions: actions.map(({ who, ...action }) => ({
        ...told(action),
        who: who === undefined ? undefined : called(who),
      })),
      questions: questions.map(told),
    }),
  };
}
