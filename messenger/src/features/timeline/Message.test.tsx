/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MeetingBlock, ResultBlock } from '@palabre/protocol';
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

const mine = (symbol: string, mineMs: number) => ({ symbol, names: ['Alice'], mineId: `$${mineMs}`, mineMs });

test('on a meeting that runs, everybody is offered the answers and moderators the commands', () => {
  open(item());
  expect(signs()).toEqual(['✅I agree', '❌I do not agree']);
  cleanup();
  open(item({ block: { ...meeting, consent: undefined } }), 'moderator');
  expect(signs()).toEqual([
    '🔴Record',
    '⏸\uFE0FPause the recording',
    '▶\uFE0FResume the recording',
    '📝Transcribe',
    '💬Live captions',
    '⏹\uFE0FStop recording and transcription',
  ]);
  cleanup();
  open(item({ block: { ...meeting, state: 'ended' } }), 'moderator');
  expect(signs()).toEqual([]);
});

test.each<[Partial<MeetingBlock>, string[]]>([
  [{ working: [] }, ['Record', 'Transcribe', 'Live captions']],
  [
    { working: ['recording'], recording: { phase: 'on' } },
    ['Pause the recording', 'Transcribe', 'Live captions', 'Stop recording and transcription'],
  ],
  [
    { working: ['recording', 'transcription'], recording: { phase: 'paused' } },
    ['Resume the recording', 'Live captions', 'Stop recording and transcription'],
  ],
])('moderators are offered what makes sense while %j', (state, names) => {
  open(item({ block: { ...meeting, consent: undefined, ...state } }), 'moderator');
  expect(signs().map((sign) => sign?.replace(/^\P{Letter}*/u, ''))).toEqual(names);
});

test('what is drawn as a picture is sent as the bots know it', async () => {
  const done = open(item({ reactions: [mine('▶', 1)] }), 'moderator');
  expect(screen.getByTitle('▶ by Alice').textContent).toBe('▶\uFE0F1');
  signs();
  fireEvent.click(screen.getByText('Resume the recording'));
  await waitFor(() => expect(done).toEqual(['remove $1', 'react $root ▶']));
});

test('a command that stands there already is given anew', async () => {
  const reactions = [{ symbol: '⏹\uFE0F', names: ['Alice'], mineId: '$mine', mineMs: 1 }];
  const done = open(item({ reactions }), 'moderator');
  signs();
  fireEvent.click(screen.getByText('Stop recording and transcription'));
  await waitFor(() => expect(done).toEqual(['remove $mine', 'react $root ⏹']));
});

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

const recording: ResultBlock = { kind: 'recording', meeting_id: 'm', started_ms: 0, duration_ms: 1, gaps: [] };
test.each<[MessageItem['block'], string, string, string]>([
  [undefined, 'Remove message', 'Remove this message?', 'It disappears for everybody in the room.'],
  [recording, 'Delete recording', 'Delete this recording?', 'with its captions, for everybody in the room'],
  [meeting, 'Delete results', 'Delete all results of this meeting?', 'This cannot be undone.'],
])('whoever may take something away is asked first, and told what goes with it (%#)', (block, name, title, body) => {
  open(item({ block }));
  expect(screen.queryByRole('button', { name })).toBeNull();
  cleanup();
  const done = open(item({ block, removable: true }));
  fireEvent.click(screen.getByRole('button', { name }));
  const question = screen.getByRole('alertdialog');
  expect(question.textContent).toContain(title);
  expect(question.textContent).toContain(body);
  expect(done).toEqual([]);
});
