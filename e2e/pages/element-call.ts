import { expect } from '@playwright/test';
import type { Frame, Locator, Page } from '@playwright/test';
import { callFrameOf } from './call.ts';

/** Element Call inside the messenger's iframe. It knows people by their names only. */
export interface ElementCallPage {
  readonly frame: Frame;
  tiles(): Locator;
  tile(displayName: string): Locator;
  video(displayName: string): Locator;
  leave(): Promise<void>;
}

/** Starts the room's call, or joins the one that runs, and goes through Element Call's lobby. */
export async function enterElementCall(page: Page, by: 'call-start' | 'call-join'): Promise<ElementCallPage> {
  await page.getByTestId(by).click({ timeout: 20_000 });
  const frame = await callFrameOf(page);
  const join = frame.getByTestId('lobby_joinCall');
  const leave = frame.getByTestId('incall_leave');
  await expect(join.or(leave).first()).toBeVisible({ timeout: 30_000 });
  if (await join.isVisible()) await join.click();
  await expect(leave).toBeVisible({ timeout: 30_000 });
  const tiles = () => frame.getByTestId('videoTile');
  const tile = (displayName: string) =>
    tiles().filter({ has: frame.getByTestId('name_tag').getByText(displayName, { exact: true }) });
  return {
    frame,
    tiles,
    tile,
    video: (displayName) => tile(displayName).locator('video').first(),
    leave: async () => {
      await leave.click();
      await expect(page.getByTestId('call-frame')).toHaveCount(0);
    },
  };
}
