import { test } from '../fixtures/test.ts';
import { transcriptPageScenario } from '../scenarios/transcript-page.ts';
import { promptNamed } from '../words/prompts.ts';

test('a transcript beside its recording: read, heard, searched, corrected @scribe @transcript-page', ({
  cast,
  stack,
}, info) =>
  transcriptPageScenario(
    { cast, stack, encrypted: false },
    { english: promptNamed('en-queue-youarenext'), french: promptNamed('fr-privacy-prompt') },
    (name) => info.outputPath(name),
  ));

test('encrypted: the same, and corrections are encrypted as well @scribe @transcript-page @encrypted @variant', ({
  cast,
  stack,
}, info) =>
  transcriptPageScenario(
    { cast, stack, encrypted: true },
    { english: promptNamed('en-vm-nobox'), french: promptNamed('fr-vm-newuser') },
    (name) => info.outputPath(name),
  ));
