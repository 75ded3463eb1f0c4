import { COMMAND_REACTIONS } from '@palabre/protocol';
import { expect, test } from '../fixtures/test.ts';
import { auditOf } from '../fixtures/audit.ts';
import type { Person } from '../fixtures/cast.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { phaseReached } from '../fixtures/scribe.ts';
import { postedRecording } from '../fixtures/recordings.ts';
import { soundOf, strengthOf } from '../media/recordings.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';

test('a moderator commands with reactions in an encrypted room; a member without the right does not @scribe @line', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, alice, [bob], { encrypted: true });
  const [call] = await meet(room, alice);
  await expect.poll(() => alice.matrix.callMembers(room.roomId)).toHaveLength(1);
  const [membership] = await alice.matrix.callMembers(room.roomId);
  const target = membership?.event_id ?? '';

  await bob.matrix.react(room.roomId, target, COMMAND_REACTIONS.record);
  await alice.matrix.react(room.roomId, target, COMMAND_REACTIONS.transcribe);
  await phaseReached(stack, room.roomId, 'transcription', 'on');
  await expect(call.state('transcription-state')).toHaveAttribute('data-phase', 'on');
  // Events of a room are worked on in order: bob's came first and has had its effect by now, if it had any.
  expect((await createSfuView(stack.facts).metadata(room.roomId)).recording.phase).toBe('off');

  await bob.matrix.react(room.roomId, target, COMMAND_REACTIONS.stop);
  await alice.matrix.react(room.roomId, target, COMMAND_REACTIONS.record);
  await phaseReached(stack, room.roomId, 'recording', 'on');
  expect((await createSfuView(stack.facts).metadata(room.roomId)).transcription.phase, "after bob's stop").toBe('on');

  // Clients write the signs with or without their variation selector.
  await alice.matrix.react(room.roomId, target, `${COMMAND_REACTIONS.pause}\uFE0F`);
  await phaseReached(stack, room.roomId, 'recording', 'paused');
  await alice.matrix.react(room.roomId, target, COMMAND_REACTIONS.resume);
  await phaseReached(stack, room.roomId, 'recording', 'on');
  await alice.matrix.react(room.roomId, target, `${COMMAND_REACTIONS.stop}\uFE0F`);
  await phaseReached(stack, room.roomId, 'recording', 'off');
  await phaseReached(stack, room.roomId, 'transcription', 'off');
});

/** What the watcher answered in the room, oldest first. */
async function answersIn(person: Person, roomId: string, watcher: string): Promise<readonly string[]> {
  const events = await person.matrix.timeline(roomId);
  return events.flatMap(({ type, sender, content }) =>
    type === 'm.room.message' && sender === watcher ? [String(content['body'])] : [],
  );
}

test('a moderator commands in words where the room is not encrypted, in French, too; sound alone is recorded so @line @scribe @commands', async ({
  cast,
  stack,
}, info) => {
  const { watcher } = bots(stack);
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [call] = await meet(room, alice);
  const answers = () => answersIn(bob, room.roomId, watcher);
  await bob.matrix.sendText(room.roomId, '!palabre record');
  await expect.poll(answers).toEqual([expect.stringContaining('Only moderators')]);
  await alice.matrix.sendText(room.roomId, '!palabre transcrire');
  await phaseReached(stack, room.roomId, 'transcription', 'on');
  expect((await createSfuView(stack.facts).metadata(room.roomId)).recording.phase).toBe('off');
  await bob.matrix.sendText(room.roomId, '!palabre état');
  await expect.poll(async () => (await answers()).at(-1)).toMatch(/Transcription: for \d+ s, started by .*@alice/);
  await bob.matrix.sendText(room.roomId, '!palabre danser');
  await expect.poll(async () => (await answers()).at(-1)).toContain('!palabre help');

  // A moderator who lost their power in mid-meeting is none, and everything of it is written down.
  await alice.matrix.setPower(room.roomId, bob.userId, 50);
  await bob.matrix.sendText(room.roomId, '!palabre enregistrer son');
  await phaseReached(stack, room.roomId, 'recording', 'on');
  await call.frame.evaluate(() => window.palabreDevices.tone(true));
  const soundUntilMs = Date.now() + 2_500;
  await alice.matrix.setPower(room.roomId, bob.userId, 0);
  await bob.matrix.sendText(room.roomId, '!palabre arrêter');
  await expect.poll(async () => (await answers()).length).toBe(4);
  expect((await createSfuView(stack.facts).metadata(room.roomId)).recording.phase).toBe('on');

  await expect.poll(() => Date.now() > soundUntilMs, { timeout: 10_000 }).toBe(true);
  await alice.matrix.sendText(room.roomId, '!palabre stop');
  await phaseReached(stack, room.roomId, 'transcription', 'off');
  await phaseReached(stack, room.roomId, 'recording', 'off');
  await expect(call.state('transcription-state')).toBeHidden();
  expect((await auditOf(stack, room.roomId)).map(({ userId, action, outcome }) => [userId, action, outcome])).toEqual([
    [bob.userId, 'recording.start', 'refused'],
    [alice.userId, 'transcription.start', 'accepted'],
    [bob.userId, 'recording.start', 'accepted'],
    [bob.userId, 'transcription.stop', 'refused'],
    [bob.userId, 'recording.stop', 'refused'],
    [alice.userId, 'transcription.stop', 'accepted'],
    [alice.userId, 'recording.stop', 'accepted'],
  ]);

  const recording = await postedRecording(createPlainReader(alice.matrix, room.roomId), info.outputPath('sound.mp4'));
  const { videoCodec, audioCodec, durationMs } = recording.probe;
  expect([videoCodec, audioCodec]).toEqual([undefined, 'aac']);
  expect(recording.result.content).toMatchObject({ msgtype: 'm.audio', info: { mimetype: 'audio/mp4' } });
  expect(recording.result.block.width).toBeUndefined();
  expect(Math.abs(durationMs - recording.result.block.duration_ms)).toBeLessThan(1_000);
  const sound = await soundOf(recording.path);
  const middle = Math.round(sound.length / 2);
  expect(strengthOf(sound, middle, 4_800, alice.media.toneHz, 48_000), "alice's tone").toBeGreaterThan(0.02);
});
