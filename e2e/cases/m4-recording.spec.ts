import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import {
  expectBothSeen,
  expectNamesWritten,
  expectPlayable,
  expectTogether,
  postedRecording,
} from '../fixtures/recordings.ts';
import { bridgeProcesses, phaseReached, startWork, stopWork } from '../fixtures/scribe.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { resultsIn } from '../matrix/results.ts';
import { expectOneThread } from '../fixtures/transcripts.ts';
import { promptsIn, say } from '../words/prompts.ts';

test('the recording comes back: both people, names, sound with picture, captions @line', async ({
  cast,
  stack,
}, info) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false, framesPerSecond: 20 } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  if (aliceCall === undefined || bobCall === undefined) throw new Error('two calls');
  const everybody = [aliceCall, bobCall];

  await startWork(stack, room.roomId, 'transcription', aliceCall, everybody);
  const sinceMs = await startWork(stack, room.roomId, 'recording', aliceCall, everybody);
  const [sentence] = promptsIn('en');
  if (sentence === undefined) throw new Error('a sentence');
  const spoken = await say(aliceCall.frame, sentence);
  for (let count = 0; count < 3; count += 1) {
    await aliceCall.frame.evaluate(() => window.palabreDevices.flashAndBeep());
    // The next flash must stand apart from this one in the file.
    await aliceCall.frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  }
  await aliceCall.button('record').click();
  const stoppedMs = Date.now();
  for (const call of everybody) await expect(call.state('recording-state')).toBeHidden({ timeout: 30_000 });
  await stopWork('transcription', aliceCall, everybody);
  await aliceCall.leave();
  await bobCall.leave();

  const reader = createPlainReader(alice.matrix, room.roomId);
  const recording = await postedRecording(reader, info.outputPath('recording.mp4'));
  await test.step('as long as it was recorded', () => {
    expect(Math.abs(recording.probe.durationMs - (stoppedMs - sinceMs)), 'ms off the wall clock').toBeLessThan(1000);
    expect(
      Math.abs(recording.probe.durationMs - recording.result.block.duration_ms),
      'ms off what the message says',
    ).toBeLessThan(1000);
    expect(recording.result.block.gaps).toEqual([]);
  });
  expectPlayable(recording);
  await expectBothSeen(recording, alice, bob);
  await expectNamesWritten(recording, alice, bob);
  await expectTogether(recording, 3);
  await test.step('captions: the cue stands where the sentence is in the film', () => {
    expect(recording.cues.length).toBeGreaterThan(0);
    const offs = recording.cues.map((cue) =>
      Math.abs(cue.startMs + recording.result.block.started_ms - spoken.startMs),
    );
    expect(Math.min(...offs), 'ms between the voice and its caption').toBeLessThan(500);
  });
  expectOneThread(await resultsIn(reader));
  await test.step('the messenger plays it, seeks in it and shows its captions', async () => {
    await bob.messenger.expectRecordingPlays(recording.probe.durationMs / 1000);
  });
});

test('the recorder is killed in mid-call: what was captured is posted, the gap is named @line', async ({
  cast,
  stack,
}, info) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  if (aliceCall === undefined || bobCall === undefined) throw new Error('two calls');
  const sinceMs = await startWork(stack, room.roomId, 'recording', aliceCall, [aliceCall, bobCall]);
  const recorders = async () => bridgeProcesses(stack, /chrom(e|ium).*--type=renderer/);
  await expect.poll(async () => (await recorders()).length).toBeGreaterThan(0);
  await expect.poll(() => Date.now() - sinceMs, { timeout: 10_000 }).toBeGreaterThan(5_000);

  const killed = await bridgeProcesses(stack, /chrom(e|ium)/);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await expect
    .poll(async () => (await recorders()).some((pid) => !killed.includes(pid)), { timeout: 30_000 })
    .toBe(true);
  await phaseReached(stack, room.roomId, 'recording', 'on');
  const resumedMs = Date.now();
  await expect.poll(() => Date.now() - resumedMs, { timeout: 10_000 }).toBeGreaterThan(5_000);
  await stopWork('recording', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();

  const recording = await postedRecording(
    createPlainReader(alice.matrix, room.roomId),
    info.outputPath('recording.mp4'),
  );
  expect(recording.result.block.gaps.map((gap) => gap.reason)).toContain('recorder_restarted');
  expect(recording.probe.durationMs).toBeGreaterThan(8_000);
  expectPlayable(recording);
  await expectBothSeen(recording, alice, bob);
});
