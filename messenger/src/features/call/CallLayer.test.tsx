/** @jest-environment jsdom */
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext, MessengerContext } from '../../app/context.ts';
import type { CallHostOptions } from '../../host/index.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account, Messenger } from '../../matrix/messenger.ts';
import { createStore } from '../../store/store.ts';

let widget: Pick<CallHostOptions, 'onJoined' | 'onLeft'>;
jest.unstable_mockModule('../../host/index.ts', () => ({
  createCallHost: (options: CallHostOptions) => {
    widget = options;
    return { setTheme: () => undefined, setLanguage: () => undefined, close: () => undefined };
  },
}));
const { CallLayer } = await import('./CallLayer.tsx');

beforeAll(() => startWords('en'));
beforeEach(() => {
  const query = { matches: false, addEventListener: () => undefined, removeEventListener: () => undefined };
  Object.assign(window, { matchMedia: () => query });
});
afterEach(cleanup);

function open(docked: boolean) {
  const account = {
    client: { getRoom: () => null, getAccountData: () => undefined },
    calls: { add: () => () => undefined },
  };
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
  const frame = screen.getByTestId<HTMLIFrameElement>('call-frame');
  const { contentWindow } = frame;
  if (contentWindow === null) throw new Error('no window in the frame');
  return { frame, focus: jest.spyOn(contentWindow, 'focus').mockImplementation(() => undefined) };
}

test('the focus goes into the call that opens, and is not taken from where it has gone meanwhile', () => {
  const { frame, focus } = open(true);
  expect(document.activeElement).toBe(frame);
  fireEvent.load(frame);
  expect(focus).toHaveBeenCalledTimes(1);
  screen.getByRole('textbox').focus();
  fireEvent.load(frame);
  expect(focus).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe(screen.getByRole('textbox'));
});

test('the small window of a call that is over has a plain way to close it', () => {
  open(false);
  act(() => widget.onJoined());
  expect(screen.getByRole('button', { name: 'Leave the call' }).dataset.tone).toBe('danger');
  act(() => widget.onLeft());
  expect(screen.queryByRole('button', { name: 'Leave the call' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Close' }).dataset.tone).toBe('quiet');
  act(() => widget.onJoined());
  expect(screen.getByTestId('call-hang-up')).toBeDefined();
});
