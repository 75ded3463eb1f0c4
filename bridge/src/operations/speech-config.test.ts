import { describe, expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';
import { speechSchema } from './speech-config.ts';

const read = (value: unknown) => parseConfig(speechSchema, value, 'bridge.json');
const ONE = { baseUrl: 'http://127.0.0.1:8609/', apiKey: 'k' };

describe('configured speech engines', () => {
  test('one engine as before is a list of one', () => {
    expect(read({ ...ONE, model: 'base' })).toEqual([
      {
        kind: 'openai',
        baseUrl: 'http://127.0.0.1:8609',
        apiKey: 'k',
        model: 'base',
        captions: true,
        lastResort: false,
      },
    ]);
  });

  test('several stand in for each other in their order', () => {
    const read2 = read([{ ...ONE, kind: 'kyutai', model: 'stt-1b-en_fr', languages: ['en', 'fr'] }, ONE]);
    expect(read2.map(({ kind, model }) => [kind, model])).toEqual([
      ['kyutai', 'stt-1b-en_fr'],
      ['openai', 'base'],
    ]);
  });

  test.each([
    ['1.languages.0: must be a language code', [ONE, { ...ONE, languages: ['french'] }]],
    ['1.modelSha256: must be a SHA-256', [ONE, { ...ONE, modelSha256: 'abc' }]],
    ['0: Unrecognized key: "modle" (modle)', { ...ONE, modle: 'base' }],
    ['0.kind: Invalid option', { ...ONE, kind: 'whisperx' }],
    ['0.operator: must be one line', { ...ONE, operator: 'a\nb' }],
    ['0.lastResort: the first engine cannot', [{ ...ONE, lastResort: true }, ONE]],
    ['at least one engine must be there for captions', { ...ONE, captions: false }],
    ['(top level): Too small', []],
  ])('refuses with a sentence that says where: %s', (sentence, value) => {
    expect(() => read(value)).toThrow(sentence);
  });
});
