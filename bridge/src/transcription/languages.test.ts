import { describe, expect, test } from '@jest/globals';
import { createLanguageMemory } from './languages.ts';

const [WORD, SENTENCE, LONG] = [1_000, 3_000, 6_000];

function setUp(hint: string | undefined) {
  const memory = createLanguageMemory();
  memory.hint('anna', hint);
  return {
    memory,
    told: (lastsMs: number) => memory.tell('anna', lastsMs),
    hear: (language: string, lastsMs: number) => memory.learn('anna', lastsMs, { text: 'words', language, words: [] }),
  };
}

describe('the language of a speaker', () => {
  test('that they set is told for a word or two, and for more once they were heard to speak it', () => {
    const { memory, told, hear } = setUp('fr');
    expect([WORD, SENTENCE, LONG].map(told)).toEqual(['fr', undefined, undefined]);
    expect(memory.expect('anna')).toBe('fr');
    hear('fr', SENTENCE);
    expect([WORD, SENTENCE, LONG].map(told)).toEqual(['fr', 'fr', undefined]);
  });

  test('who speaks another than they set is not written in the wrong one, and one mistake of the engine does not last', () => {
    const { memory, told, hear } = setUp('fr');
    hear('en', SENTENCE);
    expect([WORD, SENTENCE, LONG].map(told)).toEqual(['fr', undefined, undefined]);
    hear('fr', SENTENCE);
    hear('en', SENTENCE);
    expect(told(WORD)).toBe('fr');
    hear('en', LONG);
    expect([WORD, SENTENCE, LONG].map(told)).toEqual(['en', 'en', undefined]);
    // Said again by their client: no change.
    memory.hint('anna', 'fr');
    expect(told(WORD)).toBe('en');
    memory.hint('anna', 'de');
    expect([WORD, SENTENCE].map(told)).toEqual(['de', undefined]);
    memory.hint('anna', undefined);
    expect([WORD, SENTENCE].map(told)).toEqual([undefined, undefined]);
    expect(memory.expect('anna')).toBeUndefined();
  });

  test('that they did not set is believed when it is heard twice in a row', () => {
    const { told, hear } = setUp('fr');
    hear('en', SENTENCE);
    hear('nl', SENTENCE);
    expect(told(WORD)).toBe('fr');
    hear('nl', SENTENCE);
    expect(told(WORD)).toBe('nl');
  });

  test('where they set none is found in a sentence', () => {
    const { told, hear } = setUp(undefined);
    hear('en', WORD);
    expect(told(WORD)).toBeUndefined();
    hear('en', SENTENCE);
    expect([WORD, SENTENCE, LONG].map(told)).toEqual(['en', 'en', undefined]);
  });
});
