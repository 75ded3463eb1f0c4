/** @jest-environment jsdom */
import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import type { MeetingState } from '../../call/index.ts';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import { SMALL_CALL } from '../../ui/media-query.ts';
import { Controls } from './controls.tsx';
import MoreMenu from './more-menu.tsx';
import { shortcutOf } from './shortcuts.ts';

afterEach(cleanup);
const defaults = createStore().getState();
const meeting = (change: Partial<MeetingState>) => ({ ...defaults.meeting, ...change });
const rights = {
  power: 100,
  moderator: true,
  may_record: true,
  may_transcribe: true,
  may_admit: false,
  may_redact: true,
  may_caption: true,
  watcher_joined: true,
  watcher_user_id: '@p:x',
  scribe_user_id: '@s:x',
  watcher_may_invite: true,
  direct: false,
};

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
    await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights }) }, 'en', SMALL_CALL);
    const names = screen.getAllByRole('button').map((button) => button.dataset['testid']);
    expect(names).toEqual(['toggle-mic', 'toggle-cam', 'leave']);
  });

  test.each([
    ['direct messages', meeting({ direct: true, way: 'room' })],
    ['replaced by a newer one', meeting({ way: 'api', rights, replaced: true })],
    ['@p:x must be invited', meeting({ way: 'api', rights: { ...rights, watcher_joined: false } })],
  ])('the menu says why nobody can record: %s', async (words, state) => {
    await renderInCall(<MoreMenu narrow={false} open onReact={undefined} />, { meeting: state });
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
      meeting: meeting({ way: 'api', rights: { ...rights, may_transcribe: false } }),
    });
    expect(screen.queryByTestId('record')).not.toBeNull();
    expect(screen.queryByTestId('transcribe')).toBeNull();
  });

  test('the same button starts and stops, and shows that it waits', async () => {
    const { asked } = await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights }) });
    fireEvent.click(screen.getByTestId('record'));
    cleanup();
    const running = await renderInCall(<Controls />, {
      meeting: meeting({
        way: 'api',
        rights,
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

  test('a recording is paused and resumed beside its button, by the bridge only', async () => {
    const on = await renderInCall(<Controls />, {
      meeting: meeting({ way: 'api', rights, recording: { phase: 'on' } }),
    });
    fireEvent.click(screen.getByTestId('record-pause'));
    cleanup();
    const paused = { phase: 'paused', since_ms: 5, elapsed_ms: 60_000 } as const;
    const rest = await renderInCall(<Controls />, { meeting: meeting({ way: 'api', rights, recording: paused }) });
    expect(screen.getByTestId('record').getAttribute('aria-pressed')).toBe('true');
    fireEvent.click(screen.getByTestId('record-pause'));
    expect([on.asked, rest.asked]).toEqual([
      ['command {"action":"pause","what":"recording"}'],
      ['command {"action":"resume","what":"recording"}'],
    ]);
    cleanup();
    await renderInCall(<Controls />, { meeting: meeting({ way: 'room', recording: { phase: 'on' } }) });
    expect(screen.queryByTestId('record-pause')).toBeNull();
  });

  test('a repeated or consumed key is no shortcut', () => {
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'M' }))).toBe('m');
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'm', repeat: true }))).toBeUndefined();
    expect(shortcutOf(new KeyboardEvent('keydown', { key: 'm', metaKey: true }))).toBeUndefined();
  });
});
