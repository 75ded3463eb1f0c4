import { expect, test } from '../fixtures/test.ts';
import { OUT_MS } from '../fixtures/limits.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectNoWayIn, expectPacketsGone } from '../fixtures/out.ts';
import { askDoor, DOORS, tryGate } from '../matrix/doors.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';

test('who is kicked is out at once, everywhere, and stays out @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const carol = await cast.actor('carol');
  const room = await makeRoom(stack, alice, [bob, carol]);
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(carolCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);

  await test.step('the gate takes what it will refuse later', async () => {
    // carol's, not bob's: a second socket with bob's identity would end his first.
    const [socket] = carol.holdings.sockets;
    const fresh = await askDoor(stack.facts, carol.matrix, room.roomId, 'get_token');
    expect(fresh.status).toBe(200);
    expect(Object.values(await tryGate(socket ?? '', fresh.jwt ?? ''))).toEqual([101, 101, 200, 200]);
  });

  const held: string[] = [...bob.holdings.tokens];
  for (const door of DOORS) {
    const answer = await askDoor(stack.facts, bob.matrix, room.roomId, door);
    expect(answer.status, `${door} while bob is in`).toBe(200);
    held.push(answer.jwt ?? '');
  }
  await bob.messenger.goDeaf();
  const gone = expectPacketsGone({
    kicked: bobCall.frame,
    others: [aliceCall.frame, carolCall.frame],
    hz: bob.media.toneHz,
  });
  await gone.watch();
  for (const call of [aliceCall, carolCall]) await call.frame.evaluate(() => window.palabreProbes.watchTiles());
  // The homeserver's word alone must do, without the hints of those who stay.
  for (const { page } of [alice, carol]) await page.route('**/recheck', (route) => route.abort());
  await alice.matrix.kick(room.roomId, bob.userId);
  const kickedMs = Date.now();

  await test.step('tile gone everywhere at once', async () => {
    for (const call of [aliceCall, carolCall]) {
      await expect(call.tile(bob.userId)).toHaveCount(0);
      const report = await call.frame.evaluate(() => window.palabreProbes.tileReport());
      const tile = report.find((entry) => entry.identity === bob.userId);
      expect((tile?.lastSeenMs ?? NaN) - kickedMs, 'ms after the kick for which the tile stayed').toBeLessThan(OUT_MS);
    }
  });
  await test.step('packets stop in both directions', () => gone.expectStopped(kickedMs));
  await test.step('the others go on', async () => {
    await expectMovingVideo(aliceCall.video(carol.userId), carol.media.colour);
    await expectTone(aliceCall.frame, carol.media.toneHz);
  });
  await test.step('no token and no door lets bob in again', async () => {
    await expectNoWayIn(stack.facts, bob, room.roomId, held, carol.holdings.sockets[0] ?? '');
  });
});

test('invited only, banned and outsiders get no token by any door, and are told why @line', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const invited = await cast.person('bob');
  const banned = await cast.person('carol');
  const outsider = await cast.person('dave');
  const room = await makeRoom(stack, alice, [banned]);
  await alice.matrix.ban(room.roomId, banned.userId);
  await alice.matrix.invite(room.roomId, invited.userId);

  for (const door of DOORS) {
    expect((await askDoor(stack.facts, alice.matrix, room.roomId, door)).status, `${door} for a member`).toBe(200);
    for (const [what, who] of Object.entries({ invited, banned, outsider })) {
      const answer = await askDoor(stack.facts, who.matrix, room.roomId, door);
      expect(answer, `${door} for somebody ${what}`).toMatchObject({ status: 403, errcode: 'M_FORBIDDEN' });
      expect(answer.jwt).toBeUndefined();
      expect(answer.error ?? '', 'the error says why').toMatch(/join|member|room/i);
    }
  }
});

test('a kick while the bridge is down is enforced when it returns @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  const held = [...bob.holdings.tokens];

  // Only the server side is to put him out.
  await bob.messenger.goDeaf();
  await stack.hold('bridge');
  try {
    await alice.matrix.kick(room.roomId, bob.userId);
    const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
    await gone.watch();
    await stack.release('bridge');
    await gone.expectStopped(Date.now(), 10_000);
  } finally {
    await stack.release('bridge');
  }
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
  await expectNoWayIn(stack.facts, bob, room.roomId, held, alice.holdings.sockets[0] ?? '');
});

test('without the watcher a kick is enforced by the hint of those who stay @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob], { watcher: false });
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  const held = [...bob.holdings.tokens];

  await bob.messenger.goDeaf();
  const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
  await gone.watch();
  await alice.matrix.kick(room.roomId, bob.userId);
  await gone.expectStopped(Date.now(), 5_000);
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
  await expectNoWayIn(stack.facts, bob, room.roomId, held, alice.holdings.sockets[0] ?? '');
});

test('who leaves the room from another client is out of the call too @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob], { watcher: false });
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);

  // Without the watcher the other people's widgets give the hint.
  await bob.messenger.goDeaf();
  const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
  await gone.watch();
  await bob.matrix.leave(room.roomId);
  await gone.expectStopped(Date.now(), 5_000);
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
});
