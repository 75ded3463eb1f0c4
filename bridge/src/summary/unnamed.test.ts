import { expect, test } from '@jest/globals';
import { minutesContent } from './content.ts';
import { readAnswer } from './answer.ts';
import type { LanguageModel } from './language-model.ts';
import type { SourceLine } from './source.ts';
import { withoutIds } from './unnamed.ts';

const LONG = `@${'b'.repeat(200)}:hs`;
const line = (userId: string, name: string, text: string): SourceLine => ({ userId, name, startMs: 0, endMs: 1, text });
const LINES = [
  line('@alice:hs', 'Alice', 'We need a larger budget for the building.'),
  line('@bob:hs', '@bob:hs', 'I will send the revised plan on Friday.'),
  line('@carol:hs', 'Carol (@carol:hs)', 'Who speaks to the council about the garden?'),
  line('@bob:hs', '@bob:hs', 'And the keys of the building.'),
];

test('a model is told no id of anybody, and minutes name people as the room does', async () => {
  const prompts: string[] = [];
  const model: LanguageModel = {
    endpoint: {
      baseUrl: 'http://x',
      model: 'test',
      operator: 'us',
      place: 'here',
      contextTokens: 8_000,
      timeoutMs: 1_000,
    },
    ask: ({ system, user }) => {
      prompts.push(system, user);
      const actions = [{ text: 'Speaker A will send the revised plan.', who: 'Speaker A', due: 'Friday', lines: [2] }];
      return Promise.resolve(readAnswer(JSON.stringify({ actions })));
    },
  };
  const talk = { lines: LINES, language: 'en' };
  const content = await minutesContent(model, talk, new AbortController().signal, () => undefined);
  expect(prompts.join()).not.toMatch(/@\w+:hs/);
  expect(prompts.join()).toContain('[2] Speaker A: I will send');
  expect(prompts.join()).toContain('[4] Speaker A: And the keys');
  expect(content.actions).toEqual([
    expect.objectContaining({ text: '@bob:hs will send the revised plan.', who: '@bob:hs', due: 'Friday' }),
  ]);
  expect(content.actions[0]?.sources[0]).toMatchObject({ user_id: '@bob:hs', name: '@bob:hs' });
});

test('in French, beside somebody who chose such a name, and of ids that were cut', () => {
  const { lines } = withoutIds(
    [
      line('@eve:hs', 'Intervenant A', ''),
      line(LONG, `${LONG.slice(0, 99)}…`, ''),
      ...Array.from({ length: 27 }, (_, index) => line(`@${index}:hs`, `@${index}:hs`, '')),
    ],
    'fr',
  );
  expect(lines[0]?.name).toBe('Intervenant A');
  expect(lines[1]?.name).toBe('Intervenant B');
  expect(lines.at(-1)?.name).toBe('Intervenant AC');
  expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length);
});
