import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { expectAccessible } from '../fixtures/accessible.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import { createCallPage } from '../pages/call.ts';

for (const [colorScheme, otherScheme, tags] of [
  ['light', 'dark', '@line'],
  ['dark', 'light', '@line @variant'],
] as const) {
  test(`every screen passes axe, ${colorScheme}, and the call in French ${otherScheme} ${tags}`, async ({
    cast,
    stack,
    browser,
  }) => {
    const newcomer = await cast.person('carol');
    // axe needs a context of its own making.
    const visitor = await browser.newContext({ colorScheme });
    cast.afterwards(() => visitor.close());
    const first = await visitor.newPage();
    await first.goto(stack.facts.urls.messenger);
    await expect(first.getByTestId('login-user')).toBeVisible();
    await expectAccessible(first, 'sign in');
    await first.getByTestId('login-user').fill(newcomer.localpart);
    await first.getByTestId('login-password').fill(newcomer.password);
    await first.getByTestId('login-submit').click();
    await expect(first.getByTestId('recovery-key')).toBeVisible({ timeout: 30_000 });
    await expectAccessible(first, 'recovery key');

    const alice = await cast.actor('alice', { colorScheme });
    const bob = await cast.actor('bob', { colorScheme: otherScheme, locale: 'fr-FR' });
    await expectAccessible(alice.page, 'room list');
    await alice.page.getByTestId('create-room').click();
    await expect(alice.page.getByTestId('create-room-name')).toBeVisible();
    await expectAccessible(alice.page, 'new room');
    await alice.page.keyboard.press('Escape');

    const room = await makeRoom(stack, alice, [bob]);
    await alice.messenger.openRoom(room.name);
    await alice.messenger.send('A first message.');
    await expectAccessible(alice.page, 'room');
    await alice.page.getByTestId('show-members').click();
    await expect(alice.page.getByTestId('members-panel')).toBeVisible();
    await expectAccessible(alice.page, 'members');
    await alice.page.getByTestId('show-members').click();

    await alice.page.getByTestId('call-start').click();
    const lobby = await createCallPage(alice.page);
    await expect(lobby.frame.getByTestId('lobby-join')).toBeVisible({ timeout: 20_000 });
    await expectAccessible(alice.page, 'lobby', { frames: true });
    await lobby.enter();
    await expectAccessible(alice.page, 'alone in a call', { frames: true });
    await bob.messenger.openRoom(room.name);
    await expect(bob.page.getByTestId('call-banner')).toBeVisible();
    await expectAccessible(bob.page, 'room with a running call');
    await bob.messenger.joinByBanner();
    await expect(lobby.tile(bob.userId)).toBeVisible();
    await expectAccessible(alice.page, 'two people in a call', { frames: true });
    await expectAccessible(bob.page, 'two people in a call, French', { frames: true });
  });
}

/** Tabs until the focus is on what is wanted, then presses Enter. */
async function pressOn(page: Page, label: RegExp): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press('Tab');
    const names = await Promise.all(
      page.frames().map((frame) =>
        frame.evaluate(() => {
          const element = document.activeElement;
          if (element === null || element.tagName === 'IFRAME' || element.tagName === 'BODY') return '';
          const words = [element.getAttribute('data-testid'), element.getAttribute('aria-label'), element.textContent];
          return words.join(' ');
        }),
      ),
    );
    if (names.some((name) => label.test(name))) {
      await page.keyboard.press('Enter');
      return;
    }
  }
  throw new Error(`the keyboard does not reach ${String(label)}`);
}

test('the first call can be made with the keyboard alone @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const room = await makeRoom(stack, alice, []);
  await pressOn(alice.page, new RegExp(room.name));
  await expect(alice.page.getByTestId('composer')).toBeVisible();
  await pressOn(alice.page, /call-start/);
  const call = await createCallPage(alice.page);
  await expect(call.frame.getByTestId('lobby-join')).toBeVisible({ timeout: 20_000 });
  await pressOn(alice.page, /lobby-join/);
  await expect(call.frame.getByTestId('leave')).toBeVisible({ timeout: 20_000 });
  await pressOn(alice.page, /\bleave\b/);
  await expect(alice.page.getByTestId('call-frame')).toHaveCount(0);
});
