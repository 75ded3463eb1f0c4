import { elementCallMessenger } from '../fixtures/element-call.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import { enterElementCall } from '../pages/element-call.ts';

test('Element Call and our widget see and hear each other @element-call', async ({ cast, stack }) => {
  const messengerUrl = await elementCallMessenger(cast);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob', { messengerUrl });
  const room = await makeRoom(stack, alice, [bob]);
  await alice.messenger.openRoom(room.name);
  const aliceCall = await alice.messenger.startCall();
  await bob.messenger.openRoom(room.name);
  const bobCall = await enterElementCall(bob.page, 'call-join');

  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.displayName), alice.media.colour);
  await expectTone(aliceCall.frame, bob.media.toneHz);
  await expectTone(bobCall.frame, alice.media.toneHz);
  await expect(aliceCall.tile(bob.userId).getByTestId('tile-name').first()).toContainText(bob.displayName);
  await bobCall.leave();
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
});
