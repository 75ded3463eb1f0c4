import { COMMAND_REACTIONS } from '@palabre/protocol';
import { expectAccessible } from '../fixtures/accessible.ts';
import { agreedReached, askInRoom, askInSettings } from '../fixtures/consent.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { postedRecording } from '../fixtures/recordings.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { ofKind, waitForResults } from '../matrix/results.ts';
import { picturesOf, regionOf, soundOf, strengthOf } from '../media/recordings.ts';
import { roomWithReader } from '../scenarios/ground.ts';
import { say, promptsFor } from '../words/prompts.ts';

test('only who agreed is transcribed, from their yes to their withdrawal; a reaction counts as a yes @scribe @consent', async ({
  cast,
  stack,
}) => {
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', quiet);
  const room = await makeRoom(stack, alice, [bob]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  await askInRoom(reader, alice, room.roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const onCard = bob.page.getByTestId('meeting-consent');
  const [first, second] = promptsFor('plain', 'en');
  const [, french, unheard] = promptsFor('plain', 'fr');
  if (first === undefined || second === undefined || french === undefined || unheard === undefined)
    throw new Error('too few sentences');

  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  const asked = aliceCall.frame.getByRole('alertdialog');
  await expect(asked).toContainText('written down in the transcript');
  await expectAccessible(alice.page, 'the question in mid-call', { frames: true });
  await aliceCall.frame.getByTestId('consent-yes').click();
  await expect(asked).toBeHidden();
  await agreedReached(stack, room.roomId, 'transcription', [alice]);
  await expect(aliceCall.tile(bob.userId).getByTestId('not-kept')).toBeVisible();
  await expect(aliceCall.tile(alice.userId).getByTestId('not-kept')).toHaveCount(0);

  await test.step('who has not answered is not heard', async () => {
    await say(aliceCall.frame, first);
    await say(bobCall.frame, unheard);
  });
  const reaction = await test.step('a reaction to the message in the room is a yes', async () => {
    const message = await waitForResults(reader, (all) => ofKind(all, 'meeting')[0], 10_000);
    expect(message.body).toContain('Only those who agree');
    const eventId = await bob.matrix.react(room.roomId, message.eventId, COMMAND_REACTIONS.consent);
    await agreedReached(stack, room.roomId, 'transcription', [alice, bob]);
    await expect(bobCall.frame.getByRole('alertdialog')).toBeHidden();
    await expect(aliceCall.frame.getByTestId('not-kept')).toHaveCount(0);
    await expect(onCard).toHaveAttribute('data-said', 'agreed');
    return eventId;
  });
  const saidByBob = await say(bobCall.frame, french);
  // What somebody is just saying is dropped when they withdraw: by the end of the next sentence this one is kept.
  const saidByAlice = await say(aliceCall.frame, second);
  await test.step('taken back, it counts no more, from that moment on', async () => {
    await bob.matrix.redact(room.roomId, reaction);
    await agreedReached(stack, room.roomId, 'transcription', [alice]);
    await expect(bobCall.frame.getByTestId('consent-notice')).toContainText('You are not transcribed');
    await expect(onCard).toHaveAttribute('data-said', 'nothing');
    await say(bobCall.frame, unheard);
  });
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader);
  const ofBob = transcript.lines.filter((line) => line.user_id === bob.userId);
  expectWords(transcript, bob, [saidByBob], 0.4);
  expect(ofBob.length, ofBob.map((line) => line.text).join(' | ')).toBeGreaterThan(0);
  const times = ofBob.map((line) => (transcript.text.block.started_ms ?? 0) + line.start_ms);
  expect(Math.min(...times), 'nothing of bob before his yes').toBeGreaterThan(saidByBob.startMs - 1_000);
  expect(Math.max(...times), 'nor after his withdrawal').toBeLessThan(saidByBob.endMs);
  const ofAlice = transcript.lines.filter((line) => line.user_id === alice.userId);
  const latest = Math.max(...ofAlice.map((line) => (transcript.text.block.started_ms ?? 0) + line.end_ms));
  expect(latest, 'alice is heard throughout').toBeGreaterThan(saidByAlice.startMs);
});

test('in an encrypted room that asks, film and transcript hold who agreed by a reaction there, and others only from their yes on @scribe @consent', async ({
  cast,
  stack,
}, info) => {
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', quiet);
  const { room, reader } = await roomWithReader({ cast, stack, encrypted: true }, alice, [bob]);
  const [aliceCall] = await meet(room, alice);
  await askInSettings(aliceCall);
  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall]);
  await test.step('a reaction to the message in the room is a yes to both', async () => {
    await expect(aliceCall.frame.getByRole('alertdialog')).toBeVisible();
    const message = await waitForResults(reader, (all) => ofKind(all, 'meeting')[0], 10_000);
    expect(message.encrypted).toBe(true);
    expect(message.body).toContain('Only those who agree');
    await alice.matrix.react(room.roomId, message.eventId, COMMAND_REACTIONS.consent);
    await agreedReached(stack, room.roomId, 'transcription', [alice]);
    await expect(aliceCall.frame.getByRole('alertdialog')).toBeHidden();
  });
  await startWork(stack, room.roomId, 'recording', aliceCall, [aliceCall]);
  await agreedReached(stack, room.roomId, 'recording', [alice]);

  // In the lobby nothing is ticked; whoever joins like that is in the call and in nothing that is kept of it.
  await bob.messenger.openRoom(room.name);
  const bobCall = await bob.messenger.openLobby();
  await expect(bobCall.frame.getByTestId('lobby-consent').getByRole('checkbox', { checked: false })).toHaveCount(2);
  // High enough that no part of the lobby is under its buttons.
  await bob.page.setViewportSize({ width: 1280, height: 1100 });
  await expectAccessible(bob.page, 'the question in the lobby', { frames: true });
  await bob.page.setViewportSize({ width: 1280, height: 800 });
  await bobCall.enter();
  await expect(aliceCall.tile(bob.userId).getByTestId('not-kept')).toBeVisible();
  await expect(bobCall.frame.getByTestId('consent-notice')).toHaveAttribute('data-kind', 'out');
  await expect.poll(() => aliceCall.videosWith(bob.media.colour)).toBe(1);
  const [english, french] = [promptsFor('encrypted', 'en')[0], promptsFor('encrypted', 'fr')[0]];
  if (english === undefined || french === undefined) throw new Error('too few sentences');
  const [saidByAlice] = await Promise.all([say(aliceCall.frame, english), say(bobCall.frame, french)]);
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);

  for (const { frame } of [aliceCall, bobCall]) await frame.evaluate(() => window.palabreDevices.tone(true));
  const tonesMs = Date.now();
  const apartUntilMs = tonesMs + 4_000;
  await expect.poll(() => Date.now() > apartUntilMs, { timeout: 10_000 }).toBe(true);

  await bobCall.press('people');
  const agreedMs = Date.now();
  await bobCall.frame.getByTestId('my-consent').getByTestId('consent-recording').click();
  await agreedReached(stack, room.roomId, 'recording', [alice, bob]);
  const togetherUntilMs = Date.now() + 5_000;
  await expect.poll(() => Date.now() > togetherUntilMs, { timeout: 10_000 }).toBe(true);
  await stopWork('recording', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();

  const recording = await postedRecording(reader, info.outputPath('recording.mp4'));
  expect(recording.result.block.not_kept, 'everybody agreed in the end').toBe(0);
  expect(recording.result.encrypted).toBe(true);
  const agreedAtMs = agreedMs - recording.result.block.started_ms;
  const tonesAtMs = tonesMs + 500 - recording.result.block.started_ms;
  const pictures = await picturesOf(recording.path);
  const share = (colour: typeof bob.media.colour, from: number, until: number) => {
    const shown = pictures.filter(({ timeMs }) => timeMs >= from && timeMs < until);
    return shown.filter((picture) => regionOf(picture, colour).share > 0.05).length / Math.max(1, shown.length);
  };
  const endMs = recording.probe.durationMs;
  await test.step('before his yes, alice and not bob', () => {
    expect(share(bob.media.colour, 0, agreedAtMs), 'frames that show bob').toBe(0);
    expect(share(alice.media.colour, 0, agreedAtMs), 'frames that show alice').toBeGreaterThan(0.8);
  });
  await test.step('afterwards both', () => {
    expect(share(bob.media.colour, endMs - 2_500, endMs), 'frames that show bob').toBeGreaterThan(0.8);
    expect(share(alice.media.colour, endMs - 2_500, endMs), 'frames that show alice').toBeGreaterThan(0.8);
  });
  const sound = await soundOf(recording.path);
  const loudest = (hz: number, fromMs: number, untilMs: number) => {
    const windows = Array.from({ length: Math.max(1, Math.floor((untilMs - fromMs) / 100)) }, (_, index) =>
      strengthOf(sound, Math.round((fromMs + index * 100) * 48), 4_800, hz, 48_000),
    );
    return windows.sort((a, b) => a - b)[Math.floor(windows.length / 2)] ?? 0;
  };
  const before = {
    bob: loudest(bob.media.toneHz, tonesAtMs, agreedAtMs),
    alice: loudest(alice.media.toneHz, tonesAtMs, agreedAtMs),
  };
  const after = loudest(bob.media.toneHz, endMs - 2_500, endMs - 300);
  expect(before.alice, 'alice is heard').toBeGreaterThan(0.02);
  expect(before.bob, 'bob is not heard before his yes').toBeLessThan(0.005);
  expect(after, 'bob is heard afterwards').toBeGreaterThan(0.02);

  await test.step('the transcript and the captions of the film hold alice alone', async () => {
    const transcript = await postedTranscript(reader);
    expectWords(transcript, alice, [saidByAlice], 0.34);
    expect(new Set(transcript.lines.map((line) => line.user_id))).toEqual(new Set([alice.userId]));
    expect(transcript.text.block.not_kept, 'bob never agreed to it').toBe(1);
    expect(new Set(recording.cues.map((cue) => cue.speaker))).toEqual(new Set([alice.displayName]));
  });
});
