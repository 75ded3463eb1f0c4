/** @jest-environment jsdom */
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext, MessengerContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account, Messenger } from '../../matrix/messenger.ts';
import { createStore } from '../../store/store.ts';

jest.unstable_mockModule('../../host/index.ts', () => ({
  createCallHost: () => ({ setTheme: () => undefined, setLanguage: () => undefined, close: () => undefined }),
}));
const { CallLayer } = await import('./CallLayer.tsx');

beforeAll(() => startWords('en'));
beforeEach(() => {
  const query = { matches: false, addEventListener: () => undefined, removeEventListener: () => undefined };
  Object.assign(window, { matchMedia: () => query });
});
afterEach(cleanup);

function open(docked: boolean): void {
  const account = { client: { getRoom: () => null }, calls: { add: () => () => undefined } };
  const nothing = (): void => undefined;
  render(
    <Provider store={createStore({ theme: 'light', language: 'en' })}>
      <MessengerContext value={{ config: { callPageUrl: 'https://x/' } } as unknown as Messenger}>
        <AccountContext value={account as unknown as Account}>
          <textarea />
          <CallLayer
            roomId="!r"
            intent="start_call"
            docked={docked}
            chat
            onChat={nothing}
            onMinimise={nothing}
            onExpand={nothing}
          />
        </AccountContext>
      </MessengerContext>
    </Provider>,
  );
}

test('the focus goes into the call that opens, and is not taken from where it has gone meanwhile', () => {
  open(true);
  const frame = screen.getByTestId<HTMLIFrameElement>('call-frame');
  const { contentWindow } = frame;
  if (contentWindow === null) throw new Error('no window in the frame');
  const focus = jest.spyOn(contentWindow, 'focus').mockImplementation(() => undefined);
  expect(document.activeElement).toBe(frame);
  fireEvent.load(frame);
  expect(focus).toHaveBeenCalledTimes(1);
  screen.getByRole('textbox').focus();
  fireEvent.load(frame);
  expect(focus).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe(screen.getByRole('textbox'));
});
