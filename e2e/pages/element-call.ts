import { expect } from '@playwright/test';
import type { Frame, Locator, Page } from '@playwright/test';
import { callFrameOf } from './call.ts';

/** Element Call inside the messenger's iframe. It knows people by their names only. */
export interface ElementCallPage {
  readonly frame: Frame;
  /** Goes through the lobby if there is one; resolves when inside. */
  enter(): Promise<void>;
  tile(displayName: string): Locator;
  leave(): Promise<void>;
}

export async function createElementCallPage(page: Page): Promise<ElementCallPage> {
  const frame = await callFrameOf(page);
  const leave = frame.getByTestId('incall_leave');
  return {
    frame,
    enter: async () => {
      const join = frame.getByTestId('lobby_joinCall');
      await expect(join.or(leave).first()).toBeVisible({ timeout: 30_000 });
      if (await join.isVisible()) await join.click();
      await expect(leave).toBeVisible({ timeout: 30_000 });
    },
    tile: (displayName) =>
      frame
        .getByTestId('videoTile')
        .filter({ has: frame.getByTestId('name_tag').getByText(displayName, { exact: true }) }),
    leave: async () => {
      await leave.click();
      await expect(page.getByTestId('call-frame')).toHaveCount(0);
    },
  };
}
