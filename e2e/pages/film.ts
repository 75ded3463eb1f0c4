import { expect } from '@playwright/test';
import type { Locator, Response } from '@playwright/test';

const KEPT = /\/api\/rooms\/[^/?]+\/recordings\/[^/?]+$/;

/**
 * A recording that a bridge keeps plays before all of it is here, and seeks: its bytes come in parts, from addresses that hold
 * nothing secret, and the browser holds no copy.
 * @param place in the messenger or in the call; the only film there is not played yet
 */
export async function expectFilmStreams(place: Locator, seconds: number): Promise<void> {
  const page = place.page();
  const parts: { readonly status: number; readonly range: string | undefined }[] = [];
  const note = (response: Response): void => {
    if (response.request().method() !== 'GET' || !KEPT.test(response.url())) return;
    parts.push({ status: response.status(), range: response.headers()['content-range'] });
  };
  page.on('response', note);
  await place.locator('.player-play').click();
  const video = place.locator('video').first();
  await expect(video).toHaveAttribute('src', /^http[^?]*\/films\/[\w-]+$/);
  await expect
    .poll(() => video.evaluate((element: HTMLVideoElement) => element.readyState), { timeout: 20_000 })
    .toBeGreaterThanOrEqual(2);
  const seen = await video.evaluate(async (element: HTMLVideoElement, middle) => {
    const sought = new Promise((resolve) => element.addEventListener('seeked', resolve, { once: true }));
    element.muted = true;
    element.currentTime = middle;
    await sought;
    await element.play();
    await new Promise((resolve) => element.addEventListener('timeupdate', resolve, { once: true }));
    return { duration: element.duration, at: element.currentTime, failure: element.error?.message };
  }, seconds / 2);
  page.off('response', note);
  expect(seen.failure).toBeUndefined();
  expect(Math.abs(seen.duration - seconds)).toBeLessThan(1);
  expect(Math.abs(seen.at - seconds / 2)).toBeLessThan(1.5);
  expect(parts.map(({ status }) => status)).toEqual(parts.map(() => 206));
  expect(parts[0]?.range, 'the first part').toMatch(/^bytes 0-\d+\/\d+$/);
}
