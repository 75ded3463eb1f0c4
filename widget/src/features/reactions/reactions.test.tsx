/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { createObserver, createStore } from '../../store/index.ts';
import { person } from '../../testing/person.ts';
import { renderInCall } from '../../testing/render.tsx';
import { Controls } from '../controls/index.ts';
import { RIGHTS } from '../../testing/rights.ts';
import { HandMark, HandsHint, RaisedHands } from './index.ts';

afterEach(cleanup);
const defaults = createStore().getState();
const list = [person('me', { self: true }), person('a'), person('b')];
const people = { list, speakerId: undefined };
const hand = (name: string, raisedMs: number) => ({ personId: `@${name}:x|D`, eventId: `$${name}`, raisedMs });
const raised = { ...defaults.reactions, able: true, hands: [hand('b', 1_000), hand('me', 2_000)], hand: 'up' as const };
const rights = { ...RIGHTS, power: 50 };

test('the bar raises and lowers the hand, by button and by key', async () => {
  const { asked } = await renderInCall(<Controls />, { people, reactions: { ...raised, hands: [], hand: 'down' } });
  const button = screen.getByRole('button', { name: 'Hand' });
  expect([button.title, button.getAttribute('aria-pressed')]).toEqual(['Raise your hand (H)', 'false']);
  fireEvent.click(button);
  fireEvent.keyDown(document.body, { key: 'h' });
  expect(asked).toEqual(['hand', 'hand']);
  cleanup();
  await renderInCall(<Controls />, { people, reactions: raised });
  expect(screen.getByTestId('hand-toggle').title).toBe('Lower your hand (H)');
});

test('where the messenger does not let us send them, hands and emoji are not offered', async () => {
  const { asked } = await renderInCall(<Controls />, { people });
  expect([screen.queryByTestId('hand-toggle'), screen.queryByTestId('react')]).toEqual([null, null]);
  fireEvent.keyDown(document.body, { key: 'h' });
  expect(asked).toEqual([]);
});

test('the list says whose turn it is; members lower their own hand, moderators every one', async () => {
  const { asked } = await renderInCall(<RaisedHands />, { people, reactions: raised });
  expect(screen.getAllByTestId('raised-hand').map((item) => item.dataset['userId'])).toEqual(['@b:x', '@me:x']);
  expect(screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(['Lower your hand']);
  fireEvent.click(screen.getByRole('button'));
  cleanup();
  const moderator = await renderInCall(<RaisedHands />, {
    people,
    reactions: raised,
    meeting: { ...defaults.meeting, way: 'api', rights },
  });
  fireEvent.click(screen.getByRole('button', { name: 'Lower the hand of b' }));
  expect([asked, moderator.asked]).toEqual([['hand'], ['lower "$b"']]);
});

test('the tile bears the place in the queue, the top line the number, which opens the list', async () => {
  const { store } = await renderInCall(
    <>
      <HandMark personId="@me:x|D" />
      <HandMark personId="@a:x|D" />
      <HandsHint />
    </>,
    { people, reactions: raised },
  );
  expect(screen.getAllByTestId('hand').map((mark) => mark.title)).toEqual(['Hand raised, number 2']);
  fireEvent.click(screen.getByRole('button', { name: '2 hands raised' }));
  fireEvent.click(screen.getByRole('button', { name: '2 hands raised' }));
  expect(store.getState().screen.panel).toBe('people');
});

test('hands are announced, ours too; a burst of emoji by its first', () => {
  const store = createStore({ people });
  const observer = createObserver(store);
  const emoji = (name: string) => ({ id: `$${name}`, personId: `@${name}:x|D`, emoji: '🎉' });
  observer.onReactions({ ...raised, emojis: [emoji('a')] });
  observer.onReactions({ ...raised, emojis: [emoji('a'), emoji('b')] });
  observer.onReactions({ ...raised, hands: [], emojis: [] });
  const said = store.getState().screen.announcements.map(({ key, name, emoji: shown }) => [key, name, shown].join(' '));
  expect(said.map((text) => text.trim())).toEqual([
    'handUp b',
    'yourHandUp',
    'reacted a 🎉',
    'handDown b',
    'yourHandDown',
  ]);
});
