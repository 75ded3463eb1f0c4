import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CONSENT_TEXT_VERSION, CONSENT_TEXTS, consentCommandOf, consentReplyOf, strictest } from './consent.ts';

test('the stricter level wins, whoever set it', () => {
  expect(strictest(['announce', undefined, 'ask', 'off'])).toBe('ask');
  expect(strictest(['off', 'announce'])).toBe('announce');
  expect(strictest([undefined])).toBe('off');
});

test('whoever changes what people agree to gives it a new version', () => {
  const digest = createHash('sha256').update(JSON.stringify(CONSENT_TEXTS)).digest('hex').slice(0, 16);
  expect({ [CONSENT_TEXT_VERSION]: digest }).toEqual({ '2': '63505869f5b84040' });
});

describe('what is written in the room', () => {
  test('commands', () => {
    expect(consentCommandOf(' !palabre  consent ASK ')).toBe('ask');
    expect(consentCommandOf('!palabre consentir default')).toBe('default');
    for (const other of [
      '!palabre consent',
      '!palabre consent maybe',
      '!palabre consent ask please',
      '!palabre record',
      'consent ask',
    ])
      expect(consentCommandOf(other)).toBeUndefined();
  });

  test('answers, with and without what they answer', () => {
    expect(consentReplyOf('Oui !')).toBe('yes');
    expect(consentReplyOf('> <@palabre-scribe:x> This meeting is being recorded.\n> Answer.\n\nno')).toBe('no');
    for (const other of ['yes, but later', 'okay', '', '> yes']) expect(consentReplyOf(other)).toBeUndefined();
  });
});
