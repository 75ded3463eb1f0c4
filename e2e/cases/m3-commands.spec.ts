import { COMMAND_REACTIONS } from '@palabre/protocol';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { phaseReached } from '../fixtures/scribe.ts';
import { createSfuView } from '../matrix/sfu.ts';

test('a moderator commands with reactions in an encrypted room; a member without the right does not @line', async ({
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

  // Clients write the sign with or without its variation selector.
  await alice.matrix.react(room.roomId, target, `${COMMAND_REACTIONS.stop}\uFE0F`);
  await phaseReached(stack, room.roomId, 'recording', 'off');
  await phaseReached(stack, room.roomId, 'transcription', 'off');
});

test('a moderator commands in words where the room is not encrypted @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [call] = await meet(room, alice);
  await bob.matrix.sendText(room.roomId, '!palabre record');
  await alice.matrix.sendText(room.roomId, '!palabre transcribe');
  await phaseReached(stack, room.roomId, 'transcription', 'on');
  expect((await createSfuView(stack.facts).metadata(room.roomId)).recording.phase).toBe('off');
  await alice.matrix.sendText(room.roomId, '!palabre stop');
  await phaseReached(stack, room.roomId, 'transcription', 'off');
  await expect(call.state('transcription-state')).toBeHidden();
});
