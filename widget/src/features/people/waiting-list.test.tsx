/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { meetingSlice } from '../../store/slices.ts';
import { renderInCall } from '../../testing/render.tsx';
import { WaitingList } from './waiting-list.tsx';

beforeEach(() => {
  // The person works in this page, not in the messenger around it.
  document.hasFocus = () => true;
});
afterEach(cleanup);
const { meeting } = createStore().getState();
const people = ['bob', 'carol'].map((name) => ({ userId: `@${name}:y`, name, sinceMs: 1 }));
const waiting = (shown = people, deciding: readonly string[] = []) => ({
  meeting: { ...meeting, lobby: { count: shown.length, people: shown, deciding, failure: undefined } },
});

test('one by one, or all at once', async () => {
  const { asked } = await renderInCall(<WaitingList />, waiting());
  fireEvent.click(screen.getByRole('button', { name: 'Let bob in' }));
  fireEvent.click(screen.getByRole('button', { name: 'Turn carol away' }));
  fireEvent.click(screen.getByRole('button', { name: 'Let all in' }));
  expect(asked).toEqual([
    'decide ["@bob:y"] "admit"',
    'decide ["@carol:y"] "turn_away"',
    'decide ["@bob:y","@carol:y"] "admit"',
  ]);
});

test('the keyboard goes from one decision to the next, and at last to the title', async () => {
  const panel = (
    <aside>
      <h2 className="focus-landing" tabIndex={-1}>
        People
      </h2>
      <WaitingList />
    </aside>
  );
  const { store } = await renderInCall(panel, waiting());
  const show = (...state: Parameters<typeof waiting>): void =>
    act(() => void store.dispatch(meetingSlice.actions.meetingChanged(waiting(...state).meeting)));
  screen.getByRole('button', { name: 'Let bob in' }).focus();
  show(people, ['@bob:y']);
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Let bob in');
  show(people.slice(1));
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Let carol in');
  show([]);
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'People' }));
});

test('who has left the list is not called back', async () => {
  const { store } = await renderInCall(<WaitingList />, waiting());
  const button = screen.getByRole('button', { name: 'Let bob in' });
  button.focus();
  button.blur();
  const { meeting: then } = waiting(people.slice(1));
  act(() => void store.dispatch(meetingSlice.actions.meetingChanged(then)));
  expect(document.activeElement).toBe(document.body);
});

test('nobody is decided about twice; for one there is no "all"', async () => {
  const { asked } = await renderInCall(<WaitingList />, waiting(people.slice(0, 1), ['@bob:y']));
  fireEvent.click(screen.getByRole('button', { name: 'Let bob in' }));
  expect([asked, screen.queryByTestId('admit-all')]).toEqual([[], null]);
  cleanup();
  await renderInCall(<WaitingList />, waiting([]));
  expect(screen.queryByTestId('waiting-list')).toBeNull();
});
