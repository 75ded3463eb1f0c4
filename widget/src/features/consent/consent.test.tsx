/** @jest-environment jsdom */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import type { ReactElement } from 'react';
import { createStore, selectNotKept, type State } from '../../store/index.ts';
import { consentSlice } from '../../store/slices.ts';
import { renderInCall } from '../../testing/render.tsx';
import { Lobby } from '../lobby/index.ts';
import Ask from './ask.tsx';
import { MyConsent } from './mine.tsx';
import { ConsentNotice } from './notice.tsx';
import { RoomConsentLevel } from './room-level.tsx';

afterEach(cleanup);
const { consent, screen: screenNow } = createStore().getState();
const asked = { ...consent, level: 'ask', way: 'api', working: ['recording'] } as const;

describe('asked in mid-call', () => {
  test('says what for, and takes either answer', async () => {
    const { asked: done } = await renderInCall(<Ask />, { consent: asked });
    const dialog = screen.getByRole('alertdialog', { name: /is being recorded/ });
    expect(dialog.textContent).toContain('go into the recording');
    expect(dialog.textContent).not.toMatch(/written down|external/);
    fireEvent.click(screen.getByRole('button', { name: 'Record me' }));
    fireEvent.click(screen.getByRole('button', { name: 'I do not agree' }));
    expect(done).toEqual([
      'consent ["recording"] "yes" {"language":"en","how":"dialog"}',
      'consent ["recording"] "no" {"language":"en","how":"dialog"}',
    ]);
  });

  test('whoever agreed to the one is not told that nothing is kept while they are asked for the other', async () => {
    const both = { ...asked, working: ['recording', 'transcription'], answers: { recording: 'yes' } } as const;
    await renderInCall(<Ask />, { consent: both });
    const { textContent } = screen.getByRole('alertdialog', { name: /is being transcribed/ });
    expect(textContent).toContain('Until you agree, nothing that you say is written down.');
    expect(textContent).not.toContain('Until you agree, nothing of you');
  });

  test('and why, where it is asked because of externs', async () => {
    await renderInCall(<Ask />, { consent: { ...asked, forExterns: true } });
    expect(screen.getByRole('alertdialog').textContent).toContain('An external participant is in the call');
  });

  test('in French, and for both where one reaction answers for both', async () => {
    await renderInCall(<Ask />, { consent: { ...asked, way: 'room' } }, 'fr');
    expect(screen.getByRole('alertdialog').textContent).toContain('est écrit dans la transcription');
    expect(screen.getByRole('button', { name: 'Accepter les deux' })).toBeTruthy();
  });
});

test('a room can choose what is stricter than the server; where nothing is, it is told so', async () => {
  const { meeting } = createStore().getState();
  const rights = { may_admit: true } as State['meeting']['rights'];
  const choices = async (standard: 'announce' | 'ask') => {
    const levels = { standard, room: undefined };
    await renderInCall(<RoomConsentLevel />, { consent: { ...consent, levels }, meeting: { ...meeting, rights } });
    const found = screen.queryAllByRole('option').map(({ textContent }) => textContent);
    return found;
  };
  expect(await choices('announce')).toEqual([
    'As the server says (announced, nobody is asked)',
    'only those who agree',
  ]);
  cleanup();
  expect(await choices('ask')).toEqual([]);
  expect(screen.getByTestId('consent-level-fixed').textContent).toContain('only those who agree');
});

test('while the recording is paused: the question, and the way to withdraw, do not say that it runs', async () => {
  const paused = { ...asked, paused: ['recording'] } as const;
  const both = { ...paused, working: ['recording', 'transcription'] } as const;
  const question = async (now: typeof consent, language?: 'fr') => {
    await renderInCall(<Ask />, { consent: now }, language);
    const title = screen.getByRole('heading').textContent;
    cleanup();
    return title;
  };
  expect(await question(paused)).toBe(
    'The recording of this meeting is paused. Do you agree to be recorded when it goes on?',
  );
  expect(await question(both)).toContain('is being transcribed, and its recording is paused');
  expect(await question({ ...both, answers: { recording: 'yes' } })).toBe(
    'This meeting is being transcribed. Do you agree?',
  );
  expect(await question(paused, 'fr')).toContain('est en pause');
  const { asked: done } = await renderInCall(<MyConsent />, { consent: { ...paused, answers: { recording: 'yes' } } });
  expect(screen.getByTestId('my-consent').textContent).toContain('Your answer counts when it goes on');
  fireEvent.click(screen.getByRole('checkbox', { name: /I agree to be recorded/ }));
  expect(done).toEqual(['consent ["recording"] "no" {"language":"en","how":"panel"}']);
});

