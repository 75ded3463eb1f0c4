/** @jest-environment jsdom */
import { afterEach, expect, jest, test } from '@jest/globals';
import { renderHook } from '@testing-library/react';
import { AccountContext } from '../../app/context.ts';
import type { Account } from '../../matrix/messenger.ts';
import { useMarkRead } from './use-mark-read.ts';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test('what is said in a room on the screen is read, also when the focus comes without an event, and not before', () => {
  jest.useFakeTimers();
  const focused = jest.spyOn(document, 'hasFocus').mockReturnValue(false);
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  const markRead = jest.fn(() => Promise.resolve());
  const room = { id: '!r', unread: true, notifications: 0, lastMs: 1 };
  const { rerender, unmount } = renderHook(useMarkRead, {
    initialProps: room,
    wrapper: ({ children }) => (
      <AccountContext value={{ actions: { markRead } } as unknown as Account}>{children}</AccountContext>
    ),
  });
  jest.advanceTimersByTime(5_000);
  expect(markRead).not.toHaveBeenCalled();
  focused.mockReturnValue(true);
  jest.advanceTimersByTime(1_000);
  expect(markRead).toHaveBeenCalledTimes(1);
  // A second one, before the first was seen to be read.
  rerender({ ...room, lastMs: 2 });
  expect(markRead).toHaveBeenCalledTimes(2);
  rerender({ ...room, unread: false });
  jest.advanceTimersByTime(5_000);
  expect(markRead).toHaveBeenCalledTimes(2);
  unmount();
});
