import { expect } from '@playwright/test';
import type { Frame, Locator, Page } from '@playwright/test';
import { callFrameOf } from './call.ts';

/** Element Call inside the messenger's iframe. It knows people by their names only. */
export interface ElementCallPage {
  readonly frame: Frame;
  /** Goes through the lobby if there is one; resolves when inside. */
  enter(): Promise<void>;
  tile(displayName: string): Locator;
  /** The emoji, or the raised hand (✋), on somebody's tile. */
  reaction(displayName: string, emoji: string): Locator;
  /** Raises the hand, or lowers it. */
  toggleHand(): Promise<void>;
  /** Sends one of Element Call's reactions. */
  react(emoji: string): Promise<void>;
  leave(): Promise<void>;
}

export async function createElementCallPage(page: Page): Promise<ElementCallPage> {
  const frame = await callFrameOf(page);
  const leave = frame.getByTestId('incall_leave');
  const tile = (displayName: string) =>
    frame
      .getByTestId('videoTile')
      .filter({ has: frame.getByTestId('name_tag').getByText(displayName, { exact: true }) });
  const choose = async (button: Locator): Promise<void> => {
    await frame.getByRole('button', { name: 'Reactions' }).click();
    await button.click();
    await expect(button).toBeHidden();
  };
  return {
    frame,
    enter: async () => {
      const join = frame.getByTestId('lobby_joinCall');
      await expect(join.or(leave).first()).toBeVisible({ timeout: 30_000 });
      if (await join.isVisible()) await join.click();
      await expect(leave).toBeVisible({ timeout: 30_000 });
    },
    tile,
    reaction: (displayName, emoji) => tile(displayName).getByRole('img', { name: 'Reaction' }).getByText(emoji),
    toggleHand: () => choose(frame.locator('button[aria-keyshortcuts="H"]')),
    react: (emoji) => choose(frame.locator('menu').getByText(emoji, { exact: true })),
    leave: async () => {
      await leave.click();
      await expect(page.getByTestId('call-frame')).toHaveCount(0);
    },
  };
}
