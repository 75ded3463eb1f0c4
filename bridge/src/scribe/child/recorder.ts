import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import type {
  RecorderApi,
  RecorderCaption,
  RecorderConnection,
  RecorderOptions,
  RecorderStage,
} from '@palabre/protocol';
import type { MediaGrant } from '../contract.ts';
import type { CallMember, MediaKey } from './call.ts';
import { quietChromium } from './quiet-chromium.ts';
import { isSandboxImpossible } from './sandbox.ts';
import { createVisits, type Visits } from './visits.ts';

/** Drives the recorder page, once it is connected to our SFU. */
export interface RecorderBrowser {
  /**
   * Who is drawn, and of how many others nothing may be. The page learns nothing of those.
   * Rejects when the page does not take it soon: it may go on drawing somebody.
   */
  setMembers(members: readonly CallMember[], notRecorded: number): Promise<void>;
  setKey(key: MediaKey): Promise<void>;
  setCaption(caption: RecorderCaption): Promise<void>;
  start(options: RecorderOptions): Promise<{ startedMs: number }>;
  stop(): Promise<{ stoppedMs: number; pictureDelayMs?: number }>;
  close(): Promise<void>;
}

/** A headless Chromium with the recorder page: connected to nothing, so that it can show and keep nothing. */
export interface RecorderPage {
  /** Goes to our SFU. A page that cannot is closed. */
  connect(connection: RecorderConnectionOptions): Promise<RecorderBrowser>;
  close(): Promise<void>;
}

export interface RecorderPageOptions {
  readonly chromium: string;
  readonly pageUrl: string;
  /** The machine does not let Chromium have its sandbox. */
  readonly onUnsandboxed: () => void;
}

export interface RecorderConnectionOptions {
  readonly ownService: string;
  /** For our own SFU, where the recorder is hidden. */
  readonly grant: MediaGrant;
  /** For the SFU of a partner. */
  readonly grantFor: (service: string) => Promise<MediaGrant>;
  /** A partner's SFU cannot be drawn now; it is tried again. */
  readonly onFailure: (error: unknown) => void;
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
const STEP_TIMEOUT_MS = 20_000;
const OPEN_TIMEOUT_MS = 45_000;
const STAGE_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
// Its page is on this server's own network as often as not.
const ARGUMENTS = [...quietChromium(['LocalNetworkAccessChecks']), '--disable-dev-shm-usage'];

async function launch(
  { chromium: executablePath, onUnsandboxed }: RecorderPageOptions,
  home: string,
): Promise<Browser> {
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
  } catch (error) {
    if (!isSandboxImpossible(error)) throw error;
    // It shows nothing but our own page.
    onUnsandboxed();
    return chromium.launch({ ...options, chromiumSandbox: false });
  }
}

/** Ends whatever is awaited of a browser that has gone: Playwright leaves some calls open for ever (seen with kill -9 while a page loads). */
interface Lifeline {
  readonly hold: <T>(work: Promise<T>) => Promise<T>;
  readonly cut: (reason: string) => void;
}

function createLifeline(): Lifeline {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  gone.catch(() => undefined);
  return {
    hold: (work) => Promise.race([work, gone]),
    cut: (reason) => reject(new Error(reason)),
  };
}

/** Opens a connection of the page; members name it by its token service. */
async function connect(page: Page, id: string, { url, jwt }: MediaGrant, encrypted: boolean): Promise<void> {
  const connection: RecorderConnection = { id, url, jwt, encrypted };
  await page.evaluate(async (value) => window.palabreRecorder?.connect(value), connection);
}

/** What the page says by itself. */
interface PageEvents {
  readonly onChunk: (data: Uint8Array) => Promise<void>;
  readonly onConnectionLost: (id: string) => void;
  readonly lose: (reason: string) => void;
}

async function loadPage(
  browser: Browser,
  pageUrl: string,
  { onChunk, onConnectionLost, lose }: PageEvents,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  page.on('crash', () => lose('page_crashed'));
  await Promise.all([
    page.exposeFunction('palabreChunk', (data: string) => onChunk(Buffer.from(data, 'base64'))),
    page.exposeFunction('palabreRecorderError', lose),
    page.exposeFunction('palabreConnectionLost', onConnectionLost),
  ]);
  await page.goto(pageUrl, { waitUntil: 'commit', timeout: STEP_TIMEOUT_MS });
  await page.waitForFunction(() => window.palabreRecorder !== undefined, undefined, { timeout: STEP_TIMEOUT_MS });
  return page;
}

