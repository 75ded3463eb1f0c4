import { writeFile } from 'node:fs/promises';
import { sealedLength } from '@palabre/protocol';
import { useBridgeConfig } from '../fixtures/bridge-config.ts';
import { meet } from '../fixtures/meeting.ts';
import { phaseReached, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { keptIn, openKeptReader } from '../matrix/kept.ts';
import { ofKind, waitForResults } from '../matrix/results.ts';
import { expectFilmStreams } from '../pages/film.ts';
import { openTranscriptInCall } from '../pages/transcript.ts';
import { frameAt } from '../media/names.ts';
import { captionsIn, flashesIn, picturesOf, probe } from '../media/recordings.ts';
import { roomWithReader } from '../scenarios/ground.ts';
import { promptNamed, say } from '../words/prompts.ts';

/** Less than some seconds of film, more than everything else that is posted. */
const UPLOAD_LIMIT_BYTES = 100_000;

test('a paused recording in a grid, with captions in the picture, lacks the pause; too large to be posted, it streams to members and to nobody else @scribe @recording-options', async ({
  cast,
  stack,
}, info) => {
  await useBridgeConfig(cast, stack, { uploadLimitBytes: UPLOAD_LIMIT_BYTES });
  const alice = await cast.actor('alice', { media: { toneAtStart: false, framesPerSecond: 20 } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const { room, reader } = await roomWithReader({ cast, stack, encrypted: true }, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const everybody = [aliceCall, bobCall];
  const flash = () => aliceCall.frame.evaluate(() => window.palabreDevices.flashAndBeep());
  /** Flashes stand apart in the film. */
  const moment = () => aliceCall.frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
  const seesPhase = async (phase: 'on' | 'paused') => {
    for (const call of everybody) await expect(call.state('recording-state')).toHaveAttribute('data-phase', phase);
  };

  await test.step('started from the dialog, by keyboard', async () => {
    await aliceCall.press('record-options');
    await aliceCall.frame.getByTestId('layout-screen').locator('input').focus();
    await aliceCall.page.keyboard.press('ArrowDown');
    await aliceCall.frame.getByTestId('burnt-captions').press('Space');
    await aliceCall.frame.getByTestId('recording-start').press('Enter');
    await phaseReached(stack, room.roomId, 'recording', 'on');
    await seesPhase('on');
  });
  // The first pictures come in the lowest of their qualities, and stand still for a moment while that changes.
  await moment();
  const saying = say(aliceCall.frame, promptNamed('en-vm-nobox'));
  await flash();
  const spoken = await saying;
  await moment();
  await test.step('paused: everybody sees it, in the room as well', async () => {
    await aliceCall.press('record-pause');
    await seesPhase('paused');
    await phaseReached(stack, room.roomId, 'recording', 'paused');
    await waitForResults(
      reader,
      (results) => ofKind(results, 'meeting').find(({ block }) => block.recording?.phase === 'paused'),
      15_000,
    );
  });
  await test.step('on a phone there is room for how much is recorded, and for every entry of the menu', async () => {
    await alice.page.setViewportSize({ width: 360, height: 460 });
    const recorded = aliceCall.state('recording-state').getByRole('time');
    await expect.poll(async () => (await recorded.boundingBox())?.width).toBeGreaterThan(20);
    await aliceCall.frame.getByTestId('more').click();
    const last = aliceCall.frame.getByRole('menuitem').last();
    await last.scrollIntoViewIfNeeded();
    const [entry, menu] = [await last.boundingBox(), await aliceCall.frame.locator('.menu-popover').boundingBox()];
    expect((entry?.y ?? Infinity) + (entry?.height ?? 0)).toBeLessThanOrEqual((menu?.y ?? 0) + (menu?.height ?? 0));
    await aliceCall.page.keyboard.press('Escape');
    await alice.page.setViewportSize({ width: 1280, height: 800 });
  });
  await test.step('a call made small on a phone shows it, too', async () => {
    await bob.page.setViewportSize({ width: 360, height: 740 });
    await bob.page.getByRole('button', { name: 'Make small' }).click();
    await expect(bobCall.frame.getByTestId('leave')).toBeHidden();
    await expect(bobCall.state('recording-state')).toBeInViewport({ ratio: 1 });
    await bob.page.screenshot({ path: info.outputPath('small-on-a-phone.png') });
    await bob.page.getByRole('button', { name: 'Back to the call' }).click();
    await bob.page.setViewportSize({ width: 1280, height: 800 });
    await expect(bobCall.button('leave')).toBeVisible();
  });
  await flash();
  await moment();
  await aliceCall.press('record-pause');
  await seesPhase('on');
  // As at the start.
  await moment();
  await flash();
  await moment();
  await stopWork('recording', aliceCall, everybody);
  await bobCall.leave();
  await aliceCall.leave();

  const { content, block } = await waitForResults(reader, (results) => ofKind(results, 'recording')[0], 60_000);
  const kept = keptIn(content);
  const path = info.outputPath('recording.mp4');
  await writeFile(path, await (await openKeptReader(bob.matrix, room.roomId, kept)).film());
  await test.step('the film lacks what was paused, and says where', async () => {
    const flashes = flashesIn(await picturesOf(path));
    expect(flashes, 'flashes in the film').toHaveLength(2);
    expect(block.pauses).toHaveLength(1);
    const [pause] = block.pauses ?? [];
    expect(flashes[0]).toBeLessThan(pause?.at_ms ?? 0);
    expect(flashes[1]).toBeGreaterThan(pause?.at_ms ?? Infinity);
    expect(block.gaps).toEqual([]);
    expect(Math.abs((await probe(path)).durationMs - block.duration_ms)).toBeLessThan(1_000);
  });
  await test.step('what is said stands in the picture from then on', async () => {
    const written = await captionsIn(path);
    const saidMs = spoken.startMs - block.started_ms;
    expect(written[0], 'when captions are first seen').toBeGreaterThan(saidMs);
    expect(written[0]).toBeLessThan(block.pauses?.[0]?.at_ms ?? 0);
    await writeFile(info.outputPath('captions.png'), await frameAt(path, written.at(-1) ?? 0));
  });
  await test.step('the messenger plays it while it comes, and seeks in it', () =>
    bob.messenger.expectRecordingStreams(block.duration_ms / 1_000));
  await test.step('so does the call, in its frame of another origin', async () => {
    const { root } = await openTranscriptInCall(bob.page);
    await expectFilmStreams(root, block.duration_ms / 1_000);
    await bob.page.screenshot({ path: info.outputPath('film-in-call.png') });
  });
  await test.step('whoever is removed reads nothing more, by old authority or new', async () => {
    const before = await openKeptReader(bob.matrix, room.roomId, kept);
    const part = await before.ask(16, 48);
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 16-47/${sealedLength(kept)}`]);
    await alice.matrix.kick(room.roomId, bob.userId);
    expect((await before.ask(16, 48)).status).toBe(403);
    await expect(openKeptReader(bob.matrix, room.roomId, kept)).rejects.toMatchObject({ status: 403 });
  });
});
