/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { renderInCall } from '../../testing/render.tsx';
import RecordingOptions from './recording-options.tsx';

afterEach(cleanup);

test('starts what was chosen', async () => {
  const { asked } = await renderInCall(<RecordingOptions />);
  fireEvent.click(screen.getByRole('radio', { name: /Everybody alike/ }));
  fireEvent.click(screen.getByTestId('burnt-captions'));
  fireEvent.click(screen.getByTestId('recording-start'));
  expect(asked).toEqual([
    'command {"action":"start","what":"recording","recording":{"layout":"grid","captions":true}}',
  ]);
});

test('sound alone has no picture to write into', async () => {
  const { asked } = await renderInCall(<RecordingOptions />);
  fireEvent.click(screen.getByTestId('burnt-captions'));
  fireEvent.click(screen.getByRole('radio', { name: /Sound only/ }));
  expect(screen.getByTestId<HTMLInputElement>('burnt-captions').disabled).toBe(true);
  fireEvent.click(screen.getByTestId('recording-start'));
  expect(asked).toEqual([
    'command {"action":"start","what":"recording","recording":{"layout":"audio","captions":false}}',
  ]);
});

test('in French, with the usual choice made', async () => {
  await renderInCall(<RecordingOptions />, {}, 'fr');
  expect(screen.getByRole<HTMLInputElement>('radio', { name: /écran partagé d’abord/ }).checked).toBe(true);
});
