import { test } from '../fixtures/test.ts';
import { lostRecorderScenario, recordingScenario } from '../scenarios/recording.ts';
import { promptNamed } from '../words/prompts.ts';

test('the recording comes back: both people, names, sound with picture, captions @scribe @line @variant', ({
  cast,
  stack,
}, info) =>
  recordingScenario({ cast, stack, encrypted: false }, promptNamed('en-tt-allbusy'), info.outputPath('recording.mp4')));

test('the recorder is killed in mid-call: what was captured is posted, the gap is named @scribe @line @variant', ({
  cast,
  stack,
}, info) => lostRecorderScenario({ cast, stack, encrypted: false }, info.outputPath('recording.mp4')));
