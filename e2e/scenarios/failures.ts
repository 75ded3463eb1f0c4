import { expect, test } from '../fixtures/test.ts';
import { bots, meet } from '../fixtures/meeting.ts';
import { bridgeProcesses, killAll, phaseReached, startWork } from '../fixtures/scribe.ts';
import { expectOneThread, postedTranscript } from '../fixtures/transcripts.ts';
import type { PostedTranscript } from '../fixtures/transcripts.ts';
import type { RoomReader } from '../matrix/reader.ts';
import { ofKind, resultsIn, waitForResults } from '../matrix/results.ts';
import type { Result } from '../matrix/results.ts';
import { promptNamed, say } from '../words/prompts.ts';
import type { Spoken } from '../words/prompts.ts';
import { wordErrorRate } from '../words/word-errors.ts';
import { SERVICE_NAMES } from '../stack/contract.ts';
import { roomWithReader } from './ground.ts';
import type { Scenario } from './ground.ts';

const SENTENCES = {
  plain: [promptNamed('en-queue-youarenext'), promptNamed('en-ss-noservice'), promptNamed('en-tt-allbusy')],
  encrypted: [promptNamed('en-vm-nobox'), promptNamed('en-vm-newuser'), promptNamed('en-pbx-invalidpark')],
} as const;
/** An utterance ends with a pause of its speaker; then it is handed over. */
const UTTERANCE_ENDS_MS = 1_500;

/** One moderator who speaks, one who listens, and a scribe at work. */
async function listeningRoom(scenario: Scenario) {
  const { cast, stack, encrypted } = scenario;
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const { room, reader } = await roomWithReader(scenario, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const sinceMs = await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  return { room, alice, aliceCall, bobCall, sinceMs, reader, sentences: SENTENCES[encrypted ? 'encrypted' : 'plain'] };
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

const TOLD_WITHIN_MS = 60_000;

function awayTold(results: readonly Result[]): readonly Result<'notice'>[] | undefined {
  const told = ofKind(results, 'notice').filter(({ block }) => block.code === 'speech_away');
  return told.length === 0 ? undefined : told;
}

/** The speech server is killed in mid-call: the room is told, and the rest arrives when it is back. */
export async function lostSpeechScenario(scenario: Scenario): Promise<void> {
  const { stack, encrypted } = scenario;
  const { aliceCall, bobCall, sinceMs, reader, sentences } = await listeningRoom(scenario);
  const [first, second, third] = sentences;

  const before = await say(aliceCall.frame, first);
  await stack.kill('speech');
  await stack.hold('speech');
  let during: Spoken;
  try {
    during = await say(aliceCall.frame, second);
    if (!encrypted) {
      const leftMs = during.endMs + TOLD_WITHIN_MS - Date.now();
      expect(await waitForResults(reader, awayTold, leftMs), 'the room is told once').toHaveLength(1);
    }
  } finally {
    await stack.release('speech');
  }
  const after = await say(aliceCall.frame, third);
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader, 120_000);
  expect(heard(transcript, before, sinceMs), `said before: ${told(transcript)}`).toBe(true);
  expect(heard(transcript, after, sinceMs), `said after: ${told(transcript)}`).toBe(true);
  expect(heard(transcript, during, sinceMs), `said while it was down: ${told(transcript)}`).toBe(true);
}

/** The scribe is killed in mid-call: a successor goes on, and the gap is named. */
export async function lostScribeScenario(scenario: Scenario): Promise<void> {
  const { stack } = scenario;
  const { aliceCall, bobCall, room, sinceMs, reader, sentences } = await listeningRoom(scenario);
  const [first, , third] = sentences;
  const before = await say(aliceCall.frame, first);
  // What a scribe still holds when it dies is gap.
  await aliceCall.frame.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), UTTERANCE_ENDS_MS);

  const children = await bridgeProcesses(stack, /scribe\/child/);
  expect(children, 'scribe children of the bridge').toHaveLength(1);
  killAll(children);
  await phaseReached(stack, room.roomId, 'transcription', 'starting');
  await phaseReached(stack, room.roomId, 'transcription', 'on');
  expect(await bridgeProcesses(stack, /scribe\/child/), 'one successor').toHaveLength(1);

  const after = await say(aliceCall.frame, third);
  await aliceCall.leave();
  await bobCall.leave();
  const transcript = await postedTranscript(reader, 90_000);
  expect(heard(transcript, before, sinceMs), `said before: ${told(transcript)}`).toBe(true);
  expect(heard(transcript, after, sinceMs), `said after: ${told(transcript)}`).toBe(true);
  expect(transcript.text.block.gaps.map((gap) => gap.reason)).toContain('scribe_restarted');
}

