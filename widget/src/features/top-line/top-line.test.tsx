/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import type { ScribePhase } from '@palabre/protocol';
import { createStore } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { RIGHTS } from '../../testing/rights.ts';
import { TopLine } from './top-line.tsx';

afterEach(cleanup);
const { meeting, consent } = createStore().getState();

test.each<[ScribePhase, string]>([
  ['off', 'state-detail'],
  ['on', 'visually-hidden'],
])('the scribe is shown in words unless a mark beside it says what goes on (%s)', async (phase, className) => {
  await renderInCall(<TopLine />, {
    meeting: { ...meeting, rights: RIGHTS, transcription: { phase } },
    people: { list: [person('s')], speakerId: undefined },
  });
  expect(screen.getByTestId('scribe').title).toBe('The scribe is listening');
  expect(screen.getByText('The scribe is listening').className).toBe(className);
});

test('what another organisation’s scribe records is shown as what ours does', async () => {
  const elsewhere = { recording: { phase: 'on', since_ms: Date.now() }, transcription: { phase: 'off' } } as const;
  await renderInCall(<TopLine />, { consent: { ...consent, elsewhere } });
  expect(screen.getByTestId('recording-state').dataset['phase']).toBe('on');
  expect(screen.queryByTestId('transcription-state')).toBeNull();
  cleanup();
  const paused = { phase: 'paused', elapsed_ms: 1_000 } as const;
  await renderInCall(<TopLine />, { meeting: { ...meeting, recording: paused }, consent: { ...consent, elsewhere } });
  expect(screen.getByTestId('recording-state').dataset['phase']).toBe('paused');
});

test('everybody sees how many wait; whoever may let them in gets to the list', async () => {
  const lobby = { count: 2, people: [], deciding: [], failure: undefined };
  await renderInCall(<TopLine />, { meeting: { ...meeting, rights: RIGHTS, lobby } });
  expect([screen.getByTestId('waiting-state').tagName, screen.getByTestId('waiting-state').title]).toEqual([
    'SPAN',
    '2 people wait to be let in',
  ]);
  cleanup();
  const { store } = await renderInCall(<TopLine />, {
    meeting: { ...meeting, rights: { ...RIGHTS, may_admit: true }, lobby },
  });
  fireEvent.click(screen.getByRole('button', { name: '2 waiting' }));
  expect(store.getState().screen.panel).toBe('people');
});

test('where media is not encrypted and passes through other servers, they are named in full for everybody', async () => {
  const list = [person('a'), person('b', { operator: 'agency.example' })];
  await renderInCall(<TopLine />, { people: { list, speakerId: undefined } });
  const mark = screen.getByTestId('through');
  expect(mark.textContent).toContain('Not encrypted, via agency.example');
  const spoken = 'Not encrypted: sound and pictures also pass through servers of agency.example';
  expect(screen.getByText(spoken).className).toBe('visually-hidden');
  expect(mark.title).toBe(spoken);
});

test('nothing is said of servers while only ours are in use', async () => {
  await renderInCall(<TopLine />, { people: { list: [person('a')], speakerId: undefined } });
  expect(screen.queryByTestId('through')).toBeNull();
});

test('the clock of the recording is part of its mark; that of the call stands beside the name, and both say what they count', async () => {
  await renderInCall(<TopLine />, {
    meeting: { ...meeting, rights: RIGHTS, recording: { phase: 'paused', elapsed_ms: 322_000 } },
    people: { list: [person('a', { joinedMs: Date.now() })], speakerId: undefined },
  });
  const recorded = screen.getByTitle('Recorded so far');
  expect(recorded.textContent).toBe('Recorded so far 5:22');
  expect(screen.getByTestId('recording-state').contains(recorded)).toBe(true);
  const lasted = screen.getByTitle('Duration of the call');
  expect(lasted.textContent).toBe('Duration of the call 0:00');
  expect(lasted.previousElementSibling?.tagName).toBe('H1');
});

test.each([
  ['en', 'Recording resumes…', 'Recorded so far 5:22'],
  ['fr', 'L’enregistrement reprend…', 'Durée enregistrée 5:22'],
] as const)(
  'a recording that is resumed does not start: it resumes, and keeps what was recorded in sight (%s)',
  async (language, says, recorded) => {
    const recording = { phase: 'starting', since_ms: Date.now() - 900_000, elapsed_ms: 322_000 } as const;
    await renderInCall(<TopLine />, { meeting: { ...meeting, rights: RIGHTS, recording } }, language);
    const mark = screen.getByTestId('recording-state');
    expect(mark.title).toBe(says);
    expect(mark.querySelector('time')?.textContent).toBe(recorded);
  },
);

test.each<[ScribePhase, string, string]>([
  ['starting', 'REC…', '…'],
  ['on', 'REC', ''],
  ['stopping', 'REC…', '…'],
  ['failed', 'REC', ''],
])(
  'on a phone what is %s has few letters, and its words for screen readers and on hover',
  async (phase, rec, other) => {
    await renderInCall(<TopLine />, { meeting: { ...meeting, recording: { phase }, transcription: { phase } } });
    for (const [id, letters] of [
      ['recording-state', rec],
      ['transcription-state', other],
    ] as const) {
      const mark = screen.getByTestId(id);
      expect(mark.querySelector('.state-short')?.textContent).toBe(letters);
      expect(mark.querySelector('.state-word')?.textContent).toBe(mark.title);
      expect(mark.title.length).toBeGreaterThan(5);
    }
  },
);
