import { TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import type { Page } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessible.ts';
import { bots, meet } from '../fixtures/meeting.ts';
import { expectLarge, postedRecording } from '../fixtures/recordings.ts';
import { startRecordingAs, startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { postedTranscript } from '../fixtures/transcripts.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { openListInCall, openTranscriptInCall, openTranscriptPage } from '../pages/transcript.ts';
import { say } from '../words/prompts.ts';
import type { Prompt } from '../words/prompts.ts';
import { roomWithReader } from './ground.ts';
import type { Scenario } from './ground.ts';

/** So long a scribe takes to find out that no sound comes, and to ask for it again. */
const NOTICED_MS = 8_000;

const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
] as const;

/** How it looks, wide and narrow, for whoever judges it. */
async function takePictures(page: Page, name: string, outputPath: (name: string) => string): Promise<void> {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.screenshot({ path: outputPath(`${name}-${size.width}.png`) });
  }
  if (before !== null) await page.setViewportSize(before);
}

/** More than any messenger loads of a room before somebody scrolls. */
const CHATTER = 150;

/** When the first line is heard in the film. */
function firstLineS(
  document: { readonly started_ms: number; readonly lines: readonly { readonly start_ms: number }[] },
  film: { readonly started_ms: number },
): number {
  return Math.max(0, document.started_ms + (document.lines[0]?.start_ms ?? 0) - film.started_ms) / 1000;
}

/** The time of a line that can be played looks as what leads somewhere does, not as a time. */
async function expectLink(page: Page): Promise<void> {
  const time = page.getByTestId('transcript-seek').first().locator('time');
  await expect(time).toHaveCSS('text-decoration-line', 'underline');
  const [ofTime, ofLinks] = await time.evaluate((element) => {
    const link = document.body.appendChild(document.createElement('a'));
    const colours = [element, link].map((each) => getComputedStyle(each).color);
    link.remove();
    return colours;
  });
  expect(ofTime).toBe(ofLinks);
}

