import * as z from 'zod';
import { oneLine } from '../transcription/index.ts';
import { plain } from './words.ts';

/** What a language model is asked to answer, and how its answer is read. Pure. */

/** In UTF-8: all together must fit into one event, three times over. */
const LONGEST_TEXT_BYTES = 300;
const LONGEST_FACT_BYTES = 80;
const MOST_STATEMENTS = 12;
const MOST_LINES = 4;

/** Text of a model is cut rather than refused; it holds no markup, and nothing that could pass for a line of ours. */
function textOf(longestBytes: number) {
  return z.string().transform((text) => {
    let line = oneLine(text).replaceAll(/[<>`*_#|]/g, '');
    if (Buffer.byteLength(line) <= longestBytes) return line;
    // No character takes less than a byte; only what is left is measured for each that goes.
    line = line.slice(0, longestBytes);
    while (Buffer.byteLength(line) > longestBytes - 3) line = line.slice(0, -1);
    return `${line.trimEnd()}…`;
  });
}
const factSchema = textOf(LONGEST_FACT_BYTES)
  .nullish()
  .transform((text) => (text === '' || text === null ? undefined : text));
const linesSchema = z
  .array(z.coerce.number().catch(0))
  .nullish()
  .transform((lines) =>
    [...new Set((lines ?? []).filter((line) => Number.isInteger(line) && line > 0))].slice(0, MOST_LINES),
  );

const statementSchema = z.object({ text: textOf(LONGEST_TEXT_BYTES), lines: linesSchema });
const actionSchema = statementSchema.extend({ who: factSchema, due: factSchema });
/** Small models say the same again and again. */
export function once<T extends { readonly text: string }>(statements: readonly T[]): T[] {
  const known = new Set<string>();
  return statements.filter(({ text }) => {
    const same = known.has(plain(text));
    known.add(plain(text));
    return !same;
  });
}
function listOf<T extends z.ZodType<{ readonly text: string }>>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => once(items ?? []).slice(0, MOST_STATEMENTS));
}

export const answerSchema = z.object({
  purpose: statementSchema
    .nullish()
    .transform((purpose) => (purpose === null || purpose?.text === '' ? undefined : purpose)),
  decisions: listOf(statementSchema),
  actions: listOf(actionSchema),
  questions: listOf(statementSchema),
});
/** `lines` are numbers of lines of the transcript. */
export type Answer = z.infer<typeof answerSchema>;
export type Statement = z.infer<typeof statementSchema>;
export type Action = z.infer<typeof actionSchema>;

/** Bounded, as small models that have begun to count go on until they are cut off. */
const listSchema = (items: object, maxItems: number) => ({ type: 'array', items, maxItems });
const statement = { text: { type: 'string' }, lines: listSchema({ type: 'integer' }, MOST_LINES) };
const nullableText = { type: ['string', 'null'] } as const;
const objectOf = (properties: Record<string, unknown>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** The same as JSON schema, in the strict form that endpoints turn into a grammar: everything required, nothing else. */
export const ANSWER_JSON_SCHEMA = objectOf({
  purpose: { anyOf: [objectOf(statement), { type: 'null' }] },
  decisions: listSchema(objectOf(statement), MOST_STATEMENTS),
  actions: listSchema(objectOf({ ...statement, who: nullableText, due: nullableText }), MOST_STATEMENTS),
  questions: listSchema(objectOf(statement), MOST_STATEMENTS),
});

/** How models that reason end their reasoning, where their server leaves it in the answer. */
const END_OF_REASONING = '</think>';

/** Models without a grammar wrap JSON into fences and words. @throws SyntaxError, z.ZodError */
export function readAnswer(text: string): Answer {
  const reasoned = text.lastIndexOf(END_OF_REASONING);
  const said = reasoned < 0 ? text : text.slice(reasoned + END_OF_REASONING.length);
  const begin = said.indexOf('{');
  const end = said.lastIndexOf('}');
  if (begin < 0 || end < begin) throw new SyntaxError('no object in the answer');
  return answerSchema.parse(JSON.parse(said.slice(begin, end + 1)));
}
