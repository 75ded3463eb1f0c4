import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../fixtures/test.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectJoined, makeTchapRoom, readableTchapRoom } from '../fixtures/tchap-rooms.ts';
import { isEncrypted, stateOf, stateOfBots, TCHAP_KINDS, upgrade } from '../fixtures/tchap-rooms.ts';
import type { TchapKind } from '../fixtures/tchap-rooms.ts';
import { postedRecording } from '../fixtures/recordings.ts';
import { postedTranscript } from '../fixtures/transcripts.ts';
import { askDoor, DOORS } from '../matrix/doors.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { resultsIn } from '../matrix/results.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

const SENTENCE = { open: promptNamed('en-queue-youarenext'), sealed: promptNamed('en-vm-nobox') };
const quiet = { media: { toneAtStart: false } } as const;

/** The two that differ most: closed and encrypted, open and not. */
const PLAYED_FIRST: readonly string[] = ['private', 'forum'] satisfies TchapKind[];

for (const kind of TCHAP_KINDS) {
  const tags = PLAYED_FIRST.includes(kind) ? '@scribe @rooms' : '@scribe @rooms @variant';

  test(`a Tchap room, ${kind}: call, recording and transcript with bots of power 0 ${tags}`, async ({
    cast,
    stack,
  }, info) => {
    const alice = await cast.actor('alice', quiet);
    const bob = await cast.actor('bob');
    const { room, reader } = await readableTchapRoom({ cast, stack }, kind, alice, [bob]);
    const [aliceCall, bobCall] = await meet(room, alice, bob);
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    await expectTone(aliceCall.frame, bob.media.toneHz);
    await bobCall.button('toggle-mic').click();

    const everybody = [aliceCall, bobCall];
    await startWork(stack, room.roomId, 'transcription', aliceCall, everybody);
    await startWork(stack, room.roomId, 'recording', aliceCall, everybody);
    await say(aliceCall.frame, isEncrypted(kind) ? SENTENCE.sealed : SENTENCE.open);
    await stopWork('recording', aliceCall, everybody);
    await stopWork('transcription', aliceCall, everybody);
    await aliceCall.leave();
    await bobCall.leave();

    const transcript = await postedTranscript(reader, 90_000);
    expect(transcript.lines.map((line) => line.user_id)).toContain(alice.userId);
    expect(transcript.text.encrypted).toBe(isEncrypted(kind));
    const recording = await postedRecording(reader, info.outputPath('recording.mp4'), 90_000);
    expect(recording.probe.durationMs).toBeGreaterThan(1_000);
    await test.step('the bots have no power and wrote no state of ours', async () => {
      const levels = await stateOf(alice, room.roomId, 'm.room.power_levels');
      expect(levels?.['users']).toEqual({ [alice.userId]: 100 });
      expect(await stateOfBots(stack, alice, room.roomId)).toEqual(['m.room.member', 'org.matrix.msc3401.call.member']);
    });
  });
}

test('direct messages: the bots decline with a reason, calls work, and the widget says what is not there @scribe @rooms', async ({
  cast,
  stack,
}) => {
  const { watcher, scribe } = bots(stack);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeTchapRoom(stack, 'direct', alice, [bob]);
  for (const bot of [watcher, scribe]) {
    await alice.matrix.setState(room.roomId, 'm.room.member', bot, { membership: 'invite', is_direct: true });
    await expect
      .poll(async () => stateOf(alice, room.roomId, 'm.room.member', bot))
      .toMatchObject({
        membership: 'leave',
        reason: expect.stringContaining('direct messages'),
      });
  }
  // The room has no name: each sees the other's.
  await alice.messenger.openRoom(bob.displayName);
  await test.step('the room shows why they did not come', async () => {
    await alice.page.getByRole('button', { name: /more changes/ }).click();
    const reason = alice.messenger.events().filter({ hasText: 'neither recorded nor transcribed' });
    await expect(reason).toHaveCount(2);
  });
  const aliceCall = await alice.messenger.startCall();
  await bob.messenger.openRoom(alice.displayName);
  const bobCall = await bob.messenger.joinByBanner();
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectTone(bobCall.frame, alice.media.toneHz);
  await aliceCall.frame.getByTestId('more').click();
  await expect(aliceCall.frame.getByTestId('no-scribe')).toContainText('not available in direct messages');
  await expect(aliceCall.button('record')).toHaveCount(0);
  await alice.page.keyboard.press('Escape');
});

test('a room upgraded while nobody calls: the watcher follows, the old room gives no token, the call goes on in the new @rooms', async ({
  cast,
  stack,
}) => {
  const { watcher } = bots(stack);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeTchapRoom(stack, 'forum', alice, [bob]);
  await alice.messenger.openRoom(room.name);
  const path = `v3/rooms/${encodeURIComponent(room.roomId)}/upgrade`;
  const answer = await alice.matrix.request('POST', path, { new_version: '12' });
  const { replacement_room: successor } = answer as { replacement_room: string };

  await expectJoined(alice, successor, watcher);
  for (const door of DOORS) {
    const refused = await askDoor(stack.facts, bob.matrix, room.roomId, door);
    expect(refused, door).toMatchObject({ status: 403, errcode: 'PALABRE_ROOM_REPLACED', jwt: undefined });
    expect(refused.error).toContain(successor);
  }
  await expect(alice.page.getByTestId('call-start')).toHaveCount(0);
  await alice.page.getByTestId('successor-open').click();
  const aliceCall = await alice.messenger.startCall();
  await bob.matrix.join(successor);
  await bob.page.evaluate((roomId) => {
    location.hash = `#/room/${encodeURIComponent(roomId)}`;
  }, successor);
  const bobCall = await bob.messenger.joinByBanner();
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
});

