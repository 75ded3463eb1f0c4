/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
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
  watcher_joined: true,
  watcher_user_id: '@p:x',
  scribe_user_id: '@s:x',
  watcher_may_invite: true,
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
