/** @jest-environment jsdom */
import { afterEach, expect, jest, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { Lobby } from './lobby.tsx';

afterEach(cleanup);
const { call } = createStore().getState();
const look = async (encrypted: boolean, operators: readonly (string | undefined)[], language: 'en' | 'fr' = 'en') => {
  const [own, ...others] = operators;
  const list = others.map((operator, index) => person(`p${index}`, { operator }));
  const state = { call: { ...call, encrypted, operator: own }, people: { list, speakerId: undefined } };
  await renderInCall(<Lobby />, state, language);
  return screen.queryByTestId('lobby-through')?.textContent;
};

test('whose servers media will pass through is said before joining, our own left out', async () => {
  expect(await look(false, [undefined, 'north.example', 'north.example', 'south.example', undefined])).toBe(
    'Not encrypted: sound and pictures also pass through servers of north.example, south.example',
  );
  cleanup();
  expect(await look(false, ['north.example'], 'fr')).toContain('par les serveurs de north.example');
  cleanup();
  expect(await look(false, [undefined, undefined])).toBeUndefined();
});

test('where it is encrypted, that they can neither look nor listen', async () => {
  expect(await look(true, [undefined, 'north.example'])).toContain('can neither look nor listen');
  cleanup();
  expect(await look(true, ['north.example'], 'fr')).toContain('sans pouvoir ni voir ni écouter');
});

test('the keyboard starts before the switches of the preview', async () => {
  jest.spyOn(document, 'hasFocus').mockReturnValue(true);
  await renderInCall(<Lobby />, { call: { ...call, roomName: 'Budget' } });
  const page = screen.getByRole('main', { name: 'Budget' });
  expect(document.activeElement).toBe(page);
  expect(page.querySelector('button')).toBe(screen.getByTestId('toggle-mic'));
});
