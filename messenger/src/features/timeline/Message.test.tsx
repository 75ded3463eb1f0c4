/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MeetingBlock } from '@palabre/protocol';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { MemberRow, MessageItem } from '../../store/model.ts';
import { rooms } from '../../store/slices.ts';
import { createStore } from '../../store/store.ts';
import { messageItem } from '../../testing/message-item.ts';
import { Message } from './Message.tsx';

beforeEach(async () => {
  await startWords('en');
  // jsdom has none.
  Object.assign(globalThis, { CSS: { escape: (text: string) => text } });
});
afterEach(cleanup);

const meeting: MeetingBlock = {
  kind: 'meeting',
  meeting_id: 'm',
  state: 'running',
  started_ms: 0,
  participants: [],
  consent: { agreed: 0, others: 2 },
};
const item = (more: Partial<MessageItem> = {}): MessageItem => messageItem('$root', { block: meeting, ...more });

function open(shown: MessageItem, role: MemberRow['role'] = 'member') {
  const store = createStore({ theme: 'light', language: 'en' });
  const rows = [{ userId: '@a:x', name: 'Alice', me: true, role }] as MemberRow[];
  const members = { rows, mayInvite: false, watched: true, otherWatchers: [] };
  store.dispatch(rooms.actions.membersChanged({ roomId: '!r', members }));
  const done: string[] = [];
  const account = {
    media: {},
    actions: {
      react: (_room: string, id: string, symbol: string) => Promise.resolve(done.push(`react ${id} ${symbol}`)),
      remove: (_room: string, id: string) => Promise.resolve(done.push(`remove ${id}`)),
    },
  } as unknown as Account;
  render(
    <Provider store={store}>
      <AccountContext value={account}>
        <Message roomId="!r" item={shown} continued={false} inThread={false} />
      </AccountContext>
    </Provider>,
  );
  return done;
}
const signs = (): readonly (string | null)[] => {
  fireEvent.click(screen.getByRole('button', { name: 'Add a reaction' }));
  return screen.queryAllByTestId('sign').map(({ textContent }) => textContent);
};

test('on a meeting that runs, everybody is offered the answers and moderators the commands', () => {
  open(item());
  expect(signs()).toEqual(['✅I agree', '❌I do not agree']);
  cleanup();
  open(item({ block: { ...meeting, consent: undefined } }), 'moderator');
  expect(signs()).toEqual([
    '🔴Record',
    '⏸Pause the recording',
    '▶Resume the recording',
    '📝Transcribe',
    '💬Live captions',
    '⏹Stop recording and transcription',
  ]);
  cleanup();
  open(item({ block: { ...meeting, state: 'ended' } }), 'moderator');
  expect(signs()).toEqual([]);
});

test('a command that stands there already is given anew', async () => {
  const reactions = [{ symbol: '⏹\uFE0F', names: ['Alice'], mineId: '$mine', mineMs: 1 }];
  const done = open(item({ reactions }), 'moderator');
  signs();
  fireEvent.click(screen.getByText('Stop recording and transcription'));
  await waitFor(() => expect(done).toEqual(['remove $mine', 'react $root ⏹']));
});

const mine = (symbol: string, mineMs: number) => ({ symbol, names: ['Alice'], mineId: `$${mineMs}`, mineMs });
test.each([
  ['I do not agree', [mine('✅', 1)], ['react $root ❌', 'remove $1']],
  ['I agree', [mine('❌', 1)], ['react $root ✅', 'remove $1']],
  // Another client leaves both.
  ['I agree', [mine('✅', 1), mine('❌', 2)], ['remove $1', 'react $root ✅', 'remove $2']],
  // From before anybody was asked, or withdrawn since in the call.
  ['I agree', [mine('✅', 1)], ['remove $1', 'react $root ✅']],
])('%s: it is given anew, and of the two answers one stands in the end', async (sign, reactions, sent) => {
  const done = open(item({ reactions }));
  signs();
  fireEvent.click(screen.getByText(sign));
  await waitFor(() => expect(done).toEqual(sent));
});

test('an answer that somebody else gave is joined: one’s own other one goes', async () => {
  const theirs = { symbol: '❌', names: ['Bob'], mineId: undefined, mineMs: undefined };
  const done = open(item({ reactions: [mine('✅', 1), theirs] }));
  fireEvent.click(screen.getByTitle(/Bob/));
  await waitFor(() => expect(done).toEqual(['react $root ❌', 'remove $1']));
});

test('whoever may remove a result is asked first, and told what goes with it', () => {
  open(item());
  expect(screen.queryByRole('button', { name: 'Remove message' })).toBeNull();
  cleanup();
  const done = open(item({ removable: true }));
  fireEvent.click(screen.getByRole('button', { name: 'Remove message' }));
  expect(screen.getByRole('alertdialog').textContent).toContain('All results of the meeting are deleted, too');
  expect(done).toEqual([]);
});
