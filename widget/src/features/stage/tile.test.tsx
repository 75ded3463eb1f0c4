/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { PersonTile } from './tile.tsx';

afterEach(cleanup);
const draw = (undecryptable: boolean) => {
  const list = [person('a', { camera: { key: 'k', muted: false }, undecryptable })];
  const box = { x: 0, y: 0, width: 640, height: 360 };
  return renderInCall(
    <ul>
      <PersonTile personId="@a:x|D" kind="camera" box={box} floating={false} />
    </ul>,
    { people: { list, speakerId: undefined } },
  );
};

test('a picture that cannot be decrypted is not shown but explained', async () => {
  await draw(true);
  expect(screen.getAllByText(/Cannot be decrypted/)).not.toEqual([]);
  // It stays in the page: what is not drawn is not received, and nobody would learn that it works again.
  expect(screen.getByTestId('tile').querySelector('video')?.dataset['hidden']).toBe('true');
  cleanup();
  await draw(false);
  expect(screen.queryByText(/Cannot be decrypted/)).toBeNull();
  expect(screen.getByTestId('tile').querySelector('video')?.dataset['hidden']).toBe('false');
});

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
