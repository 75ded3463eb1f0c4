import type { Actor, Cast } from '../fixtures/cast.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import type { MeetingRoom } from '../fixtures/meeting.ts';
import type { StackControl } from '../stack/control-client.ts';
import { createCallPage } from '../pages/call.ts';
import type { CallPage } from '../pages/call.ts';

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

export interface VisitedCall {
  readonly room: MeetingRoom;
  readonly host: Actor;
  readonly hostCall: CallPage;
  readonly guest: Actor;
  /** Comes in through the banner, waits for the first picture, and leaves again. */
  visit(): Promise<Visit>;
}

/** A room where one person is in the call and another will come again and again. */
export async function visitedCall(
  stack: StackControl,
  cast: Cast,
  options: { readonly lobby: boolean; readonly encrypted?: boolean },
): Promise<VisitedCall> {
  const host = await cast.actor('alice');
  const guest = await cast.actor('bob');
  const room = await makeRoom(stack, host, [guest], { encrypted: options.encrypted ?? false });
  await host.messenger.openRoom(room.name);
  const hostCall = await host.messenger.startCall();
  if (!options.lobby) {
    await guest.context.addInitScript(withoutLobby);
    await guest.page.reload();
  }
  await guest.messenger.openRoom(room.name);
  return {
    room,
    host,
    hostCall,
    guest,
    visit: async () => {
      await guest.page.getByTestId('call-join').click();
      const call = await createCallPage(guest.page);
      let clickMs: number | undefined;
      if (options.lobby) {
        const join = call.frame.getByTestId('lobby-join');
        await join.waitFor();
        await call.frame.evaluate(() => {
          document.addEventListener('click', () => performance.mark('clicked'), { capture: true, once: true });
        });
        await join.click();
      }
      const firstMs = await call.frame
        .waitForFunction(() => window.palabreProbes.firstFrameMs(), undefined, { polling: 20, timeout: 30_000 })
        .then((handle) => handle.jsonValue());
      const { origin, clicked } = await call.frame.evaluate(() => ({
        origin: performance.timeOrigin,
        clicked: performance.getEntriesByName('clicked')[0]?.startTime,
      }));
      if (firstMs === undefined) throw new Error('no picture');
      if (clicked !== undefined) clickMs = firstMs - origin - clicked;
      await call.leave();
      await hostCall.tile(guest.userId).waitFor({ state: 'detached' });
      return { sinceNavigationMs: firstMs - origin, sinceClickMs: clickMs };
    },
  };
}
