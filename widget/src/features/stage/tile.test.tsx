/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import type { Person } from '../../call/index.ts';
import { createStore, type State } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { PersonTile } from './tile.tsx';

afterEach(cleanup);
const { call } = createStore().getState();
const draw = (change: Partial<Person>, encrypted = true, more: Partial<State> = {}, language: 'en' | 'fr' = 'en') => {
  const list = [person('a', { camera: { key: 'k', muted: false }, ...change })];
  const box = { x: 0, y: 0, width: 640, height: 360 };
  return renderInCall(
    <ul>
      <PersonTile personId="@a:x|D" kind="camera" box={box} floating={false} />
    </ul>,
    { call: { ...call, encrypted }, people: { list, speakerId: undefined }, ...more },
    language,
  );
};

test('a picture that cannot be decrypted is not shown but explained', async () => {
  await draw({ undecryptable: true });
  expect(screen.getAllByText(/Cannot be decrypted/)).not.toEqual([]);
  // It stays in the page: what is not drawn is not received, and nobody would learn that it works again.
  expect(screen.getByTestId('tile').querySelector('video')?.dataset['hidden']).toBe('true');
  cleanup();
  await draw({ undecryptable: false });
  expect(screen.queryByText(/Cannot be decrypted/)).toBeNull();
  expect(screen.getByTestId('tile').querySelector('video')?.dataset['hidden']).toBe('false');
});

test.each<[string, Partial<Person>, boolean, string, string | undefined]>([
  ['confirmed', { trust: 'signed' }, true, 'End-to-end encrypted, device confirmed', undefined],
  ['of which the messenger says nothing', {}, true, 'End-to-end encrypted', undefined],
  [
    'not confirmed',
    { trust: 'unsigned', undecryptable: true },
    true,
    'Device not confirmed',
    'Device not confirmed by its owner',
  ],
  [
    'of our own, not confirmed',
    { trust: 'unsigned', self: true },
    true,
    'This device is not confirmed',
    'This device is not confirmed',
  ],
  ['in a call without encryption', { trust: 'signed' }, false, 'a', undefined],
])(
  'a device %s says so in words, and with a mark when it deserves one',
  async (_which, change, encrypted, words, mark) => {
    await draw(change, encrypted);
    const tile = screen.getByTestId('tile');
    expect(tile.textContent).toContain(words);
    expect(tile.querySelector<HTMLElement>('.tile-mark')?.title).toBe(mark);
    if (!encrypted) expect(tile.textContent).not.toContain('encrypted');
  },
);

test.each([
  ['wide', 1600, 800, '0px', '40px'],
  ['upright', 400, 800, '220px', '0px'],
])('marks of a %s shared screen lie on the picture, not on the bars around it', async (_shape, width, height, x, y) => {
  await renderInCall(
    <ul>
      <PersonTile personId="@a:x|D" kind="screen" box={{ x: 0, y: 0, width: 640, height: 400 }} floating={false} />
    </ul>,
    { people: { list: [person('a', { screen: { key: 'k', muted: false } })], speakerId: undefined } },
  );
  const tile = screen.getByTestId('tile');
  const video = tile.querySelector('video');
  if (video === null) throw new Error('no picture');
  Object.defineProperties(video, { videoWidth: { value: width }, videoHeight: { value: height } });
  fireEvent(video, new Event('resize'));
  expect([tile.style.getPropertyValue('--bar-x'), tile.style.getPropertyValue('--bar-y')]).toEqual([x, y]);
});

test.each([
  ['en', 'recording', 'Not recorded', ['circle-off']],
  ['en', 'transcription', 'Not transcribed', ['file-x']],
  ['fr', 'recording', 'Non enregistré', ['circle-off']],
  ['fr', 'transcription', 'Non transcrit', ['file-x']],
  ['fr', 'both', 'Ni enregistré ni transcrit', ['circle-off', 'file-x']],
] as const)('marks of what is not kept differ (%s): not kept in %s', async (language, of, name, icons) => {
  const working = of === 'both' ? (['recording', 'transcription'] as const) : [of];
  const { consent } = createStore().getState();
  await draw({}, true, { consent: { ...consent, level: 'ask', working } }, language);
  const mark = screen.getByTestId('not-kept');
  expect([mark.textContent, mark.title]).toEqual([name, name]);
  const drawn = [...mark.querySelectorAll('svg')].map(({ classList }) =>
    [...classList].find((style) => style.startsWith('lucide-'))?.slice('lucide-'.length),
  );
  expect(drawn).toEqual(icons);
});
