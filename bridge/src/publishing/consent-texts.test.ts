import { expect, test } from '@jest/globals';
import { consentTextsFor } from './consent-texts.ts';

const { level: said } = consentTextsFor('en');

test('whoever sets how consent is asked hears what was set, and what counts where that is not the same', () => {
  expect(said({ chosen: 'ask', standard: 'announce', level: 'ask' })).toBe(
    'This room is now set to “ask”. In calls of this room only those who agree are recorded and transcribed.',
  );
  expect(said({ chosen: 'off', standard: 'ask', level: 'ask' })).toBe(
    'This room is now set to “off”. That changes nothing for now: the server is set to “ask”, which is stricter and counts. In calls of this room only those who agree are recorded and transcribed.',
  );
  expect(said({ chosen: undefined, standard: 'announce', level: 'announce' })).toBe(
    'This room now follows the setting of the server, “announce”. Recording and transcription are announced in calls of this room, and nobody is asked.',
  );
});

test('a meeting that had a stricter setting keeps it', () => {
  expect(said({ chosen: undefined, standard: 'announce', level: 'ask' })).toContain(
    'The meeting that runs keeps the stricter setting that it has had, “ask”.',
  );
});
