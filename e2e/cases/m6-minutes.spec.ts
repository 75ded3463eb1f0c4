import { expectAccessible } from '../fixtures/accessible.ts';
import { runActionsBot } from '../fixtures/actions-bot.ts';
import { usePeerModel } from '../fixtures/language-model.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { ofKind, waitForResults } from '../matrix/results.ts';
import { roomWithReader } from '../scenarios/ground.ts';
import { promptNamed, say } from '../words/prompts.ts';

const LIE = 'Zoltan will pay 40,000 euros.';

test('minutes by a model wait for a moderator, who corrects and approves them @scribe @minutes @line', async ({
  cast,
  stack,
}) => {
  const model = await usePeerModel(cast, stack, (lines) => {
    const numbers = lines.map(({ number }) => number);
    const [first] = lines;
    return {
      purpose: { text: first?.text.split('.')[0] ?? '', lines: numbers.slice(0, 1) },
      decisions: [{ text: LIE, lines: numbers }],
      actions: [{ text: 'Check the number and try again', who: first?.name, due: null, lines: numbers }],
      questions: [],
    };
  });
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const carol = await cast.person('carol');
  const room = await makeRoom(stack, alice, [carol]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  await runActionsBot(cast, stack, carol);
  const [call] = await meet(room, alice);

  await test.step('the room is to approve its minutes', async () => {
    await call.frame.getByTestId('more').click();
    await call.frame.getByTestId('minutes').click();
    await call.frame.getByTestId('minutes-ask').check();
    await expect(call.frame.getByTestId('minutes-status')).not.toBeEmpty();
    await call.page.keyboard.press('Escape');
  });
  await startWork(stack, room.roomId, 'transcription', call, [call]);
  await say(call.frame, promptNamed('en-ss-noservice'));
  await stopWork('transcription', call, [call]);

  const draft = call.frame.getByTestId('minutes-draft');
  await test.step('the draft is in the call, without what was made up, and not in the room', async () => {
    await call.frame.getByTestId('minutes-read').click({ timeout: 40_000 });
    await expect(draft).toContainText('1 statement was left out');
    await expect(draft.getByTestId('draft-decisions').getByRole('textbox')).toHaveCount(0);
    await expectAccessible(call.page, 'a draft of minutes', { frames: true });
    const timeline = JSON.stringify(await alice.matrix.timeline(room.roomId));
    expect(timeline).toContain('wait for approval');
    expect(timeline).not.toContain('Check the number and try again');
    expect(timeline).not.toContain(LIE);
    expect(model.asked(), 'the broken answer was asked for again').toBe(2);
  });
  await draft.getByTestId('minutes-purpose').fill('The number that was dialed');
  await draft.getByTestId('add-questions').click();
  await draft.getByRole('textbox', { name: 'Open question 1' }).fill('Who is in service?');
  await draft.getByTestId('minutes-approve').click();
  await expect(call.frame.getByTestId('minutes-status')).not.toBeEmpty();
  await expect(draft).toHaveCount(0);

  const transcript = await postedTranscript(reader);
  const { block, body, threadRoot } = transcript.minutes;
  await test.step('what is posted says how it was made, by whom it was approved, and what it rests on', () => {
    expect(block).toMatchObject({
      method: 'model',
      model: 'peer-model',
      operator: 'the tests',
      left_out: 1,
      edited: true,
      approved_by: { user_id: alice.userId, name: alice.displayName },
      purpose: { text: 'The number that was dialed' },
      decisions: [],
      questions: [{ text: 'Who is in service?', sources: [] }],
    });
    expect(threadRoot).toBe(transcript.text.threadRoot);
    const [action] = block.actions;
    expect(action?.who).toBe(alice.displayName);
    const [source] = action?.sources ?? [];
    expect(source?.event_id).toBe(transcript.text.eventId);
    expect(transcript.lines.map((line) => line.start_ms)).toContain(source?.start_ms);
    expect(body).toContain(`Edited and approved by ${alice.displayName}`);
  });
  await test.step('the example bot makes a checklist of it', async () => {
    await expect
      .poll(async () =>
        (await alice.matrix.timeline(room.roomId))
          .filter(({ sender }) => sender === carol.userId)
          .map(({ content }) => content['body']),
      )
      .toContain(`☐ ${alice.displayName}: Check the number and try again`);
  });
  await test.step('the messenger shows it, and the scribe is gone', async () => {
    await call.page.keyboard.press('Escape');
    await call.leave();
    await alice.messenger.openResults();
    const card = alice.page.getByTestId('result-minutes');
    await expect(card.getByTestId('minutes-actions')).toContainText('Check the number and try again');
    await expect(card.getByTestId('minutes-transcript').first()).toBeVisible();
    await expect(card.getByTestId('minutes-origin')).toContainText('peer-model');
    await expectAccessible(alice.page, 'minutes in the thread');
    await expect.poll(() => alice.matrix.joinedMembers(room.roomId)).not.toContain(bots(stack).scribe);
  });
});

test('a model that is down leaves an extract that says so, in an encrypted room @scribe @minutes @line', async ({
  cast,
  stack,
}) => {
  const model = await usePeerModel(cast, stack, () => ({}));
  await model.goAway();
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const { room, reader } = await roomWithReader({ cast, stack, encrypted: true }, alice, []);
  const [call] = await meet(room, alice);
  await startWork(stack, room.roomId, 'transcription', call, [call]);
  await say(call.frame, promptNamed('en-vm-nobox'));
  await stopWork('transcription', call, [call]);
  await call.leave();

  const [minutes] = await waitForResults(
    reader,
    (results) => {
      const found = ofKind(results, 'minutes');
      return found.length > 0 ? found : undefined;
    },
    60_000,
  );
  expect(minutes?.encrypted).toBe(true);
  expect(minutes?.block).toMatchObject({ method: 'extractive', instead: 'model_unavailable', decisions: [] });
  expect(minutes?.block.extract.length).toBeGreaterThan(0);
  expect(minutes?.body).toContain('The language model was not available');
  await expect.poll(() => alice.matrix.joinedMembers(room.roomId)).not.toContain(bots(stack).scribe);
});
