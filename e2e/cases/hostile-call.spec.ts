import { randomUUID } from 'node:crypto';
import { CAPTION_ATTRIBUTES, CAPTIONS_TOPIC } from '@palabre/protocol';
import { expect, test } from '../fixtures/test.ts';
import { bareParticipant } from '../fixtures/bare-participant.ts';
import { expectCaptions, readCaptions } from '../fixtures/captions.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

test('what a participant claims on data channels and of itself is neither shown nor obeyed @hostile', async ({
  browser,
  cast,
  stack,
}) => {
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', quiet);
  const mallory = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, mallory]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const calls = [aliceCall, bobCall];
  const failures: string[] = [];
  for (const { page } of [alice, bob]) page.on('pageerror', (error) => failures.push(error.message));
  const topics = [CAPTIONS_TOPIC, 'lk.chat', 'palabre'];
  const forger = await bareParticipant(browser, mallory, stack, room.roomId, topics);
  cast.afterwards(() => forger.close());

  const words = 'forged words that nobody said';
  const on = { phase: 'on', since_ms: Date.now() };
  const messages = [
    words,
    JSON.stringify({ recording: on, transcription: on, text: words }),
    JSON.stringify({ recording: { phase: 'off' }, transcription: { phase: 'off' } }),
    JSON.stringify({ type: 'mute', action: 'stop', what: 'transcription', userId: bob.userId, text: words }),
  ];
  const speaker = (await createSfuView(stack.facts).participants(room.roomId)).find((identity) =>
    identity.startsWith(alice.userId),
  );
  expect(speaker, 'identity of alice at the SFU').toBeDefined();
  /** All that a true caption says of itself. */
  const asCaption = () => ({
    [CAPTION_ATTRIBUTES.segment]: randomUUID(),
    [CAPTION_ATTRIBUTES.final]: 'true',
    [CAPTION_ATTRIBUTES.speaker]: speaker ?? '',
    [CAPTION_ATTRIBUTES.startedMs]: String(Date.now()),
  });
  const forge = async () => {
    for (const topic of topics) for (const message of messages) await forger.say(topic, message, asCaption());
    for (const message of messages)
      await forger.claim(message, { recording: 'on', 'lk.agent.state': 'speaking', transcription: message });
    for (const method of ['mute', 'kick', 'leave', 'stop', 'record']) await forger.command(method, messages[3] ?? '');
    await expect
      .poll(async () => (await forger.received()).includes(words), { message: 'the SFU delivers' })
      .toBe(true);
  };
  const expectUnmoved = async () => {
    for (const call of calls) await expect(call.frame.getByText(words)).toHaveCount(0);
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    expect(failures, 'errors on the pages').toEqual([]);
  };

  await test.step('while nothing goes on', async () => {
    await forge();
    await expectUnmoved();
    for (const call of calls)
      for (const name of ['recording-state', 'transcription-state'] as const)
        await expect(call.state(name)).toBeHidden();
    const { recording, transcription } = await createSfuView(stack.facts).metadata(room.roomId);
    expect([recording.phase, transcription.phase]).toEqual(['off', 'off']);
  });
  await test.step('while somebody reads captions, forged ones are not among them', async () => {
    await readCaptions(bobCall);
    await expect(bobCall.state('captions-state')).toHaveAttribute('data-phase', 'on', { timeout: 30_000 });
    await forge();
    // True words that were sent later are there: the forged ones had their time.
    const spoken = await say(aliceCall.frame, promptNamed('en-ss-noservice'));
    await expectCaptions(bobCall, alice, [spoken], 0.34);
    await expectUnmoved();
    await bobCall.press('captions-toggle');
    await expect(bobCall.state('captions-state')).toBeHidden({ timeout: 40_000 });
    const { scribe } = bots(stack);
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId), { timeout: 20_000 }).not.toContain(scribe);
  });
  await test.step('while the scribe is at work', async () => {
    await startWork(stack, room.roomId, 'transcription', aliceCall, calls);
    await forge();
    await expectUnmoved();
    for (const call of calls) {
      await expect(call.state('transcription-state')).toHaveAttribute('data-phase', 'on');
      await expect(call.state('recording-state')).toBeHidden();
    }
    const spoken = await say(bobCall.frame, promptNamed('en-queue-youarenext'));
    await stopWork('transcription', aliceCall, calls);
    const transcript = await postedTranscript(reader);
    expectWords(transcript, bob, [spoken], 0.34);
    expect(transcript.txtFile).not.toContain(words);
  });
});