test('what only starts is not said to run, in the question and in the notice', async () => {
  const { meeting } = createStore().getState();
  const said = async (
    what: ReactElement,
    now: typeof consent,
    recording: State['meeting']['recording'],
    language?: 'fr',
  ) => {
    const state = { consent: now, meeting: { ...meeting, recording } };
    await renderInCall(what, state, language);
    const { textContent } = document.body;
    cleanup();
    return textContent;
  };
  const starting = { phase: 'starting' } as const;
  const announced = { ...asked, level: 'announce' } as const;
  const agreed = { ...asked, answers: { recording: 'yes' } } as const;
  for (const [what, now] of [
    [<Ask />, asked],
    [<ConsentNotice />, announced],
  ] as const) {
    expect(await said(what, now, starting)).toContain('This meeting is about to be recorded.');
    expect(await said(what, now, starting, 'fr')).toContain('Cette réunion va être enregistrée.');
    expect(await said(what, now, { phase: 'on', since_ms: 1 })).toContain('This meeting is being recorded.');
    // It goes on after a pause.
    expect(await said(what, now, { phase: 'starting', since_ms: 1 })).toContain('This meeting is being recorded.');
  }
  expect(await said(<ConsentNotice />, agreed, starting)).toContain('You will be recorded');
  expect(await said(<ConsentNotice />, agreed, { phase: 'on', since_ms: 1 })).toContain('You are being recorded');
});

describe('before joining', () => {
  test('of what is kept it is not said that it only begins: the meeting was not asked yet', async () => {
    const { meeting } = createStore().getState();
    const starting = { ...meeting, recording: { phase: 'starting' } } as const;
    await renderInCall(<Lobby />, { consent: asked, meeting: starting });
    expect(screen.getByTestId('lobby-consent').textContent).toContain('This meeting is being recorded.');
  });

  test('nothing is ticked; whoever joins without ticking has said no', async () => {
    const { asked: done } = await renderInCall(<Lobby />, {
      consent: { ...asked, working: ['recording', 'transcription'] },
    });
    const [record, transcribe] = screen.getAllByRole<HTMLInputElement>('checkbox');
    expect([record?.checked, transcribe?.checked]).toEqual([false, false]);
    if (transcribe !== undefined) fireEvent.click(transcribe);
    fireEvent.click(screen.getByTestId('lobby-join'));
    expect(done).toEqual([
      'consent ["transcription"] "yes" {"language":"en","how":"lobby"}',
      'consent ["recording"] "no" {"language":"en","how":"lobby"}',
      'join',
    ]);
  });

  test('where it is only announced, it is said and nothing is asked', async () => {
    const { asked: done } = await renderInCall(<Lobby />, { consent: { ...asked, level: 'announce' } });
    expect(screen.getByTestId('lobby-consent').textContent).toContain('is being recorded');
    expect(screen.queryByRole('checkbox')).toBeNull();
    fireEvent.click(screen.getByTestId('lobby-join'));
    expect(done).toEqual(['join']);
  });

  test.each([
    ['en', ['recording'], 'is paused. It may go on'],
    ['fr', ['recording'], 'est en pause. Il peut reprendre'],
    ['en', ['recording', 'transcription'], 'is being transcribed. Its recording is paused'],
  ] as const)('what is paused is not said to be recorded (%s, %s)', async (language, working, words) => {
    await renderInCall(<Lobby />, { consent: { ...asked, working, paused: ['recording'] } }, language);
    const said = screen.getByTestId('lobby-consent').textContent;
    expect(said).toContain(words);
    expect(said).not.toMatch(/is being recorded|est enregistrée/);
  });
});

test('withdrawn in the list of people', async () => {
  const { asked: done } = await renderInCall(<MyConsent />, { consent: { ...asked, answers: { recording: 'yes' } } });
  fireEvent.click(screen.getByRole('checkbox', { name: /I agree to be recorded/ }));
  expect(done).toEqual(['consent ["recording"] "no" {"language":"en","how":"panel"}']);
});