/** Two people read, hear, search and correct what they said; each sees what the other corrected. */
export async function transcriptPageScenario(
  scenario: Scenario,
  sentences: { readonly english: Prompt; readonly french: Prompt },
  outputPath: (name: string) => string,
): Promise<void> {
  const { cast, stack, encrypted } = scenario;
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false }, locale: 'fr-FR', colorScheme: 'dark' });
  const { room, reader } = await roomWithReader(scenario, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const everybody = [aliceCall, bobCall];
  await startWork(stack, room.roomId, 'transcription', aliceCall, everybody);
  await startRecordingAs('speaker', stack, room.roomId, aliceCall, everybody);
  // One track is lost while the other is heard.
  const lostMs = Date.now();
  await createSfuView(stack.facts).loseTrack(room.roomId, bob.userId, bots(stack).scribe);
  const english = await say(aliceCall.frame, sentences.english);
  await expect.poll(() => Date.now() - lostMs, { timeout: 15_000 }).toBeGreaterThan(NOTICED_MS);
  const note = encrypted ? undefined : await bob.matrix.sendText(room.roomId, 'The agenda is in the folder.');
  const french = await say(bobCall.frame, sentences.french);
  await stopWork('recording', aliceCall, everybody);
  await stopWork('transcription', aliceCall, everybody);
  await aliceCall.leave();
  await bobCall.leave();
  const posted = await postedTranscript(reader);
  const recording = await postedRecording(reader, outputPath('recording.mp4'));
  await test.step('whoever speaks is shown large, the other small', () =>
    expectLarge(recording, [
      { speaker: alice, other: bob, wallMs: english.endMs },
      { speaker: bob, other: alice, wallMs: french.endMs },
    ]));
  const heard = posted.lines.find((line) => line.user_id === alice.userId)?.text ?? '';
  await test.step('the lost track is named with whose it was; what was said after it was found again is there', () => {
    const { gaps } = posted.document;
    expect(gaps.map(({ reason, user_id: userId }) => [reason, userId])).toEqual([['track_lost', bob.userId]]);
    expect(posted.lines.map((line) => line.user_id)).toContain(bob.userId);
  });
  const [word = ''] = (heard.match(/[a-z]{5,}/giu) ?? []).toSorted((a, b) => b.length - a.length);

  await alice.messenger.openResults();
  await expectLink(alice.page);
  const page = await openTranscriptPage(alice.page);
  const ours = page.lines().filter({ hasText: heard }).first();
  const theirs = page.lines().filter({ hasText: bob.displayName }).first();
  await test.step('lines, and what happened between them', async () => {
    await expect(page.lines()).toHaveCount(posted.lines.length);
    await expect(ours).toBeVisible();
    const kinds = await page.marks().evaluateAll((marks) => marks.map((mark) => mark.getAttribute('data-kind')));
    expect(kinds).toEqual(expect.arrayContaining(['recording_started']));
    expect(kinds.includes('message'), 'what was written, where the scribe may know of it').toBe(note !== undefined);
    if (note !== undefined)
      await expect(page.marks().filter({ hasText: 'The agenda is in the folder.' })).toBeVisible();
    expect(JSON.stringify(posted.document)).not.toContain('agenda');
  });
  await test.step('a word is found, and counted', async () => {
    expect(await page.search(word)).toMatch(/^1 of \d+$/);
    await expect(page.root.locator('mark').first()).toHaveText(new RegExp(word, 'i'));
    expect(await page.search('zzzz')).toBe('No match');
    await page.root.getByTestId('transcript-search').clear();
  });
  await test.step('a line leads to its moment of the film, and is marked', () =>
    page.expectPlays(ours, (english.startMs - recording.result.block.started_ms) / 1000));
  await test.step('a word of a long line leads to its own moment', async () => {
    const line = posted.document.lines.find(({ text }) => text === heard);
    const last = line?.utterances.flatMap(({ words }) => words).at(-1);
    if (line === undefined || last === undefined) throw new Error('the engine gave no times of words');
    expect(last.start_ms - line.start_ms).toBeGreaterThan(2_000);
    const saidMs = posted.document.started_ms + last.start_ms - recording.result.block.started_ms;
    await page.expectPlaysWord(ours, line.text.lastIndexOf(last.text.trim()), saidMs / 1000);
  });
  await expectAccessible(alice.page, 'transcript, light');

  await test.step('a moderator corrects what somebody else said; that person sees it, and whose correction it is', async () => {
    await page.correct(theirs, { text: 'Le budget est de 4 000 euros.' });
    await expect(theirs).toContainText('Le budget est de 4 000 euros.');
  });
  await test.step('the captions of the film say so, too, while it plays and as a file', async () => {
    await expect.poll(() => page.captions()).toContain('Le budget est de 4 000 euros.');
    expect(await page.saveCorrectedCaptions()).toContain(`NOTE\nCorrected by ${alice.displayName}\n`);
    await alice.page.getByTestId('transcript-back').click();
    await expect(alice.page.getByTestId('transcript-card-corrected')).toContainText(
      `Corrected by ${alice.displayName}.`,
    );
    await alice.page.getByTestId('transcript-open').first().click();
  });
  await bob.messenger.openResults();
  await expectLink(bob.page);
  const other = await openTranscriptPage(bob.page);
  const bobs = other.lines().filter({ hasText: 'Le budget est de 4 000 euros.' });
  await expect(bobs).toContainText(`Corrigé par ${alice.displayName}`);
  await expectAccessible(bob.page, 'transcript, dark and French');
  await test.step('people correct their own lines, a name for all of them; nobody else’s', async () => {
    await expect(other.lines().filter({ hasText: heard }).first().getByTestId('transcript-correct')).toHaveCount(0);
    await other.correct(bobs, { speaker: 'Salle 12' });
    await expect(page.lines().filter({ hasText: 'Salle 12' })).toContainText(`Corrected by ${alice.displayName} and`);
  });
  if (!encrypted) {
    await test.step('a correction that its sender may not make changes nothing', async () => {
      const line = posted.lines.find(({ user_id: userId }) => userId === alice.userId);
      await bob.matrix.request('PUT', `v3/rooms/${encodeURIComponent(room.roomId)}/send/m.room.message/forged`, {
        msgtype: 'm.notice',
        body: 'forged',
        'm.relates_to': { rel_type: 'm.thread', event_id: posted.text.threadRoot },
        [TRANSCRIPT_CORRECTION]: {
          transcript_event_id: posted.text.eventId,
          line_id: line?.id,
          what: 'text',
          text: 'I resign.',
        },
      });
      // What comes after it in the timeline is seen, so it was, too.
      await page.correct(ours, { text: 'We begin.' });
      await expect(other.lines().filter({ hasText: 'We begin.' })).toBeVisible();
      await expect(page.lines().filter({ hasText: 'I resign.' })).toHaveCount(0);
      await expect(other.lines().filter({ hasText: 'I resign.' })).toHaveCount(0);
    });
  }
  await takePictures(alice.page, 'transcript-light', outputPath);
  await takePictures(bob.page, 'transcript-dark', outputPath);
  await test.step('former versions can be read, and used again', async () => {
    const versions = await other.openVersions(bobs);
    await expect(versions).toHaveCount(4);
    await expectAccessible(bob.page, 'versions, dark and French');
    await bob.page.screenshot({ path: outputPath('versions-dark.png') });
    await bob.page.getByTestId('transcript-restore').first().click();
    await expect(page.lines().filter({ hasText: 'Le budget est de 4 000 euros.' })).toHaveCount(0);
    await expect(bob.page.getByRole('dialog')).toBeHidden();
  });
  await test.step('a lively room: the meeting is far above what the messenger has loaded', async () => {
    const chatter = Array.from({ length: CHATTER }, (_, index) => `Message ${index}`);
    await Promise.all(chatter.map((text) => alice.matrix.sendText(room.roomId, text)));
    await alice.matrix.sendText(room.roomId, 'The last message');
    await bob.page.getByTestId('transcript-back').click();
    await bob.page.reload();
    await expect(bob.messenger.events().filter({ hasText: 'The last message' })).toBeVisible({ timeout: 20_000 });
    await expect(bob.page.getByTestId('thread-open')).toHaveCount(0);
  });
  await test.step('in the widget, in whichever messenger it runs: read, heard, searched and corrected as well', async () => {
    const inCall = await openTranscriptInCall(bob.page);
    await expect(inCall.lines()).toHaveCount(posted.lines.length);
    const said = inCall.lines().filter({ hasText: 'Salle 12' });
    await expect(said, 'whoever was a moderator is known').toContainText(alice.displayName);
    expect(await inCall.search('zzzz')).toBe('Aucun résultat');
    await inCall.root.getByTestId('transcript-search').clear();
    await inCall.expectPlays(inCall.lines().first(), firstLineS(posted.document, recording.result.block));
    await expectAccessible(bob.page, 'transcript in the call, dark and French', { frames: true });
    await inCall.correct(said, { text: 'On reprend demain.' });
    await expect(said).toContainText('On reprend demain.');
    await expect(page.lines().filter({ hasText: 'On reprend demain.' })).toBeVisible();
    await takePictures(bob.page, 'transcript-in-call-dark', outputPath);
    await bob.page.emulateMedia({ colorScheme: 'light' });
    await takePictures(bob.page, 'transcript-in-call-light', outputPath);
  });
  await test.step('the list there holds all meetings, and none that was taken back', async () => {
    const list = await openListInCall(bob.page);
    await expect(list.getByTestId('results-meeting')).toHaveCount(1);
    await expect(list.getByTestId('results-meeting')).toContainText(alice.displayName);
    await expect(list.getByTestId('results-meeting')).toContainText('Transcription');
    await expect(list.getByTestId('results-beyond')).toContainText('toutes les réunions');
    await takePictures(bob.page, 'meetings-in-call-light', outputPath);
    await alice.matrix.redact(room.roomId, posted.text.threadRoot ?? '');
    await expect(async () => {
      await list.getByTestId('results-close').click();
      await list.getByTestId('results').click();
      await expect(list.getByTestId('results-beyond')).toBeAttached();
      await expect(list.getByTestId('results-meeting')).toHaveCount(0, { timeout: 100 });
    }).toPass({ timeout: 20_000 });
  });
}
