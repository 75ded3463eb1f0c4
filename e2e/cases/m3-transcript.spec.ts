import { expect, test } from '../fixtures/test.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { conversation } from '../fixtures/conversation.ts';
import { expectCueTimes, expectOneThread, expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { resultsIn } from '../matrix/results.ts';

test('the transcript of two people in two languages comes back under the right names @line', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  if (aliceCall === undefined || bobCall === undefined) throw new Error('two calls');

  const sinceMs = await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  await test.step('the scribe is a visible member', async () => {
    const { scribe } = bots(stack);
    expect(await alice.matrix.joinedMembers(room.roomId)).toContain(scribe);
    expect((await alice.matrix.callMembers(room.roomId)).map((event) => event.sender)).toContain(scribe);
  });
  const said = await conversation(aliceCall.frame, bobCall.frame);
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();

  const reader = createPlainReader(alice.matrix, room.roomId);
  const transcript = await postedTranscript(reader);
  expectWords(transcript, alice, said.english, 0.15);
  expectWords(transcript, bob, said.french, 0.3);
  expect(new Set(transcript.lines.map((line) => line.user_id))).toEqual(new Set([alice.userId, bob.userId]));
  expectCueTimes(transcript, alice, said.english, sinceMs);
  expectCueTimes(transcript, bob, said.french, sinceMs);
  expect(transcript.text.block.gaps).toEqual([]);
  expect(transcript.txtFile).toContain(alice.displayName);
  expect(transcript.txtFile).toContain(bob.displayName);

  await test.step('minutes: who, how long, and only sentences that were said', () => {
    const { block } = transcript.minutes;
    expect(block.participants.map((person) => person.user_id).sort()).toEqual([alice.userId, bob.userId].sort());
    expect(block.method).toBe('extractive');
    expect(block.extract.length).toBeGreaterThan(0);
    const everything = transcript.lines.map((line) => line.text).join(' ');
    for (const sentence of block.extract) expect(everything).toContain(sentence.text);
  });
  await test.step('one thread, nothing twice, and the scribe is gone', async () => {
    const results = await resultsIn(reader);
    expectOneThread(results);
    expect(results.filter((result) => result.block.kind === 'transcript')).toHaveLength(3);
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId)).not.toContain(bots(stack).scribe);
  });
  await test.step('the messenger shows it', async () => {
    await expect(
      bob.page.getByTestId('result-transcript').or(bob.page.getByTestId('thread-open')).first(),
    ).toBeVisible();
  });
});
