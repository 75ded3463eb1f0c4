import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import { createCallPage } from '../pages/call.ts';

/** Every frame of the page, the widget's included; AA as interface.md asks. */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${String(node.target)} ${node.failureSummary ?? ''}`).join(' | ')}`,
  );
  expect(found, screen).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every screen passes axe, ${colorScheme} @line`, async ({ cast, stack, browser }) => {
    const signIn = await browser.newPage({ colorScheme });
    await signIn.goto(stack.facts.urls.messenger);
    await expect(signIn.getByTestId('login-user')).toBeVisible();
    await expectAccessible(signIn, 'sign in');
    await signIn.close();

    const alice = await cast.actor('alice', { colorScheme });
    const bob = await cast.actor('bob', { colorScheme, locale: 'fr-FR' });
    await expectAccessible(alice.page, 'room list');
    const room = await makeRoom(stack, alice, [bob]);
    await alice.messenger.openRoom(room.name);
    await alice.messenger.send('A first message.');
    await expectAccessible(alice.page, 'room');

    await alice.page.getByTestId('call-start').click();
    const lobby = await createCallPage(alice.page);
    await expect(lobby.frame.getByTestId('lobby-join')).toBeVisible({ timeout: 20_000 });
    await expectAccessible(alice.page, 'lobby');
    await lobby.enter();
    await expectAccessible(alice.page, 'alone in a call');
    await bob.messenger.openRoom(room.name);
    await expect(bob.page.getByTestId('call-banner')).toBeVisible();
    await expectAccessible(bob.page, 'room with a running call');
    await bob.messenger.joinByBanner();
    await expect(lobby.tile(bob.userId)).toBeVisible();
    await expectAccessible(alice.page, 'two people in a call');
    await expectAccessible(bob.page, 'two people in a call, French');
  });
}

test('the first call can be made with the keyboard alone @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const room = await makeRoom(stack, alice, []);
  const pressOn = async (page: Page, label: RegExp) => {
    for (let steps = 0; steps < 60; steps += 1) {
      await page.keyboard.press('Tab');
      const names = await Promise.all(
        page.frames().map((frame) =>
          frame.evaluate(() => {
            const element = document.activeElement;
            return element === null || element.tagName === 'IFRAME' || element.tagName === 'BODY'
              ? ''
              : `${element.getAttribute('data-testid') ?? ''} ${element.getAttribute('aria-label') ?? ''} ${element.textContent}`;
          }),
        ),
      );
      if (names.some((name) => label.test(name))) {
        await page.keyboard.press('Enter');
        return;
      }
    }
    throw new Error(`the keyboard does not reach ${String(label)}`);
  };
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
