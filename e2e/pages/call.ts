import { expect } from '@playwright/test';
import type { Frame, Locator, Page } from '@playwright/test';
import { lookAt, sameColour } from '../media/looking.ts';
import type { Colour } from '../media/looking.ts';

/** The widget inside the messenger's iframe. */
export interface CallPage {
  readonly page: Page;
  readonly frame: Frame;
  /** Goes through the lobby if there is one; resolves when inside. */
  enter(): Promise<void>;
  tiles(): Locator;
  tile(userId: string): Locator;
  video(userId: string): Locator;
  /** How many videos of the call show this colour now. */
  videosWith(colour: Colour): Promise<number>;
  leave(): Promise<void>;
  /**
   * Presses a control where it is: in the bar, or behind "more" when the call has little room.
   * @returns wall clock (ms) at which the page got the click
   */
  press(
    name: 'record' | 'record-options' | 'record-pause' | 'transcribe' | 'captions-toggle' | 'people' | 'settings',
  ): Promise<number>;
  button(
    name:
      | 'toggle-mic'
      | 'toggle-cam'
      | 'share-screen'
      | 'hand-toggle'
      | 'record'
      | 'transcribe'
      | 'captions-toggle'
      | 'people'
      | 'leave',
  ): Locator;
  /** The raised hand on somebody's tile. */
  hand(userId: string): Locator;
  /** The emoji that floats over somebody's tile. */
  emoji(userId: string): Locator;
  /** Sends one of the reactions of the row. */
  react(name: 'thumbsup' | 'party'): Promise<void>;
  state(name: 'recording-state' | 'transcription-state' | 'captions-state' | 'scribe'): Locator;
}

/** The frame of the call widget, whichever widget it is. */
export async function callFrameOf(page: Page): Promise<Frame> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const element = await page.getByTestId('call-frame').elementHandle({ timeout: 20_000 });
    const frame = await element.contentFrame();
    if (frame !== null) return frame;
    // The messenger has just drawn the call anew.
    if (Date.now() > deadline) throw new Error('the call has no frame');
  }
}

export async function createCallPage(page: Page): Promise<CallPage> {
  const frame = await callFrameOf(page);
  const tile = (userId: string) => frame.locator(`[data-testid=tile][data-user-id="${userId}"]`);
  return {
    page,
    frame,
    enter: async () => {
      const join = frame.getByTestId('lobby-join');
      const leave = frame.getByTestId('leave');
      await expect(join.or(leave).first()).toBeVisible({ timeout: 30_000 });
      if (await join.isVisible()) await join.click();
      await expect(leave).toBeVisible({ timeout: 30_000 });
    },
    tiles: () => frame.getByTestId('tile'),
    tile,
    video: (userId) => tile(userId).locator('video').first(),
    videosWith: async (colour) => {
      const videos = await frame.getByTestId('tile').locator('video').all();
      const looks = await Promise.all(videos.map((video) => lookAt(video)));
      return looks.filter((look) => sameColour(look.colour, colour)).length;
    },
    leave: async () => {
      await frame.getByTestId('leave').click();
      await expect(page.getByTestId('call-frame')).toHaveCount(0);
    },
    press: async (name) => {
      const control = frame.getByTestId(name);
      const more = frame.getByTestId('more');
      // Rights come a moment after joining; a narrow call has the control in its menu only.
      await expect(async () => {
        if (!(await control.isVisible())) await more.click();
        await expect(control).toBeVisible({ timeout: 1000 });
      }).toPass({ timeout: 15_000 });
      await frame.evaluate(() => {
        addEventListener('click', () => performance.mark('pressed'), { capture: true, once: true });
      });
      await control.click();
      return frame.evaluate(() => {
        const pressed = performance.getEntriesByName('pressed').at(-1);
        return performance.timeOrigin + (pressed?.startTime ?? NaN);
      });
    },
    button: (name) => frame.getByTestId(name),
    hand: (userId) => tile(userId).getByTestId('hand'),
    emoji: (userId) => tile(userId).getByTestId('emoji'),
    react: async (name) => {
      const react = frame.getByTestId('react');
      // A narrow call has it in its menu only.
      if (!(await react.isVisible())) await frame.getByTestId('more').click();
      await react.click();
      await frame.getByTestId(`reaction-${name}`).click();
    },
    state: (name) => frame.getByTestId(name),
  };
}
