import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, findChromium } from './fixtures/chromium.ts';

const minutes = (count: number) => count * 60_000;
/** Two runs beside each other must not empty each other's folder. */
const output = process.env['PALABRE_E2E_OUTPUT'] ?? '../test-results';

/** Whole flows over real Synapse, livekit-server, speech model and Chromium. One stack, one worker: two cores are all there is. */
export default defineConfig({
  testDir: './cases',
  outputDir: `${output}/e2e`,
  globalSetup: './stack/global-setup.ts',
  globalTimeout: minutes(52),
  timeout: minutes(3),
  expect: { timeout: 15_000 },
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  // js-sdk talks at length about calls, whatever logger it is given.
  quiet: true,
  reporter: [['list'], ['json', { outputFile: `${output}/e2e.json` }]],
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    // Traces of every step, and more so films of it, cost processor that calls want; to look into a case, `--trace retain-on-failure`.
    trace: { mode: 'on-first-retry', screenshots: false, snapshots: false, sources: false },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findChromium(), args: CHROMIUM_ARGUMENTS },
  },
});
