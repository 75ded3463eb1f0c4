/** @jest-environment jsdom */
import { afterEach, expect, jest, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import CaptionsPanel from './panel.tsx';

afterEach(() => {
  cleanup();
  jest.restoreAllMocks();
});
const { captions } = createStore().getState();

test.each([
  ['en-GB', '19:03'],
  ['en-US', '07:03 PM'],
  // English words in another region's browser, which does not say how English is written there.
  ['de-DE', '19:03'],
])('hours are written as in the region of the browser: %s', async (region, written) => {
  jest.spyOn(navigator, 'languages', 'get').mockReturnValue([region]);
  const line = {
    id: '1',
    userId: '@a:x',
    name: 'Alice',
    self: false,
    text: 'Hello',
    final: true,
    language: 'en',
    startedMs: new Date(2026, 10, 22, 19, 3).getTime(),
    changedMs: 0,
  };
  await renderInCall(<CaptionsPanel />, { captions: { ...captions, lines: [line] } });
  // Some versions of the browser's data separate with a narrow space.
  expect(screen.getByTestId('spoken').querySelector('time')?.textContent.replaceAll(/\s/g, ' ')).toBe(written);
});
