import { expect, test } from '../fixtures/test.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { callScenario, ghostScenario } from '../scenarios/call.ts';

test('two people see and hear each other, and a screen share arrives @line', ({ cast, stack }) =>
  callScenario({ cast, stack, encrypted: false }));

test('a killed browser leaves no ghost once the delayed leave has fired @line', ({ cast, stack }) =>
  ghostScenario({ cast, stack, encrypted: false }));

test('a room made in the messenger has a call that the invited can join @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const name = `Planning ${alice.localpart.slice(-6)}`;
  await alice.messenger.createRoom(name, [bob.userId], false);
  await bob.messenger.acceptInvitation(name);

  await alice.messenger.send('Shall we talk?');
  await expect(bob.messenger.events().filter({ hasText: 'Shall we talk?' })).toBeVisible();
  const aliceCall = await alice.messenger.startCall();
  const bobCall = await bob.messenger.joinByBanner();
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);

  await test.step('the watcher was invited and came', async () => {
    const rooms = (await alice.matrix.request('GET', 'v3/joined_rooms')) as { joined_rooms: string[] };
    const members = await Promise.all(rooms.joined_rooms.map((roomId) => alice.matrix.joinedMembers(roomId)));
    expect(members.flat()).toContain(`@palabre:${stack.facts.serverName}`);
  });
});
