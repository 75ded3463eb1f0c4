/** @jest-environment jsdom */
import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import type { MeetingState } from '../../call/index.ts';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import { SMALL_CALL, TIGHT_BAR } from '../../ui/media-query.ts';
import { RIGHTS } from '../../testing/rights.ts';
import { Controls } from './controls.tsx';
import MoreMenu from './more-menu.tsx';
import { shortcutOf } from './shortcuts.ts';

afterEach(cleanup);
const defaults = createStore().getState();
const meeting = (change: Partial<MeetingState>) => ({ ...defaults.meeting, ...change });

describe('the bar', () => {
  test('devices are switched by button and by key, but not while typing', async () => {
    const { asked } = await renderInCall(
      <>
        <Controls />
        <input aria-label="field" />
      </>,
    );
    fireEvent.click(screen.getByTestId('toggle-mic'));
    fireEvent.click(screen.getByTestId('toggle-cam'));
    fireEvent.click(screen.getByTestId('share-screen'));
    fireEvent.keyDown(document.body, { key: 'm' });
    fireEvent.keyDown(document.body, { key: 'V' });
    fireEvent.keyDown(screen.getByLabelText('field'), { key: 'm' });
    fireEvent.keyDown(document.body, { key: 'm', ctrlKey: true });
    expect(asked).toEqual(['microphone false', 'camera false', 'screen true', 'microphone false', 'camera false']);
  });

  test('single keys do nothing for who does not want them, and are not offered', async () => {
    const { screen: screenState } = defaults;
    const { asked } = await renderInCall(<Controls />, { screen: { ...screenState, shortcuts: false } });
    fireEvent.keyDown(document.body, { key: 'm' });
    expect(asked).toEqual([]);
    expect(screen.getByTestId('toggle-mic').title).toBe('Mute microphone');
  });

  test('a small call keeps microphone, camera and the way out', async () => {
    await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights: RIGHTS }) }, 'en', SMALL_CALL);
    const names = screen.getAllByRole('button').map((button) => button.dataset['testid']);
    expect(names).toEqual(['toggle-mic', 'toggle-cam', 'leave']);
  });

  test('a tight bar keeps its words: what is pressed seldom is in the menu, and nothing is in both', async () => {
    const state = { meeting: meeting({ way: 'api', rights: RIGHTS, recording: { phase: 'on' } }) };
    await renderInCall(<Controls />, state, 'en', TIGHT_BAR);
    expect(screen.getByTestId('record').title).toBe('Stop recording');
    expect(screen.queryByTestId('record-pause')).toBeNull();
    expect(screen.queryByTestId('transcribe')).toBeNull();
    cleanup();
    const { asked } = await renderInCall(<MoreMenu narrow={false} tight open onReact={() => undefined} />, state);
    const items = screen.getAllByRole('menuitem').map((item) => item.dataset['testid']);
    expect(items.slice(0, 3)).toEqual(['react', 'record-pause', 'transcribe']);
    expect(items).not.toContain('record');
    fireEvent.click(screen.getByTestId('transcribe'));
    expect(asked).toEqual(['command {"action":"start","what":"transcription"}']);
  });

  test('every button says on hover what it does', async () => {
    await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights: RIGHTS, recording: { phase: 'on' } }) });
    for (const button of screen.getAllByRole('button'))
      expect(button.closest('[title]')?.getAttribute('title')).toBeTruthy();
    cleanup();
    await renderInCall(<MoreMenu narrow={false} tight={false} open={false} onReact={undefined} />);
    expect(screen.getByTestId('more').closest('[title]')?.getAttribute('title')).toBe('More options');
  });

  test.each([
    ['direct messages', meeting({ direct: true, way: 'room' })],
    ['replaced by a newer one', meeting({ way: 'api', rights: RIGHTS, replaced: true })],
    ['@p:x must be invited', meeting({ way: 'api', rights: { ...RIGHTS, watcher_joined: false } })],
  ])('the menu says why nobody can record: %s', async (words, state) => {
    await renderInCall(<MoreMenu narrow={false} tight={false} open onReact={undefined} />, { meeting: state });
    const note = screen.getByTestId('no-scribe');
    expect(note.textContent).toContain(words);
    expect(screen.getByRole('menu').getAttribute('aria-describedby')).toBe(note.id);
  });

  test('in direct messages recording is not offered as a reaction either', async () => {
    await renderInCall(<Controls />, { meeting: meeting({ direct: true, way: 'room' }) });
    expect(screen.queryByTestId('record')).toBeNull();
  });

  test('names are what stands on the buttons, in the language of the person', async () => {
    await renderInCall(<Controls />, {}, 'fr');
    expect(screen.getByRole('button', { name: 'Couper' }).title).toBe('Couper le micro (M)');
    expect(screen.getByRole('button', { name: 'Quitter' })).toBe(screen.getByTestId('leave'));
  });

  test('only who may record or transcribe is offered it', async () => {
    await renderInCall(<Controls />, { meeting: meeting({ way: 'api' }) });
    expect(screen.queryByTestId('record')).toBeNull();
    cleanup();
    await renderInCall(<Controls />, {
      meeting: meeting({ way: 'api', rights: { ...RIGHTS, may_transcribe: false } }),
    });
    expect(screen.queryByTestId('record')).not.toBeNull();
    expect(screen.queryByTestId('transcribe')).toBeNull();
  });

  test('the same button starts and stops, and shows that it waits', async () => {
    const { asked } = await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights: RIGHTS }) });
    fireEvent.click(screen.getByTestId('record'));
    cleanup();
    const running = await renderInCall(<Controls />, {
      meeting: meeting({
        way: 'api',
        rights: RIGHTS,
        recording: { phase: 'on' },
        pending: { recording: undefined, transcription: 'stop', captions: undefined },
      }),
    });
    expect(screen.getByTestId('record').getAttribute('aria-pressed')).toBe('true');
    expect(screen.getByTestId('transcribe').getAttribute('aria-busy')).toBe('true');
    fireEvent.click(screen.getByTestId('record'));
    expect([asked, running.asked]).toEqual([
      ['command {"action":"start","what":"recording"}'],
      ['command {"action":"stop","what":"recording"}'],
    ]);
  });

  test('a recording is paused and resumed beside its button, with the bridge or by reaction', async () => {
    const on = await renderInCall(<Controls />, {
      meeting: meeting({ way: 'api', rights: RIGHTS, recording: { phase: 'on' } }),
    });
    fireEvent.click(screen.getByTestId('record-pause'));
    cleanup();
    const paused = { phase: 'paused', since_ms: 5, elapsed_ms: 60_000 } as const;
    const rest = await renderInCall(<Controls />, {
      meeting: meeting({ way: 'api', rights: RIGHTS, recording: paused }),
    });
    expect(screen.getByTestId('record').getAttribute('aria-pressed')).toBe('true');
    fireEvent.click(screen.getByTestId('record-pause'));
    expect([on.asked, rest.asked]).toEqual([
      ['command {"action":"pause","what":"recording"}'],
      ['command {"action":"resume","what":"recording"}'],
    ]);
    cleanup();
    const byReaction = await renderInCall(<Controls />, { meeting: meeting({ way: 'room', recording: paused }) });
    fireEvent.click(screen.getByTestId('record-pause'));
    expect(byReaction.asked).toEqual(rest.asked);
  });

  test('a repeated or consumed key is no shortcut', () => {
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'M' }))).toBe('m');
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'm', repeat: true }))).toBeUndefined();
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'm', metaKey: true }))).toBeUndefined();
  });
});
