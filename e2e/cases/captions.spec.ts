import { test } from '../fixtures/test.ts';
import { captionReadersScenario } from '../scenarios/captions-readers.ts';
import { captionsScenario } from '../scenarios/captions.ts';
import { promptNamed } from '../words/prompts.ts';

test('captions: words in two languages on another screen while they are spoken @scribe @captions @variant', ({
  cast,
  stack,
}) =>
  captionsScenario(
    { cast, stack, encrypted: false },
    { english: promptNamed('en-ss-noservice'), french: promptNamed('fr-privacy-prompt') },
  ));

test('encrypted: captions travel as encrypted as the voices @scribe @captions', ({ cast, stack }) =>
  captionsScenario(
    { cast, stack, encrypted: true },
    { english: promptNamed('en-vm-nobox'), french: promptNamed('fr-vm-newuser') },
  ));

test('captions: the last minute for who comes late, nothing for who may not @scribe @captions', ({ cast, stack }) =>
  captionReadersScenario(
    { cast, stack, encrypted: false },
    { first: promptNamed('en-queue-youarenext'), second: promptNamed('en-ss-noservice') },
  ));
