/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { Preview, RoomSummary } from '../../store/model.ts';
import { createStore } from '../../store/store.ts';
import { RoomRow } from './RoomRow.tsx';

afterEach(cleanup);

test.each<[string, Pick<Preview, 'kind' | 'text' | 'code'>, string]>([
  [
    'a notice that is known',
    { kind: 'notice', text: 'As posted.', code: 'recording_empty' },
    'Rien n’a été enregistré',
  ],
  ['one that names people', { kind: 'notice', text: 'As posted.', code: 'minutes_approved' }, 'As posted.'],
  ['a text', { kind: 'text', text: 'As written.' }, 'As written.'],
])('the last words of a room, %s, read in the reader’s language where they can', async (_, words, shown) => {
  await startWords('fr');
  const room = { id: '!r:x', name: 'Budget', membership: 'join', preview: { senderName: 'S', mine: false, ...words } };
  render(
    <Provider store={createStore({ theme: 'light', language: 'fr' })}>
      <AccountContext value={{ media: {} } as unknown as Account}>
        <RoomRow room={room as unknown as RoomSummary} selected={false} />
      </AccountContext>
    </Provider>,
  );
  expect(screen.getByTestId('room-list-item').textContent).toContain(shown);
});
