import { captionsOf, expectCaptions, readCaptions } from '../fixtures/captions.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { expect, test } from '../fixtures/test.ts';
import { say, type Prompt } from '../words/prompts.ts';
import type { Scenario } from './ground.ts';

/** One person speaks English, one French, the third reads; then nobody does, and the scribe goes by itself. */
export async function captionsScenario(
  { cast, stack, encrypted }: Scenario,
  sentences: { readonly english: Prompt; readonly french: Prompt },
): Promise<void> {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob], { encrypted });
  const { scribe } = bots(stack);
  const [aliceCall, bobCall] = await meet(room, alice, bob);

  await test.step('turning captions on brings the scribe in, for everybody to see', async () => {
    await readCaptions(bobCall);
    for (const call of [aliceCall, bobCall])
      await expect(call.state('captions-state')).toHaveAttribute('data-phase', 'on', { timeout: 30_000 });
    expect((await alice.matrix.callMembers(room.roomId)).map((event) => event.sender)).toContain(scribe);
  });

  await test.step('words appear while they are spoken, and become final', async () => {
    let interim = '';
    const watching = expect
      .poll(
        async () => {
          interim = await captionsOf(bobCall, alice, 'any');
          return interim;
        },
        { timeout: 15_000, intervals: [100] },
      )
      .not.toBe('');
    const spoken = await say(aliceCall.frame, sentences.english);
    await watching;
    await expectCaptions(bobCall, alice, [spoken], 0.2);
    const heard = await say(bobCall.frame, sentences.french);
    await expectCaptions(bobCall, bob, [heard], 0.35);
  });

  await test.step('only for who turned them on', async () => {
    await expect(aliceCall.frame.getByTestId('captions')).toHaveCount(0);
  });

  await test.step('when nobody reads them any more, the scribe goes, and left nothing but a word that it was there', async () => {
    await bobCall.press('captions-toggle');
    await expect(aliceCall.state('captions-state')).toBeHidden({ timeout: 40_000 });
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId), { timeout: 20_000 }).not.toContain(scribe);
  });
}
