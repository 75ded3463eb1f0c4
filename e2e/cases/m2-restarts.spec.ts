import { expect, test } from '../fixtures/test.ts';
import { BLINK_MS } from '../fixtures/limits.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { postedRecording } from '../fixtures/recordings.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectPacketsGone } from '../fixtures/out.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';

/** Shorter interruptions are not worth a word, with some room for the moments at which they are looked at. */
const NAMED_MS = 5_000;

test('the bridge killed in mid-call is not noticed, and throws out again afterwards @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);

  const watched = [
    { frame: aliceCall.frame, other: bob },
    { frame: bobCall.frame, other: alice },
  ];
  for (const { frame } of watched) await frame.evaluate(() => window.palabreProbes.watchTiles());

  const before = await stack.pid('bridge');
  await stack.kill('bridge');
  await expect
    .poll(
      () =>
        fetch(`${stack.facts.internal.bridgeInternal}/ready`).then(
          (r) => r.status,
          () => 0,
        ),
      { timeout: 5_000, intervals: [50] },
    )
    .toBe(200);
  expect(await stack.pid('bridge')).not.toBe(before);

  // Long enough for every client to have noticed and come back: each opens a new signalling socket.
  for (const { holdings } of [alice, bob]) {
    await expect.poll(() => holdings.sockets.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  }
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  for (const { frame, other } of watched) {
    const report = await frame.evaluate(() => window.palabreProbes.tileReport());
    const tile = report.find((entry) => entry.identity === other.userId);
    expect(tile?.longestAbsenceMs, 'ms without the tile').toBeLessThan(BLINK_MS);
    expect(tile?.longestPauseMs, 'ms without a new frame').toBeLessThan(2_000);
  }

  await test.step('a kick afterwards works', async () => {
    await bob.messenger.goDeaf();
    const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
    await gone.watch();
    await alice.matrix.kick(room.roomId, bob.userId);
    await gone.expectStopped(Date.now());
    await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
  });
});

test('the SFU killed in mid-call: the call comes back by itself, and the recording names the gap @line @scribe', async ({
  cast,
  stack,
}, info) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectTone(bobCall.frame, alice.media.toneHz);
  await startWork(stack, room.roomId, 'recording', aliceCall, [aliceCall, bobCall]);

  const before = await stack.pid('livekit');
  const killedMs = Date.now();
  await stack.kill('livekit');
  // Not for less than is named: a new one may be there before the scribe has missed the old one.
  await stack.hold('livekit');
  try {
    await expect.poll(() => Date.now() - killedMs, { timeout: 10_000 }).toBeGreaterThan(NAMED_MS);
  } finally {
    await stack.release('livekit');
  }
  await expect.poll(() => stack.pid('livekit'), { timeout: 10_000 }).not.toBe(before);

  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour, 45_000);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour, 45_000);
  await expectTone(aliceCall.frame, bob.media.toneHz);
  await expectTone(bobCall.frame, alice.media.toneHz);
  const backMs = Date.now();

  await stopWork('recording', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();
  const reader = createPlainReader(alice.matrix, room.roomId);
  const { block } = (await postedRecording(reader, info.outputPath('recording.mp4'))).result;
  const [gap, ...others] = block.gaps;
  expect(others).toEqual([]);
  expect(gap?.reason).toBe('connection_lost');
  const [fromMs, untilMs] = [gap?.start_ms, gap?.end_ms].map((ms) => block.started_ms + (ms ?? 0));
  expect(Math.abs((fromMs ?? 0) - killedMs), 'ms between the kill and the beginning of the gap').toBeLessThan(3_000);
  expect(untilMs, 'the end of the gap').toBeGreaterThan(killedMs + 2_000);
  // The scribe may come back some seconds after the others.
  expect(untilMs, 'the end of the gap').toBeLessThan(backMs + 15_000);
});
