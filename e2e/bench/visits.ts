import type { BrowserContext, Frame, Locator, Page } from '@playwright/test';
import type { Actor, Cast } from '../fixtures/cast.ts';
import { serveElementCall } from '../fixtures/element-call.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import type { StackControl } from '../stack/control-client.ts';
import { createCallPage } from '../pages/call.ts';
import type { CallPage } from '../pages/call.ts';
import { createElementCallPage } from '../pages/element-call.ts';
import { progress } from './harness.ts';

/**
 * Init script for the messenger's page: the widget is opened as for a person who has chosen "join at once".
 * Only the parameter changes, everything else is the messenger's own way.
 */
export function withoutLobby(): void {
  const changed = (value: string) => value.replace('skipLobby=false', 'skipLobby=true');
  const setAttribute = Object.getOwnPropertyDescriptor(Element.prototype, 'setAttribute');
  const source = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'src');
  if (setAttribute === undefined || source === undefined) throw new Error('not a browser');
  const original = setAttribute.value as (this: Element, name: string, value: string) => void;
  HTMLIFrameElement.prototype.setAttribute = function (name: string, value: string) {
    original.call(this, name, name === 'src' ? changed(value) : value);
  };
  Object.defineProperty(HTMLIFrameElement.prototype, 'src', {
    ...source,
    set(this: HTMLIFrameElement, value: string) {
      source.set?.call(this, changed(value));
    },
  });
}

export interface Visit {
  /** From the frame's navigation to the first decoded remote frame, ms. */
  readonly sinceNavigationMs: number;
  /** From the click on Join in the lobby, ms; absent without a lobby. */
  readonly sinceClickMs: number | undefined;
}

/** Somebody who comes into the call again and again. */
export interface Visitor {
  readonly context: BrowserContext;
  /** Origin of the widget's page. */
  readonly widgetUrl: string;
  /** Comes in through the banner, waits for the first picture, and leaves again. @param onPicture told when it is there */
  visit(onPicture?: () => void): Promise<Visit>;
}

export interface VisitedCall {
  readonly guest: Visitor;
  /** Somebody with Element Call as widget, in the same messenger; without a lobby only. */
  elementCall(): Promise<Visitor>;
}

/** Clicks on a lobby's button. @returns when the page got the click, by its own clock (ms) */
async function clickIn(frame: Frame, button: Locator): Promise<number> {
  await button.waitFor();
  await frame.evaluate(() => {
    document.addEventListener('click', () => performance.mark('clicked'), { capture: true, once: true });
  });
  await button.click();
  return frame.evaluate(() => performance.getEntriesByName('clicked')[0]?.startTime ?? NaN);
}

/** A room where one person is in the call, with our widget, and others will come, one at a time. */
export async function visitedCall(
  stack: StackControl,
  cast: Cast,
  options: { readonly lobby: boolean; readonly encrypted?: boolean; readonly guestHome?: StackControl },
): Promise<VisitedCall> {
  const { lobby, encrypted = false, guestHome = stack } = options;
  const host = await cast.actor('alice', { home: stack });
  const guest = await cast.actor('bob', { home: guestHome });
  const peer = await cast.person('carol', stack);
  const room = await makeRoom(stack, host, [guest, peer], { encrypted });
  await host.messenger.openRoom(room.name);
  const hostCall = await host.messenger.startCall();

  const visitor = async (
    who: Actor,
    widgetUrl: string,
    open: (page: Page) => Promise<Pick<CallPage, 'frame' | 'leave'>>,
  ): Promise<Visitor> => {
    if (!lobby) {
      await who.context.addInitScript(withoutLobby);
      await who.page.reload();
    }
    await who.messenger.openRoom(room.name);
    return {
      context: who.context,
      widgetUrl,
      visit: async (onPicture) => {
        await who.page.getByTestId('call-join').click();
        const call = await open(who.page);
        const { frame } = call;
        const clickedMs = lobby ? await clickIn(frame, frame.getByTestId('lobby-join')) : undefined;
        const firstMs = await frame
          .waitForFunction(() => window.palabreProbes.firstFrameMs(), undefined, { polling: 20, timeout: 30_000 })
          .then((handle) => handle.jsonValue());
        onPicture?.();
        if (firstMs === undefined) throw new Error('no picture');
        const sinceNavigationMs = firstMs - (await frame.evaluate(() => performance.timeOrigin));
        await call.leave();
        await hostCall.tile(who.userId).waitFor({ state: 'detached' });
        return {
          sinceNavigationMs,
          sinceClickMs: clickedMs === undefined ? undefined : sinceNavigationMs - clickedMs,
        };
      },
    };
  };
  return {
    guest: await visitor(guest, guestHome.facts.urls.widget, createCallPage),
    elementCall: async () => {
      const { messengerUrl, widgetUrl } = await serveElementCall(cast);
      return visitor(await cast.enter(peer, { messengerUrl }), widgetUrl, createElementCallPage);
    },
  };
}

/** Each of the visitors comes as often, in turn. @returns what they waited, ms, in their order */
export async function waits(
  visitors: Readonly<Record<string, Visitor>>,
  count: number,
): Promise<Record<string, number[]>> {
  const seen: Record<string, number[]> = Object.fromEntries(Object.keys(visitors).map((name) => [name, []]));
  // The first visit fills the browser's caches and is not counted: a person has them filled.
  for (let index = 0; index <= count; index += 1) {
    for (const [name, visitor] of Object.entries(visitors)) {
      const { sinceClickMs, sinceNavigationMs } = await visitor.visit();
      const ms = sinceClickMs ?? sinceNavigationMs;
      progress(`${name} ${String(index)}/${String(count)}: ${String(Math.round(ms))} ms`);
      if (index > 0) seen[name]?.push(ms);
    }
  }
  return seen;
}
