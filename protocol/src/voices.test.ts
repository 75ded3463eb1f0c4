import { expect, test } from '@jest/globals';
import { isVoiceOf, voiceName } from './voices.ts';

test('voices on one microphone are known by the names that were written for them, in either language', () => {
  expect(voiceName('Bob', '2', 'en')).toBe('Bob – speaker 2');
  for (const language of ['en', 'fr'] as const) expect(isVoiceOf('Bob', voiceName('Bob', '12', language))).toBe(true);
});

test('another person whose name begins alike is no voice', () => {
  for (const other of ['Bob', 'Bobby – speaker 1', 'Bob – Finance', 'Bob – speaker', 'Bob – speaker 1, Finance'])
    expect(isVoiceOf('Bob', other)).toBe(false);
});
