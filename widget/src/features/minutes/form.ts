import type { MinutesBlock, MinutesEdit, MinutesSource } from '@palabre/protocol';

/** What stands in the form while a moderator edits a draft. Pure. */

export interface Line {
  /** Stable while the form is open. */
  readonly key: string;
  readonly from: number | null;
  readonly text: string;
  readonly who: string;
  readonly due: string;
  readonly sources: readonly MinutesSource[];
}
export type List = 'decisions' | 'actions' | 'questions';
export interface Form extends Readonly<Record<List, readonly Line[]>> {
  readonly purpose: string;
  /** Places of the sentences that stay. */
  readonly extract: readonly number[];
}

export function formOf(block: MinutesBlock): Form {
  const linesOf = (
    statements: readonly {
      text: string;
      sources: MinutesSource[];
      who?: string | undefined;
      due?: string | undefined;
    }[],
  ): Line[] =>
    statements.map(({ text, sources, who = '', due = '' }, index) => ({
      key: String(index),
      from: index,
      text,
      who,
      due,
      sources,
    }));
  return {
    purpose: block.purpose?.text ?? '',
    decisions: linesOf(block.decisions),
    actions: linesOf(block.actions),
    questions: linesOf(block.questions),
    extract: block.extract.map((_line, index) => index),
  };
}

export function newLine(key: string): Line {
  return { key, from: null, text: '', who: '', due: '', sources: [] };
}

/** Something is there that says nothing. */
export function hasEmpty(form: Form): boolean {
  return [...form.decisions, ...form.actions, ...form.questions].some(({ text }) => text.trim() === '');
}

export function editOf(form: Form): MinutesEdit {
  const statements = (lines: readonly Line[]): MinutesEdit['decisions'] =>
    lines.map(({ from, text }) => ({ from, text: text.trim() }));
  return {
    purpose: form.purpose.trim(),
    decisions: statements(form.decisions),
    actions: form.actions.map(({ from, text, who, due }) => ({
      from,
      text: text.trim(),
      who: who.trim(),
      due: due.trim(),
    })),
    questions: statements(form.questions),
    extract: [...form.extract],
  };
}
