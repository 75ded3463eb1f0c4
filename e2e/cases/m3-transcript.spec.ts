import { test } from '../fixtures/test.ts';
import { transcriptScenario } from '../scenarios/transcript.ts';
import { promptsFor } from '../words/prompts.ts';

test('the transcript of two people in two languages comes back under the right names @scribe @line @variant', ({
  cast,
  stack,
}) =>
  transcriptScenario(
    { cast, stack, encrypted: false },
    { english: promptsFor('plain', 'en'), french: promptsFor('plain', 'fr') },
  ));
