import { expect, test } from '../fixtures/test.ts';
import { expectAccessible } from '../fixtures/accessible.ts';
import { conversation } from '../fixtures/conversation.ts';
import { bots, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectCueTimes, expectOneThread, expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import type { Prompt } from '../words/prompts.ts';
import { roomWithReader } from './ground.ts';
import type { Scenario } from './ground.ts';

/** Two people speak in two languages, once at the same time; the transcript and the minutes come back into the room. */
export async function transcriptScenario(
  scenario: Scenario,
  sentences: { readonly english: readonly Prompt[]; readonly french: readonly Prompt[] },
): Promise<void> {
  const { cast, stack, encrypted } = scenario;
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const { room, reader } = await roomWithReader(scenario, alice, [bob]);
  const { scribe } = bots(stack);
  const [aliceCall, bobCall] = await meet(room, alice, bob);

  const sinceMs = await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  await test.step('the scribe is a visible member', async () => {
    expect(await alice.matrix.joinedMembers(room.roomId)).toContain(scribe);
    expect((await alice.matrix.callMembers(room.roomId)).map((event) => event.sender)).toContain(scribe);
  });
  const said = await conversation(aliceCall.frame, bobCall.frame, sentences);
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader);
  await test.step('the words, under their speakers, at their times', () => {
    expectWords(transcript, alice, said.english, 0.15);
    expectWords(transcript, bob, said.french, 0.3);
    expect(new Set(transcript.lines.map((line) => line.user_id))).toEqual(new Set([alice.userId, bob.userId]));
    expectCueTimes(transcript, alice, said.english, sinceMs);
    expectCueTimes(transcript, bob, said.french, sinceMs);
    expect(transcript.text.block.gaps).toEqual([]);
    expect(transcript.txtFile).toContain(alice.displayName);
    expect(transcript.txtFile).toContain(bob.displayName);
    const { lines } = transcript.document;
    expect(lines.map(({ id, text }) => [id, text])).toEqual(transcript.lines.map(({ id, text }) => [id, text]));
    for (const { start_ms: startMs, end_ms: endMs, utterances } of lines) {
      const words = utterances.flatMap((utterance) => utterance.words);
      expect(words.length).toBeGreaterThan(0);
      for (const word of words) {
        expect(word.start_ms).toBeGreaterThanOrEqual(startMs);
        expect(word.end_ms).toBeLessThanOrEqual(endMs);
      }
    }
  });
  await test.step('minutes: who, how long, and only sentences that were said', () => {
    const { block } = transcript.minutes;
    expect(block.participants.map((person) => person.user_id).sort()).toEqual([alice.userId, bob.userId].sort());
    expect(block.method).toBe('extractive');
    expect(block.extract.length).toBeGreaterThan(0);
    const everything = transcript.lines.map((line) => line.text).join(' ');
    for (const sentence of block.extract) expect(everything).toContain(sentence.text);
  });
  await test.step('one thread, nothing twice, encrypted like the room, and the scribe is gone', async () => {
    const results = await expectOneThread(reader);
    expect(results.filter((result) => result.block.kind === 'transcript')).toHaveLength(4);
    for (const result of results) expect(result.encrypted, `${result.block.kind} is encrypted`).toBe(encrypted);
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId)).not.toContain(scribe);
  });
  await test.step('the messenger shows it', async () => {
    await bob.messenger.openResults();
    const [line] = transcript.lines;
    await expect(bob.page.getByTestId('result-transcript').first()).toContainText(line?.text ?? '');
    await expect(bob.page.getByTestId('result-minutes').first()).toBeVisible();
    await expectAccessible(bob.page, 'results in the thread');
  });
}
