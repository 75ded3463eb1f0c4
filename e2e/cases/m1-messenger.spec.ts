import { expect, test } from '../fixtures/test.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import { createMessengerPage } from '../pages/messenger.ts';

test('messages, a thread and a file go from one to the other in an encrypted room @line', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob], { encrypted: true });
  await alice.messenger.openRoom(room.name);
  await bob.messenger.openRoom(room.name);
  await alice.messenger.send('The budget is ready.');
  const message = bob.messenger.events().filter({ hasText: 'The budget is ready.' });
  await expect(message).toBeVisible();

  await test.step('a reply in a thread', async () => {
    await message.hover();
    await message.getByTestId('thread-reply').click();
    const panel = bob.page.getByTestId('thread-panel');
    await panel.getByTestId('composer').fill('I have a question about it.');
    await panel.getByTestId('composer').press('Enter');
    await expect(panel.getByTestId('timeline-event').filter({ hasText: 'a question about it' })).toBeVisible();
    await alice.page.getByTestId('thread-open').click();
    await expect(alice.page.getByTestId('thread-panel')).toContainText('I have a question about it.');
    const inTheRoom = alice.messenger.events().filter({ hasText: 'a question about it' });
    await expect(inTheRoom.and(alice.page.locator('[data-testid=thread-panel] *'))).toHaveCount(1);
    await expect(inTheRoom).toHaveCount(1);
  });
  await test.step('a file', async () => {
    await alice.page
      .getByTestId('file-input')
      .first()
      .setInputFiles({ name: 'figures.csv', mimeType: 'text/csv', buffer: Buffer.from('year,sum\n2027,42\n') });
    const file = bob.messenger.events().filter({ hasText: 'figures.csv' });
    await expect(file).toBeVisible();
    const download = bob.page.waitForEvent('download');
    await file
      .getByRole('button', { name: /figures\.csv|download/i })
      .first()
      .click();
    const stream = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('year,sum\n2027,42\n');
  });
  await test.step('the homeserver holds none of it in clear', async () => {
    const stored = await alice.matrix.timeline(room.roomId);
    expect(stored.filter((event) => event.type === 'm.room.message')).toEqual([]);
    expect(JSON.stringify(stored)).not.toContain('budget');
    expect(JSON.stringify(stored)).not.toContain('figures.csv');
  });
});

test('a new device without the recovery key starts with empty history and says so; with it, all is there @line', async ({
  cast,
  stack,
}) => {
  const bob = await cast.person('bob');
  const alice = await cast.actor('alice', { fresh: true });
  const room = await makeRoom(stack, alice, [bob], { encrypted: true });
  await alice.messenger.openRoom(room.name);
  await alice.messenger.send('Only for those who were here.');
  await expect(alice.messenger.events().filter({ hasText: 'those who were here' })).toBeVisible();

  const openDevice = async () => {
    const context = await alice.context.browser()?.newContext({ locale: 'en-GB' });
    if (context === undefined) throw new Error('no browser');
    cast.afterwards(() => context.close());
    const page = await context.newPage();
    const messenger = createMessengerPage(page, stack.facts.urls.messenger);
    await messenger.submitSignIn(alice.localpart, alice.password);
    await expect(page.getByTestId('recovery-key-input')).toBeVisible({ timeout: 30_000 });
    return { page, messenger };
  };

  await test.step('without it', async () => {
    const { page, messenger } = await openDevice();
    await page.getByTestId('recovery-key-without').click();
    await messenger.openRoom(room.name);
    await expect(page.getByTestId('empty-history').or(page.getByTestId('unreadable-history')).first()).toBeVisible();
    await expect(page.getByText('those who were here')).toHaveCount(0);
  });
  await test.step('with it', async () => {
    const { page, messenger } = await openDevice();
    await page.getByTestId('recovery-key-input').fill(alice.messenger.recoveryKey());
    await page.getByTestId('recovery-key-submit').click();
    await expect(page.getByTestId('recovery-key-input')).toHaveCount(0);
    await messenger.openRoom(room.name);
    await expect(messenger.events().filter({ hasText: 'those who were here' })).toBeVisible({ timeout: 30_000 });
  });
});
