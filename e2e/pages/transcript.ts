import { readFile } from 'node:fs/promises';
import { expect } from '@playwright/test';
import type { Frame, Locator, Page } from '@playwright/test';
import { createCallPage } from './call.ts';

/** The page of a transcript, in the messenger or in the call, as a person uses it. */
export interface TranscriptPage {
  readonly root: Locator;
  lines(): Locator;
  marks(): Locator;
  /** Looks for words. @returns what is told of how often they were found */
  search(words: string): Promise<string>;
  /** Plays a line, and waits until the film shows its moment. @param seconds of the film */
  expectPlays(line: Locator, seconds: number): Promise<void>;
  /** The same for one of its words. @param offset where it stands in the text of the line */
  expectPlaysWord(line: Locator, offset: number, seconds: number): Promise<void>;
  correct(line: Locator, change: { readonly text?: string; readonly speaker?: string }): Promise<void>;
  /** What the captions of the film say, one after the other. */
  captions(): Promise<string>;
  /** In the messenger. @returns the file */
  saveCorrectedCaptions(): Promise<string>;
  /** Former versions of a line, the newest first. */
  openVersions(line: Locator): Promise<Locator>;
}

/** A film plays on while somebody looks where it is. */
const LATE_S = 2.5;

/** Opens it from the card of the newest meeting's transcript. */
export async function openTranscriptPage(page: Page): Promise<TranscriptPage> {
  await page.getByTestId('transcript-open').first().click();
  return transcriptPageIn(page);
}

/** Opens the newest meeting of the room from the lobby of its call, in which nobody is. */
export async function openTranscriptInCall(page: Page): Promise<TranscriptPage> {
  await page.getByTestId('call-start').click();
  const { frame } = await createCallPage(page);
  await frame.getByTestId('results').click();
  await frame.getByTestId('results-meeting').first().click();
  return transcriptPageIn(frame);
}

/** From the page of a meeting in the call back to the list of all. */
export async function openListInCall(page: Page): Promise<Frame> {
  const { frame } = await createCallPage(page);
  await frame.getByTestId('results-back').click();
  return frame;
}

async function transcriptPageIn(place: Page | Frame): Promise<TranscriptPage> {
  const root = place.getByTestId('transcript-page');
  await expect(root).toBeVisible();
  /** The film was led there, and plays on. @param earlyS how much before it may be */
  const expectShown = async (seconds: number, earlyS: number): Promise<void> => {
    const video = root.locator('video');
    const shownAfter = async (): Promise<number> =>
      (await video.count()) === 0
        ? NaN
        : video.evaluate((film: HTMLVideoElement, at) => film.currentTime - at, seconds);
    await expect
      .poll(
        async () => {
          const afterS = await shownAfter();
          return afterS > -earlyS && afterS < LATE_S;
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  };
  return {
    root,
    lines: () => root.getByTestId('transcript-line'),
    marks: () => root.getByTestId('transcript-mark'),
    search: async (words) => {
      await root.getByTestId('transcript-search').fill(words);
      const told = root.getByTestId('transcript-hits');
      await expect(told).not.toBeEmpty();
      return told.innerText();
    },
    expectPlays: async (line, seconds) => {
      await line.getByTestId('transcript-play').click();
      await expectShown(seconds, LATE_S);
      await expect(line).toHaveAttribute('aria-current', 'true');
    },
    expectPlaysWord: async (line, offset, seconds) => {
      await line.scrollIntoViewIfNeeded();
      const position = await line.locator('p').evaluate((text, at) => {
        const range = document.createRange();
        const words = text.firstChild ?? text;
        range.setStart(words, at);
        range.setEnd(words, at + 1);
        const [letter, frame] = [range.getBoundingClientRect(), text.getBoundingClientRect()];
        return { x: letter.x - frame.x + letter.width / 4, y: letter.y - frame.y + letter.height / 2 };
      }, offset);
      await line.locator('p').click({ position });
      await expectShown(seconds, 0.3);
    },
    correct: async (line, { text, speaker }) => {
      await line.getByTestId('transcript-correct').click();
      if (text !== undefined) await place.getByTestId('correct-text').fill(text);
      if (speaker !== undefined) await place.getByTestId('correct-speaker').fill(speaker);
      await place.getByTestId('correct-save').click();
      await expect(place.getByTestId('correct-save')).toBeHidden();
    },
    captions: () =>
      root
        .locator('video')
        .evaluate((film: HTMLVideoElement) =>
          [...(film.textTracks[0]?.cues ?? [])].map((cue) => (cue as VTTCue).getCueAsHTML().textContent).join(' '),
        ),
    saveCorrectedCaptions: async () => {
      if (!('waitForEvent' in place)) throw new Error('only the messenger saves files');
      await root.getByTestId('transcript-download').click();
      const [download] = await Promise.all([
        place.waitForEvent('download'),
        place.getByRole('menuitem', { name: 'Captions of the recording, with corrections' }).click(),
      ]);
      return readFile(await download.path(), 'utf8');
    },
    openVersions: async (line) => {
      await line.getByTestId('transcript-corrected').click();
      const versions = place.getByTestId('transcript-version');
      await expect(versions.first()).toBeVisible();
      return versions;
    },
  };
}
