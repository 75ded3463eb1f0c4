import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { SCREEN_COLOUR } from '../media/actor-media.ts';
import { expectMovingVideo, expectNoTone, expectTone } from '../media/looking.ts';
import type { Scenario } from './ground.ts';

/** Two people start and join, see and hear each other, share a screen, leave. */
export async function callScenario({ cast, stack, encrypted }: Scenario): Promise<void> {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob], { encrypted });
  const [aliceCall, bobCall] = await meet(room, alice, bob);

  await test.step('moving video of the other, both ways', async () => {
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  });
  await test.step('the tone of the other, both ways, and nobody hears themselves', async () => {
    await expectTone(aliceCall.frame, bob.media.toneHz);
    await expectTone(bobCall.frame, alice.media.toneHz);
    await expectNoTone(aliceCall.frame, alice.media.toneHz);
    await expectNoTone(bobCall.frame, bob.media.toneHz);
  });
  await test.step('muting is heard', async () => {
    await bobCall.button('toggle-mic').click();
    await expectNoTone(aliceCall.frame, bob.media.toneHz);
    await bobCall.button('toggle-mic').click();
    await expectTone(aliceCall.frame, bob.media.toneHz);
  });
  await test.step('names are on the tiles', async () => {
    await expect(aliceCall.tile(bob.userId).getByTestId('tile-name').first()).toContainText(bob.displayName);
    await expect(bobCall.tile(alice.userId).getByTestId('tile-name').first()).toContainText(alice.displayName);
  });
  await test.step('a screen share arrives and goes', async () => {
    const before = await bobCall.tiles().count();
    await aliceCall.button('share-screen').click();
    await expect(bobCall.tiles()).toHaveCount(before + 1);
    await expect(async () => {
      expect(await bobCall.videosWith(SCREEN_COLOUR), 'videos that show the shared screen').toBe(1);
    }).toPass({ timeout: 15_000 });
    await aliceCall.button('share-screen').click();
    await expect(bobCall.tiles()).toHaveCount(before);
  });
  await test.step('who leaves is gone', async () => {
    await bobCall.leave();
    await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
    await expect
      .poll(async () => (await alice.matrix.callMembers(room.roomId)).map((event) => event.sender))
      .toEqual([alice.userId]);
  });
}

/** A browser that dies without a word is gone once its delayed leave has fired. */
export async function ghostScenario({ cast, stack, encrypted }: Scenario): Promise<void> {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob', { ownBrowser: true });
  const room = await makeRoom(stack, alice, [bob], { encrypted });
  const [aliceCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);

  await bob.killBrowser();
  const killedMs = Date.now();

  // The delayed leave is scheduled 18 s ahead and restarted every 4 s.
  await expect
    .poll(async () => (await alice.matrix.callMembers(room.roomId)).map((event) => event.sender), { timeout: 30_000 })
    .toEqual([alice.userId]);
  expect(Date.now() - killedMs).toBeLessThan(25_000);
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
}
