/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import type { MeetingState } from '../../call/index.ts';
import { createStore } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import People from './people.tsx';

afterEach(cleanup);
const { call, meeting } = createStore().getState();
const rights = { scribe_user_id: '@s:x' } as NonNullable<MeetingState['rights']>;

test.each([
  [true, 'End-to-end encrypted, device confirmed'],
  [false, undefined],
])('the scribe says whether its device is confirmed (encrypted call: %j)', async (encrypted, words) => {
  await renderInCall(<People />, {
    call: { ...call, encrypted },
    meeting: { ...meeting, rights },
    people: { list: [person('s', { trust: 'signed' })], speakerId: undefined },
  });
  const note = screen.getByTestId('people-scribe');
  expect(note.querySelector('.person-encryption-text')?.textContent).toBe(words);
});

test('another device of its account has a row of its own, with the mark it deserves', async () => {
  const added = person('s', { id: 'added', trust: 'unsigned' });
  await renderInCall(<People />, {
    call: { ...call, encrypted: true },
    meeting: { ...meeting, rights },
    people: { list: [person('s', { trust: 'signed' }), added], speakerId: undefined },
  });
  expect(screen.getByTestId('person').textContent).toContain('Device not confirmed by its owner');
  expect(screen.getByTestId('people-scribe').textContent).not.toContain('not confirmed');
  expect(screen.getByText('1 person in the call')).toBeTruthy();
});
