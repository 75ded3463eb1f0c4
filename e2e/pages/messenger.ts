import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { expectFilmStreams } from './film.ts';
import { createCallPage } from './call.ts';
import type { CallPage } from './call.ts';

/** Our messenger as a person uses it. */
export interface MessengerPage {
  readonly page: Page;
  /** Signs in for the first time and keeps the recovery key that is shown. */
  signIn(user: string, password: string): Promise<void>;
  /** Opens the messenger where somebody is signed in already. */
  comeBack(): Promise<void>;
  /** Fills the form in and sends it; what comes then is the caller's business. */
  submitSignIn(user: string, password: string): Promise<void>;
  recoveryKey(): string;
  /** Makes a private room through the dialog and invites people to it. */
  createRoom(name: string, invite: readonly string[], encrypted?: boolean): Promise<void>;
  openRoom(name: string): Promise<void>;
  acceptInvitation(name: string): Promise<void>;
  room(name: string): Locator;
  events(): Locator;
  send(text: string): Promise<void>;
  /** Opens the newest meeting's thread. */
  openResults(): Promise<void>;
  /** Takes a message of the thread that is open away, as whoever may; says what it asks before. */
  removeFromThread(eventId: string): Promise<string>;
  /** The meeting's film plays in the room, can be sought in, and has captions. */
  expectRecordingPlays(seconds: number): Promise<void>;
  /** A recording that a bridge keeps plays before all of it is here, and seeks. */
  expectRecordingStreams(seconds: number): Promise<void>;
  /** The first line of the transcript beside the recording leads to this moment of it. */
  expectFirstLineSeeks(seconds: number): Promise<void>;
  /**
   * From now on this messenger hears nothing more from the homeserver, as one that was changed to ignore what it hears: only
   * the server side can put its call to an end.
   */
  goDeaf(): Promise<void>;
  /** Undoes {@link goDeaf}, with a fresh page. */
  hearAgain(): Promise<void>;
  /** Starts the room's call and goes through the lobby. */
  startCall(): Promise<CallPage>;
  /** Waits for the banner of a running call and opens it; nobody has joined yet. */
  openLobby(): Promise<CallPage>;
  /** Waits for the banner of a running call and joins through it. */
  joinByBanner(): Promise<CallPage>;
}

const SYNC = /\/_matrix\/client\/[^?]*\/sync/;

