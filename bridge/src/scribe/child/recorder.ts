import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { RecorderApi, RecorderConnection, RecorderOptions, RecorderParticipant } from '@palabre/protocol';
import type { MediaGrant } from '../contract.ts';
import type { CallMember, MediaKey } from './call.ts';

/** Drives the recorder page in a headless Chromium of its own. */
export interface RecorderBrowser {
  setMembers(members: readonly CallMember[]): Promise<void>;
  setKey(key: MediaKey): Promise<void>;
  start(options: RecorderOptions): Promise<{ startedMs: number }>;
  stop(): Promise<{ stoppedMs: number; pictureDelayMs?: number }>;
  close(): Promise<void>;
}

export interface RecorderBrowserOptions {
  readonly chromium: string;
  readonly pageUrl: string;
  /** Names the transport to the page; every member is on it. */
  readonly connectionId: string;
  readonly grant: MediaGrant;
  readonly encrypted: boolean;
  readonly onChunk: (data: Uint8Array) => Promise<void>;
  /** Page or browser are gone, or the page cannot go on. Told once. */
  readonly onLost: (reason: string) => void;
}

declare global {
  interface Window {
    // Set by the recorder page when it is ready (protocol/src/recorder.ts).
    palabreRecorder?: RecorderApi;
  }
}

const LAUNCH_TIMEOUT_MS = 20_000;
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-features=LocalNetworkAccessChecks',
];

async function launch(executablePath: string, home: string): Promise<Browser> {
  // Chromium writes only below HOME, and gets nothing of this process's environment.
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    TMPDIR: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    LANG: 'C.UTF-8',
  };
  const options = { executablePath, headless: true, args: ARGUMENTS, env, timeout: LAUNCH_TIMEOUT_MS };
  try {
    return await chromium.launch({ ...options, chromiumSandbox: true });
  } catch {
    // Containers often forbid user namespaces, which Chromium's sandbox needs. It shows nothing but our own page.
    return chromium.launch({ ...options, chromiumSandbox: false });
  }
}

export async function openRecorderBrowser(options: RecorderBrowserOptions): Promise<RecorderBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'palabre-recorder-'));
  let closing = false;
  let lost = false;
  const lose = (reason: string): void => {
    if (closing || lost) return;
    lost = true;
    options.onLost(reason);
  };
  const browser = await launch(options.chromium, home);
  browser.on('disconnected', () => lose('browser_gone'));

  const close = async (): Promise<void> => {
    closing = true;
    await browser.close().catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  };

  let page: Page;
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, bypassCSP: true });
    page = await context.newPage();
    page.on('crash', () => lose('page_crashed'));
    await page.exposeFunction('palabreChunk', async (_index: number, data: string) => {
      await options.onChunk(Buffer.from(data, 'base64'));
    });
    await page.exposeFunction('palabreRecorderError', (message: string) => lose(message));
    await page.goto(options.pageUrl, { waitUntil: 'load', timeout: LAUNCH_TIMEOUT_MS });
    await page.waitForFunction(() => window.palabreRecorder !== undefined, undefined, { timeout: LAUNCH_TIMEOUT_MS });
    const connection: RecorderConnection = {
      id: options.connectionId,
      url: options.grant.url,
      jwt: options.grant.jwt,
      encrypted: options.encrypted,
    };
    await page.evaluate(async (value) => window.palabreRecorder?.connect(value), connection);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    setMembers: async (members) => {
      const participants: RecorderParticipant[] = members.map(({ identity, name }) => ({
        identity,
        name,
        connectionId: options.connectionId,
      }));
      await page.evaluate((value) => window.palabreRecorder?.setParticipants(value), participants);
    },
    setKey: async ({ identity, index, key }) => {
      const text = Buffer.from(key).toString('base64');
      await page.evaluate(async (value) => window.palabreRecorder?.setKey(value.identity, value.index, value.text), {
        identity,
        index,
        text,
      });
    },
    start: async (recorderOptions) => {
      const begun = await page.evaluate(async (value) => window.palabreRecorder?.start(value), recorderOptions);
      if (begun === undefined) throw new Error('the recorder page is gone');
      return begun;
    },
    stop: async () => {
      const ended = await page.evaluate(async () => window.palabreRecorder?.stop());
      if (ended === undefined) throw new Error('the recorder page is gone');
      return ended;
    },
    close,
  };
}
