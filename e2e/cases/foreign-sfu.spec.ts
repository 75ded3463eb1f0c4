import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectPacketsGone } from '../fixtures/out.ts';
import { usePolicy } from '../fixtures/policy.ts';
import { expectSees, expectSeesNothing, fromStolenSeat, stolenSeat } from '../fixtures/stolen-seat.ts';
import { askDoor } from '../matrix/doors.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectNoTone, expectTone } from '../media/looking.ts';

test('an SFU that keeps somebody who was kicked changes nothing on the screens of others @federation @hostile', async ({
  cast,
  federation,
}) => {
  const { ministry, agency } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const dave = await cast.actor('dave', { home: agency });
  const room = await makeRoom(ministry, alice, [bob, dave]);
  const [aliceCall, bobCall] = await meet(room, alice, bob, dave);
  // All there before that side stands still: what is not subscribed to by then cannot be any more.
  for (const person of [bob, dave]) {
    await expectMovingVideo(aliceCall.video(person.userId), person.media.colour);
    await expectTone(aliceCall.frame, person.media.toneHz);
  }

  await test.step('the top line says whose servers are in use', async () => {
    await expect(aliceCall.frame.getByTestId('through')).toContainText(agency.facts.serverName);
    await expect(bobCall.frame.getByTestId('through')).toContainText(ministry.facts.serverName);
  });
  const stays = async (userId: string) =>
    expect((await createSfuView(agency.facts).participants(room.roomId)).join(), 'still on their SFU').toContain(
      userId,
    );
  // From now on nobody on that side removes anybody or takes an order.
  await agency.kill('bridge', 'SIGSTOP');
  try {
    await alice.matrix.kick(room.roomId, bob.userId);
    await expect(aliceCall.tile(bob.userId)).toHaveCount(0, { timeout: 2_000 });
    await expectNoTone(aliceCall.frame, bob.media.toneHz);
    await stays(bob.userId);
    await expectMovingVideo(aliceCall.video(dave.userId), dave.media.colour);

    await test.step('with the last of its people the connection goes, too', async () => {
      const gone = expectPacketsGone({ kicked: aliceCall.frame, others: [], hz: dave.media.toneHz });
      await gone.watch();
      await alice.matrix.kick(room.roomId, dave.userId);
      await gone.expectStopped(Date.now());
      await expect(aliceCall.tile(dave.userId)).toHaveCount(0);
      await expect(aliceCall.frame.getByTestId('through')).toHaveCount(0);
      await stays(dave.userId);
    });
  } finally {
    await agency.kill('bridge', 'SIGCONT');
  }
});

test('who was kicked decodes nothing more on a foreign SFU, even with a seat there @federation @hostile', async ({
  cast,
  federation,
}) => {
  const { ministry, agency } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const dave = await cast.actor('dave', { home: agency });
  const room = await makeRoom(ministry, alice, [bob, dave], { encrypted: true });
  const [aliceCall, , daveCall] = await meet(room, alice, bob, dave);
  await expectMovingVideo(aliceCall.video(dave.userId), dave.media.colour);
  await expectMovingVideo(daveCall.video(bob.userId), bob.media.colour);
  await expect(aliceCall.frame.getByTestId('through')).toHaveCount(0);

  await test.step('with his keys a seat sees', () => fromStolenSeat(stolenSeat(bob, agency, room.roomId), expectSees));
  await alice.matrix.kick(room.roomId, bob.userId);
  await expect(daveCall.tile(bob.userId)).toHaveCount(0);
  await expectMovingVideo(aliceCall.video(dave.userId), dave.media.colour);
  await test.step('after the change of keys it sees nothing', () =>
    fromStolenSeat(stolenSeat(bob, agency, room.roomId), expectSeesNothing));
});

test('policy can demand encryption where several SFUs are in use @federation @hostile', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const plain = await makeRoom(ministry, alice, [bob, carol]);
  const asked: string[] = [];
  alice.page.on('request', (request) => {
    if (request.url().startsWith(agency.facts.urls.api)) asked.push(request.url());
  });
  await usePolicy(cast, ministry, (policy) => ({ ...policy, encryptionAcrossSfus: 'required' }));
  const [aliceCall, bobCall, carolCall] = await meet(plain, alice, bob, carol);
  await test.step('on one SFU the call goes on', async () => {
    await expectMovingVideo(aliceCall.video(carol.userId), carol.media.colour);
    await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour);
  });
  await test.step('nothing passes between the two SFUs, and both sides are told what to do', async () => {
    await expect(aliceCall.tile(bob.userId)).toContainText('asks for an encrypted room');
    for (const call of [aliceCall, bobCall])
      await expect(call.frame.getByTestId('notice').filter({ hasText: 'turn on encryption' })).toBeVisible();
    expect(await askDoor(ministry.facts, bob.matrix, plain.roomId, 'sfu/get')).toMatchObject({
      status: 403,
      errcode: 'PALABRE_ENCRYPTION_REQUIRED',
    });
    expect((await createSfuView(ministry.facts).participants(plain.roomId)).join()).not.toContain(bob.userId);
    expect(asked, 'what alice asked of the other side').toEqual([]);
    await expectNoTone(aliceCall.frame, bob.media.toneHz);
  });
  for (const call of [aliceCall, bobCall, carolCall]) await call.leave();

  await test.step('in an encrypted room everybody meets', async () => {
    const closed = await makeRoom(ministry, alice, [bob], { encrypted: true });
    const [aliceAgain, bobAgain] = await meet(closed, alice, bob);
    await expectMovingVideo(aliceAgain.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobAgain.video(alice.userId), alice.media.colour);
  });
});
