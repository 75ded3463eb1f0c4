/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import type { ScribePhase } from '@palabre/protocol';
import { createStore } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { TopLine } from './top-line.tsx';

afterEach(cleanup);
const { meeting } = createStore().getState();
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

test.each<[ScribePhase, string]>([
  ['off', 'state-detail'],
  ['on', 'visually-hidden'],
])('the scribe is shown in words unless a mark beside it says what goes on (%s)', async (phase, className) => {
  await renderInCall(<TopLine />, {
    meeting: { ...meeting, rights, transcription: { phase } },
    people: { list: [person('s')], speakerId: undefined },
  });
  expect(screen.getByTestId('scribe').title).toBe('The scribe is listening');
  expect(screen.getByText('The scribe is listening').className).toBe(className);
});

test('everybody sees how many wait; whoever may let them in gets to the list', async () => {
  const lobby = { count: 2, people: [], deciding: [], failure: undefined };
  await renderInCall(<TopLine />, { meeting: { ...meeting, rights, lobby } });
  expect([screen.getByTestId('waiting-state').tagName, screen.getByTestId('waiting-state').title]).toEqual([
    'SPAN',
    '2 people wait to be let in',
  ]);
  cleanup();
  const { store } = await renderInCall(<TopLine />, {
    meeting: { ...meeting, rights: { ...rights, may_admit: true }, lobby },
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
