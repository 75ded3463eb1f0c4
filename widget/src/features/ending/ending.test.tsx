/** @jest-environment jsdom */
import { afterEach, describe, expect, test } from '@jest/globals';
import { act, cleanup, screen } from '@testing-library/react';
import { createStore } from '../../store/index.ts';
import { meetingSlice } from '../../store/slices.ts';
import { renderInCall } from '../../testing/render.tsx';
import { Ending } from './ending.tsx';

afterEach(cleanup);
const { call, meeting } = createStore().getState();
const left = { ...call, phase: 'ended' as const, end: 'left' as const };

describe('after the call', () => {
  test('nothing is said to be kept when nothing was recorded', async () => {
    await renderInCall(<Ending />, { call: left });
    expect(screen.getByTestId('ending').textContent).toContain('You can join again');
    expect(screen.getByTestId('ending').textContent).not.toContain('kept');
  });

  test.each(['recording', 'transcription'] as const)('a %s that went on, though it is over, is', async (what) => {
    const { store } = await renderInCall(<Ending />, { call: left });
    const { meetingChanged } = meetingSlice.actions;
    act(() => void store.dispatch(meetingChanged({ ...meeting, [what]: { ...meeting[what], phase: 'on' } })));
    act(() => void store.dispatch(meetingChanged(meeting)));
    expect(screen.getByTestId('ending').textContent).toContain('is kept in the room');
  });
});
