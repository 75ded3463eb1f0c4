import * as z from 'zod';
import { oneLine } from '../transcription/index.ts';

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
function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => (items ?? []).slice(0, MOST_STATEMENTS));
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

const statement = {
  text: { type: 'string' },
  lines: { type: 'array', items: { type: 'integer' } },
} as const;
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
  decisions: { type: 'array', items: objectOf(statement) },
  actions: { type: 'array', items: objectOf({ ...statement, who: nullableText, due: nullableText }) },
  questions: { type: 'array', items: objectOf(statement) },
});

/** Models without a grammar wrap JSON into fences and words. @throws SyntaxError, z.ZodError */
export function readAnswer(text: string): Answer {
  const begin = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (begin < 0 || end < begin) throw new SyntaxError('no object in the answer');
  return answerSchema.parse(JSON.parse(text.slice(begin, end + 1)));
}
