import { captionsOf, expectCaptions, readCaptions } from '../fixtures/captions.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { usePolicy, withClass } from '../fixtures/policy.ts';
import { expect, test } from '../fixtures/test.ts';
import { say, type Prompt } from '../words/prompts.ts';
import type { Scenario } from './ground.ts';

/** Somebody turns captions on later and reads the last minute; then policy takes captions away, and nobody is sent any. */
export async function captionReadersScenario(
  { cast, stack, encrypted }: Scenario,
  sentences: { readonly first: Prompt; readonly second: Prompt },
): Promise<void> {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const carol = await cast.actor('carol', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob, carol], { encrypted });
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  await readCaptions(bobCall);
  await expect(bobCall.state('captions-state')).toHaveAttribute('data-phase', 'on', { timeout: 30_000 });
  const first = await say(aliceCall.frame, sentences.first);
  await expectCaptions(bobCall, alice, [first], 0.2);

  await test.step('a late reader is given what was said before', async () => {
    await readCaptions(carolCall);
    await expectCaptions(carolCall, alice, [first], 0.2);
  });

  await test.step('without the right nothing more comes, to anybody', async () => {
    await usePolicy(cast, stack, (policy) => withClass('own', { ...policy.classes?.['own'], captions: false })(policy));
    // The scribe hears of it and, with nobody left to read, goes.
    await expect(bobCall.state('captions-state')).toBeHidden({ timeout: 60_000 });
    const before = await captionsOf(bobCall, alice, 'any');
    await say(aliceCall.frame, sentences.second);
    expect(await captionsOf(bobCall, alice, 'any')).toBe(before);
  });
}
