import { expect, test } from '../fixtures/test.ts';
import { meet } from '../fixtures/meeting.ts';
import {
  expectBothSeen,
  expectNamesWritten,
  expectPlayable,
  expectTogether,
  postedRecording,
} from '../fixtures/recordings.ts';
import { bridgeProcesses, killAll, phaseReached, startWork, stopWork } from '../fixtures/scribe.ts';
import { expectOneThread } from '../fixtures/transcripts.ts';
import type { Prompt } from '../words/prompts.ts';
import { say } from '../words/prompts.ts';
import { roomWithReader } from './ground.ts';
import type { Scenario } from './ground.ts';

/** A moderator records; the film comes back and is looked at as a film. */
export async function recordingScenario(
  scenario: Scenario,
  sentence: Prompt,
  path: string,
  whileRecording: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { cast, stack, encrypted } = scenario;
  const alice = await cast.actor('alice', { media: { toneAtStart: false, framesPerSecond: 20 } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const { room, reader } = await roomWithReader(scenario, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const everybody = [aliceCall, bobCall];

  await startWork(stack, room.roomId, 'transcription', aliceCall, everybody);
  const sinceMs = await startWork(stack, room.roomId, 'recording', aliceCall, everybody);
  const spoken = await say(aliceCall.frame, sentence);
  for (let count = 0; count < 3; count += 1) {
    await aliceCall.frame.evaluate(() => window.palabreDevices.flashAndBeep());
    // The next flash must stand apart from this one in the film.
    await aliceCall.frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  }
  await whileRecording();
  const stoppedMs = await stopWork('recording', aliceCall, everybody);
  await stopWork('transcription', aliceCall, everybody);
  await aliceCall.leave();
  await bobCall.leave();

  const recording = await postedRecording(reader, path);
  await test.step('as long as it was recorded', () => {
    expect(Math.abs(recording.probe.durationMs - (stoppedMs - sinceMs)), 'ms off the wall clock').toBeLessThan(1000);
    const told = recording.result.block.duration_ms;
    expect(Math.abs(recording.probe.durationMs - told), 'ms off what the message says').toBeLessThan(1000);
    expect(recording.result.block.gaps).toEqual([]);
    expect(recording.result.encrypted).toBe(encrypted);
  });
  await test.step('a film that every browser plays', () => {
    expectPlayable(recording);
  });
  await test.step('both people, each in a place of their own with their name', async () => {
    await expectBothSeen(recording, alice, bob);
    await expectNamesWritten(recording, alice, bob);
  });
  await test.step('sound and picture together', () => expectTogether(recording, 3));
  await test.step('captions: the cue stands where the sentence is in the film', () => {
    const offs = recording.cues.map((cue) => cue.startMs + recording.result.block.started_ms - spoken.startMs);
    expect(Math.min(...offs.map(Math.abs)), `ms between voice and captions: ${offs.join(', ')}`).toBeLessThan(500);
  });
  await expectOneThread(reader);
  await test.step('the messenger plays it, seeks in it and shows its captions', () =>
    bob.messenger.expectRecordingPlays(recording.probe.durationMs / 1000));
  await test.step('a line of the transcript leads to its moment', () =>
    bob.messenger.expectFirstLineSeeks((spoken.startMs - recording.result.block.started_ms) / 1000));
}

/** The recorder dies in mid-call: what it had is kept, another goes on, the gap is named. */
export async function lostRecorderScenario(scenario: Scenario, path: string): Promise<void> {
  const { cast, stack } = scenario;
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const { room, reader } = await roomWithReader(scenario, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const everybody = [aliceCall, bobCall];
  const sinceMs = await startWork(stack, room.roomId, 'recording', aliceCall, everybody);
  const browsers = () => bridgeProcesses(stack, /chrom(e|ium)/);
  await expect.poll(async () => (await browsers()).length).toBeGreaterThan(0);
  await expect.poll(() => Date.now() - sinceMs, { timeout: 10_000 }).toBeGreaterThan(5_000);

  killAll(await browsers());
  await phaseReached(stack, room.roomId, 'recording', 'starting');
  await phaseReached(stack, room.roomId, 'recording', 'on');
  const resumedMs = Date.now();
  await expect.poll(() => Date.now() - resumedMs, { timeout: 10_000 }).toBeGreaterThan(6_000);
  await stopWork('recording', aliceCall, everybody);
  await aliceCall.leave();
  await bobCall.leave();

  const recording = await postedRecording(reader, path);
  expect(recording.result.block.gaps.map((gap) => gap.reason)).toContain('recorder_restarted');
  expect(recording.probe.durationMs).toBeGreaterThan(8_000);
  expectPlayable(recording);
  await expectBothSeen(recording, alice, bob);
}
