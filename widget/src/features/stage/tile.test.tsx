/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
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
