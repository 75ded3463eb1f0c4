/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { renderInCall } from '../../testing/render.tsx';
import { NARROW_BAR } from '../../ui/media-query.ts';
import CaptionsSettings from './captions-settings.tsx';
import CaptionsStrip from './strip.tsx';

afterEach(cleanup);

test('over the stage as chosen; on a phone below it, where nobody is asked for a place', async () => {
  await renderInCall(<CaptionsStrip />);
  expect(screen.getByTestId('captions').classList).toContain('captions-over');
  cleanup();
  await renderInCall(<CaptionsStrip />, {}, 'en', NARROW_BAR);
  expect(screen.getByTestId('captions').classList).toContain('captions-below');
  cleanup();
  await renderInCall(<CaptionsSettings />);
  expect(screen.getByTestId('captions-place')).toBeTruthy();
  cleanup();
  await renderInCall(<CaptionsSettings />, {}, 'en', NARROW_BAR);
  expect(screen.queryByTestId('captions-place')).toBeNull();
});

test('the language I mostly speak is told as a hint, with what it does', async () => {
  const { asked } = await renderInCall(<CaptionsSettings />, {}, 'fr');
  const choice = screen.getByLabelText<HTMLSelectElement>('Langue que je parle le plus');
  const help = document.getElementById(choice.getAttribute('aria-describedby') ?? '');
  expect(help?.textContent).toContain('Une indication pour les sous-titres et les transcriptions');
  fireEvent.change(choice, { target: { value: 'fr' } });
  fireEvent.change(choice, { target: { value: 'auto' } });
  expect(asked).toEqual(['speaks fr', 'speaks anything']);
});
