import { expect, test } from '../fixtures/test.ts';
import { askFirst, startOtherEngine } from '../fixtures/engines.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork } from '../fixtures/scribe.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { promptNamed, say } from '../words/prompts.ts';

const FIRST_OPERATOR = 'First & Sons';

test('the first speech engine dies in mid-call: the next takes over, nothing is lost, both are named @scribe @engines', async ({
  cast,
  stack,
}) => {
  const first = await startOtherEngine(cast, FIRST_OPERATOR);
  await askFirst(cast, stack, [first.configured]);
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);

  const said = [await say(aliceCall.frame, promptNamed('en-queue-youarenext'))];
  await expect
    .poll(first.answered, { timeout: 20_000, message: 'the first engine heard something' })
    .toBeGreaterThan(0);
  // What it has begun to hear is lost with it, and heard again by the other.
  const saying = say(aliceCall.frame, promptNamed('en-tt-allbusy'));
  await first.kill();
  said.push(await saying, await say(aliceCall.frame, promptNamed('en-ss-noservice')));
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader, 90_000);
  expectWords(transcript, alice, said, 0.2);
  const { block, content } = transcript.text;
  expect(block.gaps).toEqual([]);
  const engines = [...(block.provenance ?? [])].sort((a, b) => a.model.localeCompare(b.model));
  expect(engines).toMatchObject([
    { model: 'base', place: 'loopback', operator: stack.facts.serverName },
    { model: 'tiny.en', place: 'loopback', operator: FIRST_OPERATOR },
  ]);
  for (const { model, version, sha256, lines } of engines) {
    expect(version).toContain(`openai/whisper-${model}`);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(lines).toBeGreaterThan(0);
  }
  for (const text of [String(content['body']), transcript.txtFile, transcript.vttFile]) {
    expect(text).toContain(`operated by ${FIRST_OPERATOR}`);
    expect(text).toContain(`operated by ${stack.facts.serverName}`);
    expect(text).toContain('base (openai/whisper-base');
  }
});
