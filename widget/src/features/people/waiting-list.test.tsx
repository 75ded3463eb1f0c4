/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import { WaitingList } from './waiting-list.tsx';

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

test('nobody is decided about twice; for one there is no "all"', async () => {
  const { asked } = await renderInCall(<WaitingList />, waiting(people.slice(0, 1), ['@bob:y']));
  fireEvent.click(screen.getByRole('button', { name: 'Let bob in' }));
  expect([asked, screen.queryByTestId('admit-all')]).toEqual([[], null]);
  cleanup();
  await renderInCall(<WaitingList />, waiting([]));
  expect(screen.queryByTestId('waiting-list')).toBeNull();
});