describe('the notice', () => {
  test('says how this person stands until it is read, and what begins later is news', async () => {
    const { store } = await renderInCall(<ConsentNotice />, { consent: { ...asked, answers: { recording: 'no' } } });
    expect(screen.getByTestId('consent-notice').textContent).toContain('You are not recorded');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByTestId('consent-notice')).toBeNull();
    const show = (next: typeof consent): void =>
      act(() => void store.dispatch(consentSlice.actions.consentChanged(next)));
    show({ ...asked, working: [] });
    show({ ...asked, answers: { recording: 'no' } });
    expect(screen.getByTestId('consent-notice').dataset['kind']).toBe('out');
  });

  test('in a pause it does not say that somebody is recorded; that it goes on is news', async () => {
    const agreed = { ...asked, answers: { recording: 'yes' } } as const;
    const { store } = await renderInCall(<ConsentNotice />, { consent: agreed });
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    const show = (paused: typeof consent.paused): void =>
      act(() => void store.dispatch(consentSlice.actions.consentChanged({ ...agreed, paused })));
    show(['recording']);
    expect(screen.queryByTestId('consent-notice')).toBeNull();
    show([]);
    expect(screen.getByTestId('consent-notice').dataset['kind']).toBe('in');
  });

  test('a confirmed answer leaves by itself, and when the list of people says it, too; an announcement waits', async () => {
    jest.useFakeTimers();
    try {
      const agreed = { ...asked, answers: { recording: 'yes' } } as const;
      await renderInCall(<ConsentNotice />, { consent: agreed });
      expect(screen.getByTestId('consent-notice').dataset['kind']).toBe('in');
      act(() => {
        jest.advanceTimersByTime(13_000);
      });
      expect(screen.queryByTestId('consent-notice')).toBeNull();
      cleanup();
      await renderInCall(<ConsentNotice />, { consent: agreed, screen: { ...screenNow, panel: 'people' } });
      expect(screen.queryByTestId('consent-notice')).toBeNull();
      cleanup();
      await renderInCall(<ConsentNotice />, { consent: { ...asked, level: 'announce' } });
      act(() => {
        jest.advanceTimersByTime(60_000);
      });
      expect(screen.getByTestId('consent-notice').dataset['kind']).toBe('now');
    } finally {
      jest.useRealTimers();
    }
  });

  test('a transcript has its own sign, not that of a recording', async () => {
    const transcribed = { ...asked, working: ['transcription'], answers: { transcription: 'yes' } } as const;
    await renderInCall(<ConsentNotice />, { consent: transcribed });
    const sign = (): string => screen.getByTestId('consent-notice').querySelector('svg')?.getAttribute('class') ?? '';
    expect(sign()).toContain('file-text');
    cleanup();
    await renderInCall(<ConsentNotice />, { consent: { ...transcribed, answers: { transcription: 'no' } } });
    expect(sign()).toContain('file-x');
    cleanup();
    await renderInCall(<ConsentNotice />, { consent: { ...asked, answers: { recording: 'yes' } } });
    expect(sign()).toContain('circle-dot');
  });

  test('nobody loses what they are about to press', async () => {
    jest.useFakeTimers();
    try {
      await renderInCall(<ConsentNotice />, { consent: { ...asked, answers: { recording: 'no' } } });
      screen.getByRole('button', { name: 'Dismiss' }).focus();
      act(() => {
        jest.advanceTimersByTime(60_000);
      });
      expect(screen.queryByTestId('consent-notice')).not.toBeNull();
    } finally {
      jest.useRealTimers();
    }
  });

  test('an answer that did not get through is said', async () => {
    const { asked: done } = await renderInCall(<ConsentNotice />, { consent: { ...asked, failure: 'NETWORK' } });
    expect(screen.getByTestId('notice').textContent).toContain('does not count');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(done).toEqual(['dismiss consent']);
  });
});

test('a withdrawal that this widget cannot make: what can is said, in both languages', async () => {
  await renderInCall(<ConsentNotice />, { consent: { ...asked, failure: 'STILL_KEPT' } });
  expect(screen.getByTestId('notice').textContent).toContain('reply “no”');
  cleanup();
  await renderInCall(<ConsentNotice />, { consent: { ...asked, failure: 'STILL_KEPT' } }, 'fr');
  expect(screen.getByTestId('notice').textContent).toContain('répondez «\u00a0non\u00a0»');
});

test('who is not kept, by what is being kept', () => {
  const of = (change: Partial<typeof consent>) =>
    selectNotKept(createStore({ consent: { ...consent, ...change } }).getState(), '@a:x');
  const both = ['recording', 'transcription'] as const;
  expect(of({ level: 'announce', working: both })).toBeUndefined();
  expect(of({ level: 'ask', working: both })).toBe('both');
  expect(of({ level: 'ask', working: both, agreed: { '@a:x': ['recording'] } })).toBe('transcription');
  expect(of({ level: 'ask', working: ['recording'], agreed: { '@a:x': ['recording'] } })).toBeUndefined();
  expect(of({ level: 'ask', working: both, paused: ['recording'] })).toBe('transcription');
});
