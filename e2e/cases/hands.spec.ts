import { RAISED_HAND_REACTION } from '@palabre/protocol';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expect, test } from '../fixtures/test.ts';

for (const encrypted of [false, true]) {
  const where = encrypted ? ' in an encrypted room' : '';
  const tags = encrypted ? '@line' : '@line @variant';

  test(`raised hands are a queue, and emoji float${where} ${tags}`, async ({ cast, stack }) => {
    const alice = await cast.actor('alice');
    const bob = await cast.actor('bob');
    const carol = await cast.actor('carol');
    const room = await makeRoom(stack, alice, [bob, carol], { encrypted });
    const [aliceCall, bobCall] = await meet(room, alice, bob);

    await test.step('hands go up in order, by button and by key', async () => {
      await bobCall.button('hand-toggle').click();
      await expect(aliceCall.hand(bob.userId)).toBeVisible();
      await aliceCall.frame.locator('body').press('h');
      await expect(bobCall.hand(alice.userId)).toHaveText(/2/);
      await expect(bobCall.hand(bob.userId)).toHaveText(/1/);
      await expect(bobCall.frame.getByTestId('announcements')).toContainText(`${alice.displayName} raised a hand`);
    });
    await test.step("nobody raises somebody else's hand", async () => {
      await carol.messenger.openRoom(room.name);
      const carolCall = await carol.messenger.joinByBanner();
      const membership = async () =>
        (await carol.matrix.callMembers(room.roomId)).find((event) => event.sender === carol.userId)?.event_id;
      await expect.poll(membership).toBeDefined();
      await bob.matrix.react(room.roomId, String(await membership()), RAISED_HAND_REACTION);
      // What comes after it has arrived: so has it.
      await bobCall.react('party');
      await expect(carolCall.emoji(bob.userId)).toHaveText('🎉');
      await expect(aliceCall.emoji(bob.userId)).toHaveText('🎉');
      await expect(aliceCall.hand(carol.userId)).toHaveCount(0);
      await expect(carolCall.hand(carol.userId)).toHaveCount(0);
      await test.step('who comes later sees the hands that are up, in their order', async () => {
        await carolCall.frame.getByTestId('hands-hint').click();
        const queue = carolCall.frame.getByTestId('raised-hand');
        await expect(queue).toHaveCount(2);
        await expect(queue.first()).toHaveAttribute('data-user-id', bob.userId);
        await expect(queue.getByRole('button'), 'only moderators lower the hands of others').toHaveCount(0);
      });
    });
    await test.step('a moderator lowers a hand; a hand goes with who leaves', async () => {
      await aliceCall.frame.getByTestId('hands-hint').click();
      await aliceCall.frame.getByTestId('raised-hand').filter({ hasText: bob.displayName }).getByRole('button').click();
      await expect(bobCall.hand(bob.userId)).toHaveCount(0);
      await expect(bobCall.button('hand-toggle')).toHaveAttribute('aria-pressed', 'false');
      await aliceCall.leave();
      await expect(bobCall.frame.getByTestId('hands-hint')).toHaveCount(0);
    });
  });
}
