/** @jest-environment jsdom */
import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { RecordingBlock, TranscriptBlock, TranscriptCorrection } from '@palabre/protocol';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
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

let load = (): Promise<{ text: () => Promise<string> }> => new Promise(() => undefined);

function open(id: string, block: TranscriptBlock, items: readonly MessageItem[], ...more: MessageItem[]): void {
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
  const account = {
    media: { load: () => load() },
    formerPower: { wasModerator: () => Promise.resolve(false) },
  } as unknown as Account;
  render(
    <Provider store={store}>
      <AccountContext value={account}>
        <Surrounded>
          {[messageItem(id, { block }), ...more].map((item) => (
            <TranscriptCard key={item.id} roomId="!r:x" item={item} block={item.block as TranscriptBlock} />
          ))}
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

test('captions that could not be loaded are tried again for all parts at once, and the button keeps the focus meanwhile', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const film: RecordingBlock = {
    kind: 'recording',
    meeting_id: 'm',
    started_ms: 0,
    duration_ms: 60_000,
    width: 1,
    height: 1,
    gaps: [],
    not_kept: 1,
  };
  const file = (type: 'video' | 'file', name: string, mimeType: string): MessageItem['attachment'] => ({
    type,
    name,
    caption: undefined,
    mimeType,
    sizeBytes: 1,
    width: undefined,
    height: undefined,
    durationMs: undefined,
    source: { kind: 'plain', mxc: `mxc://x/${name}` },
    thumbnail: undefined,
  });
  const captions: TranscriptBlock = { ...part(), format: 'vtt', lines: undefined, recording_event_id: '$film' };
  const items = [
    ...parts,
    messageItem('$film', { block: film, attachment: file('video', 'film.mp4', 'video/mp4') }),
    messageItem('$captions', { block: captions, attachment: file('file', 'film.vtt', 'text/vtt') }),
  ];
  load = () => Promise.reject(new Error('refused'));
  open('$1', first, items, ...parts.slice(1));
  const retry = await screen.findByTestId('captions-retry');
  expect(screen.queryByTestId('transcript-seek')).toBeNull();

  const asked: { refuse: (error: Error) => void; answer: (text: string) => void }[] = [];
  load = () =>
    new Promise((resolve, reject) => {
      asked.push({ refuse: reject, answer: (text) => resolve({ text: () => Promise.resolve(text) }) });
    });
  act(() => retry.focus());
  fireEvent.click(retry);
  expect(document.activeElement).toBe(retry);
  expect([retry.textContent, retry.getAttribute('aria-disabled')]).toEqual(['Loading…', 'true']);
  fireEvent.click(retry);
  expect(asked).toHaveLength(1);
  // Refused once more.
  await act(() => Promise.resolve(asked[0]?.refuse(new Error('refused'))));
  expect(await screen.findByRole('button', { name: 'Try again' })).toBe(retry);
  expect(document.activeElement).toBe(retry);

  fireEvent.click(retry);
  asked[1]?.answer(
    'WEBVTT\n\n1\n00:00:00.000 --> 00:00:00.900\n<v Room 12>We begin.\n\n2\n00:00:05.000 --> 00:00:05.900\n<v Room 12>We end.\n',
  );
  expect(await screen.findAllByTestId('transcript-seek')).toHaveLength(2);
  expect(screen.queryByTestId('captions-retry')).toBeNull();
});
