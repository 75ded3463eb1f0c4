import { makeRoom, meet } from '../fixtures/meeting.ts';
import { announceBySticky } from '../fixtures/seats.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';

for (const encrypted of [false, true]) {
  const where = encrypted ? ' in an encrypted room' : '';
  const tags = encrypted ? '@line' : '@line @variant';

  test(`two people announced by sticky events meet, one by a state event joins them${where} ${tags}`, async ({
    cast,
    stack,
  }) => {
    const alice = await cast.actor('alice');
    const bob = await cast.actor('bob');
    const carol = await cast.actor('carol', { ownBrowser: true });
    await announceBySticky(alice);
    await announceBySticky(carol);
    const room = await makeRoom(stack, alice, [bob, carol], { encrypted });
    const [aliceCall, carolCall, bobCall] = await meet(room, alice, carol, bob);
    const seats = [
      { person: alice, call: aliceCall },
      { person: carol, call: carolCall },
      { person: bob, call: bobCall },
    ];
    for (const { call } of seats)
      for (const { person } of seats.filter((seat) => seat.call !== call)) {
        await expectMovingVideo(call.video(person.userId), person.media.colour);
        await expectTone(call.frame, person.media.toneHz);
      }
    const announced = await alice.matrix.callMembers(room.roomId);
    expect(announced.map((event) => event.sender)).toEqual([bob.userId]);

    await test.step('a hand on a sticky membership is seen', async () => {
      await carolCall.button('hand-toggle').click();
      for (const call of [aliceCall, bobCall]) await expect(call.hand(carol.userId)).toBeVisible();
    });
    await test.step('who leaves is gone at once; who is killed, by the delayed leave', async () => {
      await aliceCall.leave();
      await expect(bobCall.tile(alice.userId)).toHaveCount(0);
      await carol.killBrowser();
      // The delayed leave is scheduled 18 s ahead and restarted every 4 s.
      await expect(bobCall.tile(carol.userId)).toHaveCount(0, { timeout: 25_000 });
    });
  });
}
