/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import CaptionsStrip from './strip.tsx';

afterEach(cleanup);

test.each([
  ['en', 'Captions are late'],
  ['fr', 'Sous-titres en retard'],
] as const)(
  'says that captions are late as long as they are, and nothing about it otherwise: %s',
  async (language, words) => {
    const { meeting } = createStore().getState();
    const on = { phase: 'on', since_ms: 1_000 } as const;
    await renderInCall(<CaptionsStrip />, { meeting: { ...meeting, captions: { ...on, late: true } } }, language);
    expect(screen.getByTestId('captions-late').textContent).toBe(words);
    cleanup();
    await renderInCall(<CaptionsStrip />, { meeting: { ...meeting, captions: on } }, language);
    expect(screen.getByTestId('captions')).toBeTruthy();
    expect(screen.queryByTestId('captions-late')).toBeNull();
  },
);