/** @param savedKey recovery key of the account, where somebody has kept it already */
export function createMessengerPage(page: Page, address: string, savedKey = ''): MessengerPage {
  const submitSignIn = async (user: string, password: string) => {
    await page.goto(address);
    await page.getByTestId('login-user').fill(user);
    await page.getByTestId('login-password').fill(password);
    await page.getByTestId('login-submit').click();
  };
  const saveRecoveryKey = async () => {
    savedKey = (await page.getByTestId('recovery-key').innerText()).replaceAll(/\s+/g, ' ').trim();
    await page.getByTestId('recovery-key-kept').click();
    await page.getByTestId('recovery-key-continue').click();
    await expect(page.getByTestId('recovery-key')).toHaveCount(0);
  };
  const openResults = async () => {
    await page.getByTestId('thread-open').last().click();
  };
  const openLobby = async () => {
    await expect(page.getByTestId('call-banner')).toBeVisible({ timeout: 20_000 });
    await page.getByTestId('call-join').click();
    return createCallPage(page);
  };
  const room = (name: string) => page.getByTestId('room-list-item').filter({ hasText: name });
  return {
    page,
    room,
    events: () => page.getByTestId('timeline-event'),
    submitSignIn,
    signIn: async (user, password) => {
      await submitSignIn(user, password);
      const key = page.getByTestId('recovery-key');
      await expect(page.getByTestId('create-room').or(key).first()).toBeVisible({ timeout: 30_000 });
      // On the first sign-in of an account a key is made; it may come a moment after the rooms.
      await expect(key).toBeVisible({ timeout: 30_000 });
      await saveRecoveryKey();
    },
    comeBack: async () => {
      await page.goto(address);
      await expect(page.getByTestId('create-room')).toBeVisible({ timeout: 30_000 });
    },
    recoveryKey: () => savedKey,
    createRoom: async (name, invite, encrypted = true) => {
      await page.getByTestId('create-room').click();
      await page.getByTestId('create-room-name').fill(name);
      for (const userId of invite) {
        await page.getByTestId('invite-user').fill(userId);
        await page.getByTestId('invite-submit').click();
      }
      if (!encrypted) await page.getByTestId('create-room-encrypted').click();
      await page.getByTestId('create-room-submit').click();
      await expect(page.getByTestId('composer')).toBeVisible();
    },
    openRoom: async (name) => {
      await room(name).first().click();
      await expect(page.getByTestId('composer')).toBeVisible();
    },
    acceptInvitation: async (name) => {
      await room(name).first().click();
      await page.getByTestId('invitation-accept').click();
      await expect(page.getByTestId('composer')).toBeVisible();
    },
    send: async (text) => {
      await page.getByTestId('composer').fill(text);
      await page.getByTestId('composer').press('Enter');
    },
    openResults,
    removeFromThread: async (eventId) => {
      const message = page.getByTestId('thread-panel').locator(`[data-event-id="${eventId}"]`);
      await message.hover();
      await message.getByRole('button', { name: /^(Remove message|Delete )/ }).click();
      const question = page.getByRole('alertdialog');
      const asked = await question.innerText();
      await question.getByRole('button', { name: /^(Remove message|Delete )/ }).click();
      await expect(question).toBeHidden();
      return asked;
    },
    expectRecordingStreams: async (seconds) => {
      const card = page.getByTestId('result-recording').first();
      if (!(await card.isVisible())) await openResults();
      await expectFilmStreams(card, seconds);
    },
    expectRecordingPlays: async (seconds) => {
      const card = page.getByTestId('result-recording').first();
      if (!(await card.isVisible())) await openResults();
      await expect(card).toBeVisible();
      const video = card.locator('video').first();
      const poster = card.locator('.player-poster img').first();
      await expect
        .poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth), { message: 'a poster' })
        .toBeGreaterThan(0);
      if ((await video.count()) === 0) await card.getByRole('button').first().click();
      await expect
        .poll(() => video.evaluate((element: HTMLVideoElement) => element.readyState), { timeout: 30_000 })
        .toBeGreaterThanOrEqual(1);
      const seen = await video.evaluate(async (element: HTMLVideoElement, middle) => {
        const event = (name: string) =>
          new Promise((resolve) => element.addEventListener(name, resolve, { once: true }));
        element.muted = true;
        const sought = event('seeked');
        element.currentTime = middle;
        await sought;
        const landed = element.currentTime;
        await element.play();
        const moved = event('timeupdate');
        await moved;
        await moved;
        for (const track of element.textTracks) track.mode = 'showing';
        await new Promise((resolve) => setTimeout(resolve, 300));
        return {
          duration: element.duration,
          landed,
          height: element.videoHeight,
          cues: [...element.textTracks].reduce((sum, track) => sum + (track.cues?.length ?? 0), 0),
          failure: element.error?.message,
        };
      }, seconds / 2);
      expect(seen.failure).toBeUndefined();
      expect(Math.abs(seen.duration - seconds)).toBeLessThan(1);
      expect(Math.abs(seen.landed - seconds / 2)).toBeLessThan(1);
      expect(seen.height).toBeGreaterThan(0);
      expect(seen.cues, 'captions in the player').toBeGreaterThan(0);
    },
    expectFirstLineSeeks: async (seconds) => {
      await page.getByTestId('transcript-seek').first().click();
      const video = page.getByTestId('result-recording').first().locator('video').first();
      await expect
        .poll(() => video.evaluate((element: HTMLVideoElement, at) => Math.abs(element.currentTime - at), seconds))
        .toBeLessThan(1.5);
    },
    goDeaf: async () => {
      let waiting = false;
      await page.route(SYNC, () => {
        waiting = true; // the answer never comes
      });
      // The request that is under way still answers; a message makes it answer now.
      await page.getByTestId('composer').fill('.');
      await page.getByTestId('composer').press('Enter');
      await expect.poll(() => waiting, { timeout: 40_000 }).toBe(true);
    },
    hearAgain: async () => {
      await page.unroute(SYNC);
      const told = page.waitForResponse(SYNC);
      await page.reload();
      await (await told).finished();
    },
    startCall: async () => {
      await page.getByTestId('call-start').click();
      const call = await createCallPage(page);
      await call.enter();
      return call;
    },
    openLobby,
    joinByBanner: async () => {
      const call = await openLobby();
      await call.enter();
      return call;
    },
  };
}
