import { test } from '../fixtures/test.ts';
import {
  killedWhilePostingScenario,
  lostPowerScenario,
  lostScribeScenario,
  lostSpeechScenario,
} from '../scenarios/failures.ts';

test('the speech server is killed in mid-call: the rest arrives and the room knows what is missing @scribe @line', ({
  cast,
  stack,
}) => lostSpeechScenario({ cast, stack, encrypted: false }));

test('the scribe is killed in mid-call: a successor goes on and the gap is named @scribe @line @variant', ({
  cast,
  stack,
}) => lostScribeScenario({ cast, stack, encrypted: false }));

test('the bridge is killed while it posts: everything is there, once, and goes when it is redacted @line @scribe @deletion @variant', ({
  cast,
  stack,
}) => killedWhilePostingScenario({ cast, stack, encrypted: false }));

test('everything on the server is killed at once: the meeting goes on, the gap is named @scribe @power', ({
  cast,
  stack,
}) => lostPowerScenario({ cast, stack, encrypted: false }));
