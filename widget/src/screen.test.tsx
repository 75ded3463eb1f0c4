/** @jest-environment jsdom */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { Screen } from './screen.tsx';
import { callSlice } from './store/slices.ts';
import { createStore, dialogOpened } from './store/index.ts';
import { recall } from './memory.ts';
import { person } from './testing/person.ts';
import { renderInCall } from './testing/render.tsx';

const { call } = createStore().getState();
const people = { list: [person('me', { self: true }), person('a')], speakerId: undefined };
const inCall = { call: { ...call, phase: 'joined' as const }, people };
const focused = (): string | null | undefined => document.activeElement?.textContent;

describe('the keyboard', () => {
  beforeEach(() => {
    // The person works in this page, not in the messenger around it.
    document.hasFocus = () => true;
  });
  afterEach(cleanup);

  test('goes from the lobby into the call', async () => {
    const { store } = await renderInCall(<Screen />, { call: { ...call, phase: 'lobby', roomName: 'Budget' }, people });
    screen.getByTestId('lobby-join').focus();
    act(() => void store.dispatch(callSlice.actions.callChanged({ ...call, phase: 'joining', roomName: 'Budget' })));
    expect(screen.queryByTestId('lobby-join')).toBeNull();
    expect([document.activeElement?.tagName, focused()]).toEqual(['H1', 'Budget']);
  });

  test('is left to the messenger when it is there', async () => {
    document.hasFocus = () => false;
    await renderInCall(<Screen />, inCall);
    expect(document.activeElement).toBe(document.body);
  });

  test('goes into the panel, and back to what opened it', async () => {
    await renderInCall(<Screen />, inCall);
    const opener = screen.getByTestId('people');
    opener.focus();
    fireEvent.click(opener);
    await waitFor(() => expect([document.activeElement?.tagName, focused()]).toEqual(['H2', 'People']));
    fireEvent.keyDown(document.body, { key: 'Escape' });
    await waitFor(() => expect(document.activeElement).toBe(opener));
  });

  test('goes to the menu when what opened the panel is gone', async () => {
    await renderInCall(<Screen />, inCall);
    const item = document.body.appendChild(document.createElement('button'));
    item.focus();
    fireEvent.keyDown(document.body, { key: 'p' });
    await waitFor(() => expect(focused()).toBe('People'));
    item.remove();
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('more')));
  });

  test('single keys are switched off where they are explained, and stay off', async () => {
    const { store } = await renderInCall(<Screen />, inCall);
    act(() => void store.dispatch(dialogOpened('shortcuts')));
    // The dialog is a part of its own, which a busy machine takes a while to load.
    fireEvent.click(await screen.findByTestId('single-keys', {}, { timeout: 15_000 }));
    expect([store.getState().screen.shortcuts, recall('shortcuts')]).toEqual([false, 'off']);
  });
});

test('the lobby can be left', async () => {
  const { asked } = await renderInCall(<Screen />, { call: { ...call, phase: 'lobby' }, people });
  fireEvent.click(screen.getByTestId('lobby-cancel'));
  expect(asked).toEqual(['leave']);
  cleanup();
});

test('whoever waits to be let in sees that, and may go', async () => {
  const { asked } = await renderInCall(<Screen />, { call: { ...call, phase: 'waiting', mustWait: 'alone' }, people });
  expect(screen.getByTestId('waiting').textContent).toContain('No moderator is in the call');
  fireEvent.click(screen.getByTestId('waiting-cancel'));
  expect(asked).toEqual(['leave']);
  cleanup();
});
