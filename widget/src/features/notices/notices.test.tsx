/** @jest-environment jsdom */
import { afterEach, describe, expect, test } from '@jest/globals';
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import type { MeetingState } from '../../call/index.ts';
import { createStore } from '../../store/index.ts';
import { peopleSlice } from '../../store/slices.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { SMALL_CALL } from '../../ui/media-query.ts';
import { Notices } from './notices.tsx';

afterEach(cleanup);
const { call, local, meeting } = createStore().getState();

describe('notices', () => {
  test('a lost connection is said while it lasts', async () => {
    await renderInCall(<Notices />, { call: { ...call, phase: 'joined', connection: 'reconnecting' } });
    expect(screen.getByRole('status').textContent).toContain('Reconnecting');
  });

  test('device trouble can be put away', async () => {
    await renderInCall(<Notices />, {
      local: { ...local, camera: { wanted: false, phase: 'off', trouble: 'denied' } },
    });
    expect(screen.getAllByTestId('notice')).toHaveLength(1);
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByTestId('notice')).toBeNull();
  });

  test('a device that its owner did not confirm is named once, ours before all others', async () => {
    const bob = person('bob', { trust: 'unsigned' });
    const { store } = await renderInCall(<Notices />, { people: { list: [bob, person('c')], speakerId: undefined } });
    expect(screen.getByTestId('notice').textContent).toContain('A device of bob is not confirmed');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByTestId('notice')).toBeNull();
    const me = person('me', { self: true, trust: 'unsigned' });
    act(() => void store.dispatch(peopleSlice.actions.peopleChanged([me, bob])));
    expect(screen.getByTestId('notice').textContent).toContain('This device is not confirmed');
  });

  test('minutes that wait do not stand over a small call', async () => {
    const draft = { id: 'd' } as MeetingState['minutes']['drafts'][number];
    const state = { meeting: { ...meeting, minutes: { ...meeting.minutes, drafts: [draft] } } };
    await renderInCall(<Notices />, state);
    expect(screen.getByTestId('minutes-read')).not.toBeNull();
    cleanup();
    await renderInCall(<Notices />, state, 'en', SMALL_CALL);
    expect(screen.queryByTestId('notice')).toBeNull();
  });

  const failed = (recording: string | undefined, transcription: string | undefined) => ({
    ...meeting,
    failures: { recording, transcription, captions: undefined },
  });

  test('a refused command says what to do, an unknown one names its code', async () => {
    await renderInCall(<Notices />, { meeting: failed('PALABRE_WATCHER_ABSENT', 'PALABRE_WATCHER_ABSENT') });
    expect(screen.getByTestId('notice').textContent).toContain('Invite @palabre');
    cleanup();
    const { asked } = await renderInCall(<Notices />, { meeting: failed(undefined, 'M_STRANGE') });
    expect(screen.getByTestId('notice').textContent).toContain('M_STRANGE');
    fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(asked).toEqual(['dismiss M_STRANGE']);
  });

  test.each([
    [false, 'turn on encryption'],
    [true, 'cannot tell'],
  ])('people beyond reach, in an encrypted call %j: what to do about it', async (encrypted, todo) => {
    await renderInCall(<Notices />, {
      call: { ...call, phase: 'joined', encrypted },
      people: { list: [person('b', { media: 'needs_encryption' })], speakerId: undefined },
    });
    expect(screen.getByRole('status').textContent).toContain(todo);
  });

  test('sound that waits for a click offers it', async () => {
    const { asked } = await renderInCall(<Notices />, { call: { ...call, phase: 'joined', soundBlocked: true } });
    fireEvent.click(screen.getByRole('button', { name: 'Play sound' }));
    expect(asked).toEqual(['sound']);
  });

  const waiting = (...names: string[]) => ({
    ...meeting,
    lobby: {
      count: names.length,
      people: names.map((name) => ({ userId: `@${name}:y`, name, sinceMs: 1 })),
      deciding: [],
      failure: undefined,
    },
  });

  test('somebody who waits can be let in at once; of several the list is shown', async () => {
    const { asked } = await renderInCall(<Notices />, { meeting: waiting('bob') });
    expect(screen.getByTestId('notice').textContent).toContain('bob waits to be let in');
    fireEvent.click(screen.getByRole('button', { name: 'Let bob in' }));
    expect(asked).toEqual(['decide ["@bob:y"] "admit"']);
    cleanup();
    const { store } = await renderInCall(<Notices />, { meeting: waiting('bob', 'carol') });
    expect(screen.getByTestId('notice').textContent).toContain('2 people wait');
    fireEvent.click(screen.getByRole('button', { name: 'Show' }));
    expect([store.getState().screen.panel, screen.queryByTestId('notice')]).toEqual(['people', null]);
  });

  test('the end of our time, and doors of others that are closed', async () => {
    await renderInCall(<Notices />, {
      call: { ...call, minutesLeft: 1, barriers: [{ host: 'sfu.y', why: 'waiting' }] },
    });
    const texts = screen.getAllByTestId('notice').map(({ textContent }) => textContent);
    expect(texts).toEqual([
      'Your time in this call ends in less than 1 minute.',
      expect.stringContaining('Somebody must let you in at sfu.y'),
    ]);
  });
});
