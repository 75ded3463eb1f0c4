import { expect, test } from '../fixtures/test.ts';
import type { Cast } from '../fixtures/cast.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { bridgeProcesses, killAll, phaseReached, startWork } from '../fixtures/scribe.ts';
import { expectOneThread, postedTranscript } from '../fixtures/transcripts.ts';
import type { PostedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { ofKind, waitForResults } from '../matrix/results.ts';
import type { StackControl } from '../stack/control-client.ts';
import { promptNamed, say } from '../words/prompts.ts';
import type { Spoken } from '../words/prompts.ts';
import { wordErrorRate } from '../words/word-errors.ts';

const SENTENCES = [
  promptNamed('en-queue-youarenext'),
  promptNamed('en-ss-noservice'),
  promptNamed('en-tt-allbusy'),
] as const;

/** One moderator who speaks, one who listens, and a scribe at work. */
async function listeningRoom(cast: Cast, stack: StackControl) {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const sinceMs = await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  return { alice, bob, room, aliceCall, bobCall, sinceMs, reader };
}

/** The captions at the time of the sentence say about what was said. */
function heard(transcript: PostedTranscript, { prompt, startMs, endMs }: Spoken, zeroMs: number): boolean {
  const middles = transcript.cues.filter((cue) => {
    const middleMs = (cue.startMs + cue.endMs) / 2 + zeroMs;
    return middleMs > startMs - 300 && middleMs < endMs + 300;
  });
  return wordErrorRate(prompt.text, middles.map((cue) => cue.text).join(' ')) < 0.34;
}

function told({ cues, text }: PostedTranscript): string {
  return JSON.stringify([cues, text.block.gaps]);
}

function inGap(transcript: PostedTranscript, spoken: Spoken, zeroMs: number): boolean {
  return transcript.text.block.gaps.some(
    (gap) => gap.start_ms + zeroMs < spoken.endMs && gap.end_ms + zeroMs > spoken.startMs,
  );
}

test('the speech server is killed in mid-call: the rest arrives and the room knows what is missing @line', async ({
  cast,
  stack,
}) => {
  const { aliceCall, bobCall, sinceMs, reader } = await listeningRoom(cast, stack);
  const [first, second, third] = SENTENCES;

  const before = await say(aliceCall.frame, first);
  await stack.kill('speech');
  await stack.hold('speech');
  let during: Spoken;
  try {
    during = await say(aliceCall.frame, second);
  } finally {
    await stack.release('speech');
  }
  const after = await say(aliceCall.frame, third);
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader, 120_000);
  expect(heard(transcript, before, sinceMs), `said before: ${told(transcript)}`).toBe(true);
  expect(heard(transcript, after, sinceMs), `said after: ${told(transcript)}`).toBe(true);
  // Kept and heard later, or named as missing; never silently lost.
  expect(heard(transcript, during, sinceMs) || inGap(transcript, during, sinceMs), 'said while it was down').toBe(true);
});

test('the scribe is killed in mid-call: a successor goes on and the gap is named @line', async ({ cast, stack }) => {
  const { aliceCall, bobCall, room, sinceMs, reader } = await listeningRoom(cast, stack);
  const [first, , third] = SENTENCES;
  const before = await say(aliceCall.frame, first);
  // An utterance is handed over once its speaker has paused; what a scribe still holds when it dies is gap.
  await aliceCall.frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));

  const children = await bridgeProcesses(stack, /scribe\/child/);
  expect(children, 'scribe children of the bridge').toHaveLength(1);
  killAll(children);
  await expect.poll(() => bridgeProcesses(stack, /scribe\/child/), { timeout: 20_000 }).not.toEqual(children);
  await expect.poll(async () => (await bridgeProcesses(stack, /scribe\/child/)).length, { timeout: 20_000 }).toBe(1);
  await phaseReached(stack, room.roomId, 'transcription', 'on');

  const after = await say(aliceCall.frame, third);
  await aliceCall.leave();
  await bobCall.leave();
  const transcript = await postedTranscript(reader, 90_000);
  expect(heard(transcript, before, sinceMs), `said before: ${told(transcript)}`).toBe(true);
  expect(heard(transcript, after, sinceMs), `said after: ${told(transcript)}`).toBe(true);
  expect(transcript.text.block.gaps.map((gap) => gap.reason)).toContain('scribe_restarted');
});

test('the bridge is killed while it posts: everything is there, once @line', async ({ cast, stack }) => {
  const { aliceCall, bobCall, reader } = await listeningRoom(cast, stack);
  const [first] = SENTENCES;
  await say(aliceCall.frame, first);
  await aliceCall.leave();
  await bobCall.leave();

  // The first file of the results is in the room, the others are on their way.
  await waitForResults(reader, (results) => ofKind(results, 'transcript')[0], 60_000);
  await stack.kill('bridge');
  await expect
    .poll(
      () =>
        fetch(`${stack.facts.urls.api}/ready`).then(
          (r) => r.status,
          () => 0,
        ),
      { timeout: 15_000 },
    )
    .toBe(200);

  await postedTranscript(reader, 60_000);
  const kinds = (await expectOneThread(reader)).map(({ block }) =>
    block.kind === 'transcript' ? `transcript ${block.format}` : block.kind,
  );
  for (const kind of ['transcript text', 'transcript txt', 'transcript vtt', 'minutes', 'meeting']) {
    expect(
      kinds.filter((other) => other === kind),
      kind,
    ).toHaveLength(1);
  }
});
