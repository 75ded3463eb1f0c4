import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import { createSfuView } from '../matrix/sfu.ts';

test('people of three organisations, one of them without an SFU, see and hear each other @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  const everybody = [
    { person: alice, call: aliceCall },
    { person: bob, call: bobCall },
    { person: carol, call: carolCall },
  ];
  for (const { person, call } of everybody) {
    for (const { person: other } of everybody.filter((one) => one.person !== person)) {
      await test.step(`${person.name} sees and hears ${other.name}`, async () => {
        await expectMovingVideo(call.video(other.userId), other.media.colour);
        await expectTone(call.frame, other.media.toneHz);
      });
    }
  }
  await test.step('everybody publishes where their organisation has them publish', async () => {
    const at = async (stack: typeof ministry) => createSfuView(stack.facts).publishers(room.roomId);
    expect(await at(ministry)).toEqual([alice.userId, carol.userId].sort());
    expect(await at(agency)).toEqual([bob.userId]);
  });
});