export async function openRecorderPage(options: RecorderPageOptions): Promise<RecorderPage> {
  // Inside the scribe's home, and short: Chromium puts a socket below it, whose whole path may have 107 characters.
  const home = await mkdtemp(join(tmpdir(), 'r-'));
  const lifeline = createLifeline();
  let connection: RecorderConnectionOptions | undefined;
  let closing = false;
  let lost = false;
  const lose = (reason: string): void => {
    lifeline.cut(reason);
    if (closing || lost) return;
    lost = true;
    connection?.onLost(reason);
  };
  const browser = await launch(options, home).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  browser.on('disconnected', () => lose('browser_gone'));

  /** What to do when the page loses a connection. */
  const losing = new Map<string, () => void>();
  const onConnectionLost = (id: string): void => {
    if (id === connection?.ownService) lose('disconnected');
    else losing.get(id)?.();
  };
  /** SFUs of partners, by token service. */
  let partners: Visits<string> | undefined;
  const visit = ({ grantFor, encrypted, onFailure }: RecorderConnectionOptions): Visits<string> =>
    createVisits<string>({
      open: async (service, lost) => {
        const grant = await grantFor(service);
        losing.set(service, lost);
        await lifeline.hold(connect(page, service, grant, encrypted));
        return service;
      },
      close: (service) => lifeline.hold(page.evaluate(async (id) => window.palabreRecorder?.disconnect(id), service)),
      onFailure: (error) => {
        if (!closing) onFailure(error);
      },
    });

  const close = async (): Promise<void> => {
    closing = true;
    lifeline.cut('closed');
    await partners?.close();
    await Promise.race([browser.close().catch(() => undefined), sleep(CLOSE_TIMEOUT_MS)]);
    await rm(home, { recursive: true, force: true });
  };
  /** Without this step the browser is of no use. */
  const step = async <T>(work: Promise<T>): Promise<T> => {
    const impatience = setTimeout(() => lifeline.cut('opening takes too long'), OPEN_TIMEOUT_MS);
    try {
      return await lifeline.hold(work);
    } catch (error) {
      await close();
      throw error;
    } finally {
      clearTimeout(impatience);
    }
  };
  const onChunk = async (data: Uint8Array): Promise<void> => connection?.onChunk(data);
  const page = await step(loadPage(browser, options.pageUrl, { onChunk, onConnectionLost, lose }));

  return {
    connect: async (next) => {
      connection = next;
      await step(connect(page, next.ownService, next.grant, next.encrypted));
      partners = visit(next);
      return drive(page, lifeline, next.ownService, partners, close);
    },
    close,
  };
}

/** What a connected page can be told. */
function drive(
  page: Page,
  { hold }: Lifeline,
  ownService: string,
  partners: Visits<string>,
  close: () => Promise<void>,
): RecorderBrowser {
  return {
    setMembers: async (members, notRecorded) => {
      partners.want(new Set(members.map(({ service }) => service).filter((service) => service !== ownService)));
      const stage: RecorderStage = {
        participants: members.map(({ identity, name, service }) => ({ identity, name, connectionId: service })),
        notRecorded,
      };
      const taken = page.evaluate((value) => window.palabreRecorder?.setStage(value), stage);
      const late = sleep(STAGE_TIMEOUT_MS, undefined, { ref: false }).then(() => {
        throw new Error('the recorder page does not answer');
      });
      await hold(Promise.race([taken, late]));
    },
    setKey: async ({ identity, index, key }) => {
      const told = { identity, index, text: Buffer.from(key).toString('base64') };
      await hold(
        page.evaluate(async (value) => window.palabreRecorder?.setKey(value.identity, value.index, value.text), told),
      );
    },
    setCaption: (caption) => hold(page.evaluate((value) => window.palabreRecorder?.setCaption(value), caption)),
    start: async (recorderOptions) => {
      const begun = await hold(page.evaluate(async (value) => window.palabreRecorder?.start(value), recorderOptions));
      if (begun === undefined) throw new Error('the recorder page is gone');
      return begun;
    },
    stop: async () => {
      const ended = await hold(page.evaluate(async () => window.palabreRecorder?.stop()));
      if (ended === undefined) throw new Error('the recorder page is gone');
      return ended;
    },
    close,
  };
}