/** What was posted, each as often as it is in the room. */
async function postedKinds(reader: RoomReader): Promise<readonly string[]> {
  return (await resultsIn(reader)).map(({ block }) =>
    block.kind === 'transcript' ? `transcript ${block.format}` : block.kind,
  );
}

/** The bridge is killed while it posts: everything is there, once; and what was posted before can be taken back after. */
export async function killedWhilePostingScenario(scenario: Scenario): Promise<void> {
  const { stack } = scenario;
  const { room, alice, aliceCall, bobCall, reader, sentences } = await listeningRoom(scenario);
  await say(aliceCall.frame, sentences[0]);
  await aliceCall.leave();
  await bobCall.leave();

  // The first result is in the room, the others are on their way.
  await waitForResults(reader, (results) => ofKind(results, 'transcript')[0], 60_000, 10);
  await stack.kill('bridge');
  expect(await postedKinds(reader), 'killed before everything was posted').not.toContain('minutes');

  const { text } = await postedTranscript(reader, 60_000);
  await expectOneThread(reader);
  const kinds = await postedKinds(reader);
  for (const kind of ['transcript text', 'transcript txt', 'transcript vtt', 'transcript json', 'minutes', 'meeting']) {
    expect(
      kinds.filter((other) => other === kind),
      kind,
    ).toHaveLength(1);
  }
  await test.step('who redacts the transcript takes back its files, too, and the room is told', async () => {
    await alice.messenger.openResults();
    expect(await alice.messenger.removeFromThread(text.eventId)).toContain(
      'The transcript is deleted with all its files',
    );
    const told = await waitForResults(
      reader,
      (results) => {
        const deleted = ofKind(results, 'notice').filter(({ block }) => block.code === 'deleted');
        return deleted.length === 0 ? undefined : deleted;
      },
      60_000,
    );
    expect(told).toHaveLength(1);
    const left = await postedKinds(reader);
    expect(left.filter((kind) => kind.startsWith('transcript'))).toEqual([]);
    expect(left).toContain('minutes');
    // Neither in the room nor in the thread.
    const { page } = alice.messenger;
    const words = 'The transcript was deleted by';
    await expect(page.getByTestId('result-notice').filter({ hasText: words })).toBeVisible();
    await expect(page.getByTestId('deleted-result').first()).toContainText(words);
    await expect(page.getByText('Message removed')).toHaveCount(0);
    const { scribe } = bots(stack);
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId)).not.toContain(scribe);
  });
}

/** Everything on the server is killed at once: what was said before is there, the gap is named, and the room can go on. */
export async function lostPowerScenario(scenario: Scenario): Promise<void> {
  const { stack } = scenario;
  const { room, aliceCall, bobCall, sinceMs, reader, sentences } = await listeningRoom(scenario);
  const before = await say(aliceCall.frame, sentences[0]);
  // What a scribe still holds when it dies is gap.
  await aliceCall.frame.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), UTTERANCE_ENDS_MS);

  const former = await stack.pid('bridge');
  await Promise.all(SERVICE_NAMES.map((service) => stack.kill(service)));
  await expect.poll(() => stack.pid('bridge'), { timeout: 30_000 }).not.toBe(former);
  const ready = () =>
    fetch(`${stack.facts.internal.bridgeInternal}/ready`).then(
      (answer) => answer.status,
      () => 0,
    );
  await expect.poll(ready, { timeout: 60_000, message: 'everything is back' }).toBe(200);
  await phaseReached(stack, room.roomId, 'transcription', 'on', 60_000);
  await aliceCall.leave();
  await bobCall.leave();

  const transcript = await postedTranscript(reader, 90_000);
  expect(heard(transcript, before, sinceMs), `said before: ${told(transcript)}`).toBe(true);
  expect(transcript.text.block.gaps.map((gap) => gap.reason)).toContain('scribe_restarted');
  await expectOneThread(reader);
}
