/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { minutesBlockSchema } from '@palabre/protocol';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { createStore } from '../../store/index.ts';
import { renderInCall } from '../../testing/render.tsx';
import { DraftForm } from './draft-form.tsx';

afterEach(cleanup);

const source = { user_id: '@b:x', name: 'Bob', start_ms: 65_000, end_ms: 70_000 };
const draft = {
  id: 'd',
  revision: 3,
  meeting_started_ms: 1,
  until_ms: 86_400_000,
  minutes: minutesBlockSchema.parse({
    kind: 'minutes',
    meeting_id: 'm',
    duration_ms: 1,
    participants: [],
    method: 'model',
    model: 'small',
    operator: 'the town',
    place: 'Lyon',
    decisions: [
      { text: 'A larger budget.', sources: [source] },
      { text: 'No garden.', sources: [source] },
    ],
    actions: [{ text: 'Send the plan', who: 'Bob', due: 'Friday', sources: [source] }],
    left_out: 1,
    extract: [{ user_id: '@b:x', name: 'Bob', start_ms: 0, text: 'We agreed.' }],
  }),
};
const { meeting } = createStore().getState();
const type = (element: HTMLElement, value: string): void => void fireEvent.change(element, { target: { value } });
const sent = (asked: readonly string[]): unknown => JSON.parse((asked.at(-1) ?? '').replace('minutes ', ''));

test('what is corrected, taken out and added is sent with what it comes from', async () => {
  const { asked } = await renderInCall(<DraftForm draft={draft} />);
  expect(screen.getByText(/operated by the town, Lyon/)).toBeDefined();
  expect(screen.getByText(/1 statement was left out/)).toBeDefined();
  expect(screen.getAllByText('Said at 1:05 (Bob)')).toHaveLength(3);
  type(screen.getByRole('textbox', { name: 'Purpose' }), ' The building ');
  fireEvent.click(screen.getByRole('button', { name: 'Remove Decision 1' }));
  type(screen.getByRole('textbox', { name: 'When' }), 'Monday');
  fireEvent.click(screen.getByRole('button', { name: 'Add a question' }));
  type(screen.getByRole('textbox', { name: 'Open question 1' }), 'Who pays?');
  fireEvent.click(screen.getByRole('button', { name: 'Remove sentence 1' }));
  fireEvent.click(screen.getByRole('button', { name: 'Approve and post' }));
  expect(sent(asked)).toEqual({
    action: 'approve',
    id: 'd',
    revision: 3,
    edit: {
      purpose: 'The building',
      decisions: [{ from: 1, text: 'No garden.' }],
      actions: [{ from: 0, text: 'Send the plan', who: 'Bob', due: 'Monday' }],
      questions: [{ from: null, text: 'Who pays?' }],
      extract: [],
    },
  });
});

test('nothing empty is sent', async () => {
  const { asked } = await renderInCall(<DraftForm draft={draft} />);
  fireEvent.click(screen.getByRole('button', { name: 'Add a decision' }));
  fireEvent.click(screen.getByRole('button', { name: 'Approve and post' }));
  expect(asked).toEqual([]);
  expect(screen.getByRole('alert').textContent).toBe('Fill in or remove what is empty.');
});

test('discarding is asked twice', async () => {
  const { asked } = await renderInCall(<DraftForm draft={draft} />, {}, 'fr');
  fireEvent.click(screen.getByRole('button', { name: 'Supprimer…' }));
  fireEvent.click(screen.getByRole('button', { name: 'Conserver' }));
  expect(asked).toEqual([]);
  fireEvent.click(screen.getByRole('button', { name: 'Supprimer…' }));
  fireEvent.click(screen.getByRole('button', { name: 'Supprimer définitivement' }));
  expect(sent(asked)).toEqual({ action: 'discard', id: 'd', revision: 3 });
});

test('what another moderator saved meanwhile is shown when asked for, not forced', async () => {
  const failed = { meeting: { ...meeting, minutes: { ...meeting.minutes, failure: 'PALABRE_WRONG_STATE' } } };
  function Page() {
    const [saved, setSaved] = useState(false);
    const theirs = { ...draft.minutes, purpose: { text: 'Theirs', sources: [] } };
    return (
      <>
        <button onClick={() => setSaved(true)}>meanwhile</button>
        <DraftForm draft={saved ? { ...draft, revision: 4, minutes: theirs } : draft} />
      </>
    );
  }
  const { asked } = await renderInCall(<Page />, failed);
  const purpose = (): string => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Purpose' }).value;
  type(screen.getByRole('textbox', { name: 'Purpose' }), 'Mine');
  fireEvent.click(screen.getByRole('button', { name: 'meanwhile' }));
  expect(purpose()).toBe('Mine');
  fireEvent.click(screen.getByRole('button', { name: 'Show the current text' }));
  expect(purpose()).toBe('Theirs');
  fireEvent.click(screen.getByRole('button', { name: 'Approve and post' }));
  expect(sent(asked)).toMatchObject({ revision: 4, edit: { purpose: 'Theirs' } });
});
