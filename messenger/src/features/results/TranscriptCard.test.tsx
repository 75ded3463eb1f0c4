/** @jest-environment jsdom */
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type { TranscriptBlock, TranscriptCorrection } from '@palabre/protocol';
import { cleanup, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { MessageItem } from '../../store/model.ts';
import { rooms } from '../../store/slices.ts';
import { createStore } from '../../store/store.ts';
import { messageItem } from '../../testing/message-item.ts';
import { Surrounded } from '../transcript/Surrounded.tsx';
import { TranscriptCard } from './TranscriptCard.tsx';

beforeAll(() => startWords('en'));
afterEach(cleanup);

const line = (id: string, startMs: number, text: string) => ({
  id,
  user_id: '@room12:x',
  name: 'Room 12',
  start_ms: startMs,
  end_ms: startMs + 900,
  text,
});
const part = (...lines: NonNullable<TranscriptBlock['lines']>): TranscriptBlock => ({
  kind: 'transcript',
  meeting_id: 'm',
  format: 'text',
  started_ms: 0,
  duration_ms: 60_000,
  model: 'base',
  gaps: [],
  lines,
});

const first = part(line('1', 0, 'We begin.'));
const second = part(line('2', 5_000, 'We end.'));
const camille: TranscriptCorrection = {
  transcript_event_id: '$1',
  line_id: '1',
  what: 'speaker',
  name: 'Camille',
  scope: 'voice',
};

function open(id: string, block: TranscriptBlock, items: readonly MessageItem[]): void {
  const store = createStore({ theme: 'light', language: 'en' });
  store.dispatch(
    rooms.actions.threadChanged({
      rootId: '$root',
      root: undefined,
      items: [...items],
      loading: false,
      failed: false,
      older: false,
    }),
  );
  const account = { media: {}, formerPower: { wasModerator: () => Promise.resolve(false) } } as unknown as Account;
  render(
    <Provider store={store}>
      <AccountContext value={account}>
        <Surrounded>
          <TranscriptCard roomId="!r:x" item={messageItem(id, { block })} block={block} />
        </Surrounded>
      </AccountContext>
    </Provider>,
  );
}

const parts = [messageItem('$1', { block: first }), messageItem('$2', { block: second })];
const corrected = messageItem('$c', {
  sender: { userId: '@room12:x', name: 'Room 12', avatarMxc: undefined },
  correction: camille,
});

test('each part shows its own lines; a voice that was named in one part has that name in all', () => {
  open('$2', second, [...parts, corrected]);
  const { textContent } = screen.getByTestId('result-transcript');
  expect(textContent).toContain('We end.');
  expect(textContent).toContain('Camille');
  expect(textContent).not.toContain('We begin.');
});

test('outside of its thread it shows what it holds itself', () => {
  open('$2', second, []);
  expect(screen.getByTestId('result-transcript').textContent).toContain('We end.');
});

test('says who corrected it, once, and where the corrected text is to be had; nothing where nobody did', () => {
  open('$1', first, [...parts, corrected]);
  const told = screen.getByTestId('transcript-card-corrected').textContent;
  expect(told).toMatch(/^Corrected by Room 12\. /);
  expect(told).toContain('open the transcript');
  expect(screen.getByTestId('transcript-open')).toBeTruthy();
  cleanup();
  open('$2', second, [...parts, corrected]);
  expect(screen.queryByTestId('transcript-card-corrected')).toBeNull();
  cleanup();
  open('$1', first, parts);
  expect(screen.queryByTestId('transcript-card-corrected')).toBeNull();
});