test('a room upgraded in mid-call: who is in stays and is told, nobody else comes in, the transcript reaches the new room @scribe @rooms', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', quiet);
  const late = await cast.person('carol');
  const room = await makeTchapRoom(stack, 'private without encryption', alice, [bob, late]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);

  const successor = await upgrade(alice, room.roomId, '11');
  for (const call of [aliceCall, bobCall]) {
    await expect(call.frame.getByTestId('notice').filter({ hasText: 'replaced by a newer one' })).toBeVisible();
  }
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  const refused = await askDoor(stack.facts, late.matrix, room.roomId, 'sfu/get');
  expect(refused).toMatchObject({ status: 403, errcode: 'PALABRE_ROOM_REPLACED', jwt: undefined });

  await say(aliceCall.frame, SENTENCE.open);
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();
  const transcript = await postedTranscript(createPlainReader(alice.matrix, successor), 90_000);
  expect(transcript.lines.map((line) => line.user_id)).toContain(alice.userId);
});

test('who joins later does not get what came before, where the room keeps its history from them @scribe @rooms', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.person('bob');
  const late = await cast.person('carol');
  const { room, reader } = await readableTchapRoom({ cast, stack }, 'private without encryption', alice, [bob]);
  await alice.messenger.openRoom(room.name);
  const call = await alice.messenger.startCall();
  await startWork(stack, room.roomId, 'transcription', call, [call]);
  await say(call.frame, SENTENCE.open);
  await stopWork('transcription', call, [call]);
  await call.leave();
  const transcript = await postedTranscript(reader, 90_000);

  await alice.matrix.invite(room.roomId, late.userId);
  await late.matrix.join(room.roomId);
  expect(await resultsIn(createPlainReader(bob.matrix, room.roomId))).not.toEqual([]);
  expect(await resultsIn(createPlainReader(late.matrix, room.roomId))).toEqual([]);
  const path = (eventId: string) => `v3/rooms/${encodeURIComponent(room.roomId)}/event/${encodeURIComponent(eventId)}`;
  await expect(late.matrix.request('GET', path(transcript.text.eventId))).rejects.toMatchObject({ status: 404 });
});

test('a bot that is made administrator is none a moment later, and never the last @rooms', async ({ cast, stack }) => {
  const { watcher } = bots(stack);
  const alice = await cast.person('alice');
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, bob, [alice], { roomVersion: '11' });
  await bob.matrix.setPower(room.roomId, watcher, 100);
  // The last administrator but the bot goes.
  await bob.matrix.leave(room.roomId);
  const users = async () => (await stateOf(alice, room.roomId, 'm.room.power_levels'))?.['users'];
  await expect.poll(users).toMatchObject({ [watcher]: 0 });
  await test.step('as a creator of a version 12 room, whose power cannot be given back, it leaves', async () => {
    const answer = await alice.matrix.request('POST', 'v3/createRoom', {
      preset: 'private_chat',
      invite: [watcher],
      room_version: '12',
      creation_content: { additional_creators: [watcher] },
    });
    const { room_id: roomId } = answer as { room_id: string };
    await expect
      .poll(() => stateOf(alice, roomId, 'm.room.member', watcher))
      .toMatchObject({
        membership: 'leave',
        reason: expect.stringContaining('administer'),
      });
  });
});

test('what the scribe could not post is deleted when the room no longer keeps its messages that long @scribe @rooms', async ({
  cast,
  stack,
}) => {
  const { scribe } = bots(stack);
  const config = JSON.parse(await readFile(stack.facts.configPath, 'utf8')) as { storage: { dir: string } };
  const chunks = async () => readdir(join(config.storage.dir, 'recordings')).catch((): string[] => []);
  const alice = await cast.actor('alice');
  const room = await makeTchapRoom(stack, 'private without encryption', alice, []);
  await alice.messenger.openRoom(room.name);
  const call = await alice.messenger.startCall();
  const before = await chunks();
  await startWork(stack, room.roomId, 'recording', call, [call]);
  const levels = await stateOf(alice, room.roomId, 'm.room.power_levels');
  await alice.matrix.setState(room.roomId, 'm.room.power_levels', '', { ...levels, events_default: 50 });
  await stopWork('recording', call, [call]);
  await call.leave();
  await expect.poll(() => alice.matrix.joinedMembers(room.roomId), { timeout: 60_000 }).not.toContain(scribe);
  const kept = (await chunks()).filter((run) => !before.includes(run));
  expect(kept).toHaveLength(1);

  await alice.matrix.setState(room.roomId, 'm.room.retention', '', { max_lifetime: 7_776_000_000 });
  await alice.matrix.setState(room.roomId, 'm.room.retention', '', { max_lifetime: 1 });
  await expect.poll(chunks).not.toContain(kept[0]);
});
