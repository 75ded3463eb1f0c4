import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import type { Page } from '@playwright/test';
import { createCast } from './fixtures/cast.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './fixtures/chromium.ts';
import { bots, meet } from './fixtures/meeting.ts';
import { startWork, stopWork } from './fixtures/scribe.ts';
import { resultsIn } from './matrix/results.ts';
import { createPlainReader } from './matrix/reader.ts';
import { connectToStack } from './stack/control-client.ts';
import { serveControl } from './stack/control-server.ts';
import { launchStack } from './stack/launch.ts';
import { promptsFor, say } from './words/prompts.ts';

/**
 * Pictures of the product for people to look at, the README's among them: a real call with real speech, and what came back.
 * `node e2e/pictures.ts [FOLDER]`; colours stand in for faces.
 */
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
const SIZES = {
  phone: { width: 360, height: 740 },
  laptop: { width: 1280, height: 800 },
  wide: { width: 1600, height: 900 },
};

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`) });
  process.stderr.write(`${name}\n`);
}

async function everySize(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    // Layouts glide for up to 200 ms.
    await page.waitForTimeout(400);
    await shoot(page, `${name}-${size}`);
  }
}

mkdirSync(folder, { recursive: true });
const launched = await launchStack();
const control = await serveControl(launched);
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS });
const stack = await connectToStack(control.url);
const cast = createCast(browser, stack);
try {
  const media = { toneAtStart: false };
  const alice = await cast.actor('alice', { media });
  const bob = await cast.actor('bob', { media, colorScheme: 'dark', locale: 'fr-FR' });
  const names = { alice: 'Alice Martin', bob: 'Bob Keller' };
  await alice.matrix.setDisplayName(names.alice);
  await bob.matrix.setDisplayName(names.bob);
  const name = 'Budget 2027';
  const roomId = await alice.matrix.createRoom({ name, invite: [bob.userId, bots(stack).watcher], encrypted: false });
  await bob.matrix.join(roomId);
  await alice.matrix.sendText(roomId, 'Shall we go through the second chapter at ten?');
  await bob.matrix.sendText(roomId, 'Yes. I have the new figures.');
  const [aliceCall, bobCall] = await meet({ roomId, name }, alice, bob);
  const both = [aliceCall, bobCall];
  await startWork(stack, roomId, 'recording', aliceCall, both);
  await startWork(stack, roomId, 'transcription', aliceCall, both);
  const [english] = promptsFor('plain', 'en');
  const [french] = promptsFor('plain', 'fr');
  if (english === undefined || french === undefined) throw new Error('no sentences');
  await say(aliceCall.frame, english);
  await everySize(alice.page, 'call-light-en');
  await everySize(bob.page, 'call-dark-fr');
  await say(bobCall.frame, french);
  await stopWork('recording', aliceCall, both);
  await stopWork('transcription', aliceCall, both);
  await bobCall.leave();
  const reader = createPlainReader(alice.matrix, roomId);
  const deadline = Date.now() + 120_000;
  for (let kinds = new Set<string>(); !['minutes', 'recording', 'transcript'].every((kind) => kinds.has(kind));) {
    if (Date.now() > deadline) throw new Error(`only these came back: ${[...kinds].join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    kinds = new Set((await resultsIn(reader)).map(({ block }) => block.kind));
  }
  await aliceCall.leave();
  for (const [person, scheme] of [
    [alice, 'light-en'],
    [bob, 'dark-fr'],
  ] as const) {
    await person.page.setViewportSize(SIZES.wide);
    await person.messenger.openRoom(name);
    await person.messenger.openResults();
    await everySize(person.page, `results-${scheme}`);
  }
} finally {
  await cast.close();
  await browser.close();
  await control.close();
  await launched.close();
}
