/** @jest-environment jsdom */
import { onMoment } from '@palabre/transcript';
import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { minutesBlockSchema, type ResultBlock } from '@palabre/protocol';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { startWords } from '../../i18n/index.ts';
import type { MessageItem } from '../../store/model.ts';
import { rooms } from '../../store/slices.ts';
import { createStore } from '../../store/store.ts';
import { messageItem } from '../../testing/message-item.ts';
import { AccountContext } from '../../app/context.ts';
import type { Account } from '../../matrix/messenger.ts';
import { Surrounded } from '../transcript/Surrounded.tsx';
import { MinutesCard } from './MinutesCard.tsx';

beforeAll(() => startWords('en'));
afterEach(cleanup);

const source = { user_id: '@b:x', name: 'Bob', start_ms: 65_000, end_ms: 70_000, event_id: '$text' };
const minutes = minutesBlockSchema.parse({
  kind: 'minutes',
  version: 2,
  meeting_id: 'm',
  started_ms: 10_000,
  duration_ms: 600_000,
  participants: [],
  method: 'model',
  model: 'small',
  operator: 'the town',
  place: 'Lyon',
  decisions: [{ text: 'A larger budget.', sources: [source] }],
  actions: [{ text: 'Send the plan', who: 'Bob', due: 'Friday', sources: [source] }],
  left_out: 2,
  edited: true,
  approved_by: { user_id: '@a:x', name: 'Alice' },
  extract: [],
});
const message = (id: string, block: ResultBlock | undefined, attachment?: MessageItem['attachment']): MessageItem =>
  messageItem(id, { block, attachment });
const film = {
  type: 'video',
  name: 'film.mp4',
  caption: undefined,
  mimeType: 'video/mp4',
  sizeBytes: 1,
  width: 1,
  height: 1,
  durationMs: 100_000,
  source: { kind: 'plain', mxc: 'mxc://x/film' },
  thumbnail: undefined,
} as const;

const recording: ResultBlock = {
  kind: 'recording',
  meeting_id: 'm',
  started_ms: 40_000,
  duration_ms: 100_000,
  width: 1,
  height: 1,
  gaps: [],
};
/** Of that film: Bob says nothing in it. */
const CAPTIONS = 'WEBVTT\n\n1\n00:00:30.000 --> 00:00:40.000\n<v Alice>We need more.\n';

let load = () => Promise.resolve({ text: () => Promise.resolve(CAPTIONS) });

function open(block = minutes, ...siblings: MessageItem[]): void {
  const item = message('$m', block);
  const store = createStore({ theme: 'light', language: 'en' });
  const thread = {
    rootId: '$root',
    root: undefined,
    items: [item, ...siblings],
    loading: false,
    failed: false,
    older: false,
  };
  store.dispatch(rooms.actions.threadChanged(thread));
  const media = { load: () => load() };
  const formerPower = { wasModerator: () => new Promise(() => undefined) };
  render(
    <Provider store={store}>
      <AccountContext value={{ media, formerPower } as unknown as Account}>
        <Surrounded>
          <MinutesCard roomId="!r" item={item} block={block} />
        </Surrounded>
      </AccountContext>
    </Provider>,
  );
}

test('names or statements that are missing are named', () => {
  open({ ...minutes, shortened: true });
  expect(screen.getByTestId('minutes-origin').textContent).toContain('Shortened to fit into one message');
});

test('decisions, actions with their people and dates, and how all that came about', () => {
  open();
  expect(screen.getByTestId('minutes-decisions').textContent).toContain('A larger budget.');
  expect(screen.getByTestId('minutes-actions').textContent).toContain('Send the planWho:BobWhen:Friday1:05');
  expect(screen.queryByTestId('minutes-questions')).toBeNull();
  expect(screen.getByText('from a transcript of 10:00')).toBeDefined();
  const origin = screen.getByTestId('minutes-origin').textContent;
  expect(origin).toContain('small, operated by the town, Lyon');
  expect(origin).toContain('2 statements were left out');
  expect(origin).toContain('Edited and approved by Alice.');
});

test('a moment leads into the transcript, or plays where the meeting was recorded', () => {
  open();
  const [link] = screen.getAllByRole('link', { name: 'Read at 1:05 in the transcript, Bob' });
  expect(link?.getAttribute('href')).toBe('#/room/!r/thread/%24root/%24text');
  cleanup();
  const show = jest.fn();
  const end = onMoment('$r', show);
  open(minutes, message('$r', recording, film));
  const [button] = screen.getAllByRole('button', { name: 'Play from 1:05, Bob' });
  fireEvent.click(button as HTMLElement);
  expect(show).toHaveBeenCalledWith(35_000);
  end();
});

const file = { ...film, type: 'file', name: 'film.vtt', mimeType: 'text/vtt', durationMs: undefined } as const;
const captions: ResultBlock = {
  kind: 'transcript',
  meeting_id: 'm',
  format: 'vtt',
  started_ms: 40_000,
  duration_ms: 100_000,
  model: 'base',
  gaps: [],
  recording_event_id: '$r',
};

test('captions that could not be loaded are said, and tried again', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const loads = load;
  load = () => Promise.reject(new Error('refused'));
  const spoken = { ...source, name: 'Alice', start_ms: 60_000 };
  open(
    { ...minutes, decisions: [{ text: 'More.', sources: [spoken] }], actions: [] },
    message('$r', { ...recording, not_kept: 1 }, film),
    message('$c', captions, { ...file, source: { ...file.source } }),
  );
  await screen.findByText(/captions of the recording could not be loaded/);
  load = loads;
  fireEvent.click(screen.getByTestId('captions-retry'));
  await screen.findByRole('button', { name: 'Play from 1:00, Alice' });
  expect(screen.queryByText(/could not be loaded/)).toBeNull();
});

test('a moment leads into the transcript where its speaker did not agree to be in the film', async () => {
  open(minutes, message('$r', { ...recording, not_kept: 1 }, film), message('$c', captions, file));
  const links = await screen.findAllByRole('link', { name: 'Read at 1:05 in the transcript, Bob' });
  expect(links).toHaveLength(2);
  expect(screen.queryByRole('button', { name: 'Play from 1:05, Bob' })).toBeNull();
  cleanup();
  // Nobody who agreed to the film said anything: it has no captions at all.
  open(minutes, message('$r', { ...recording, not_kept: 1 }, film));
  expect(screen.getAllByRole('link', { name: 'Read at 1:05 in the transcript, Bob' })).toHaveLength(2);
});

test('minutes whose transcript was corrected later say so, where the correction counts', () => {
  const line = { ...source, id: '1', text: 'A larger budget.' };
  const transcript: ResultBlock = { ...captions, format: 'text', started_ms: 10_000, lines: [line] };
  const posted = message('$text', transcript);
  const at = (sentMs: number, userId: string) =>
    messageItem('$c', {
      sentMs,
      sender: { userId, name: userId, avatarMxc: undefined },
      correction: { transcript_event_id: '$text', line_id: '1', what: 'text', text: 'A smaller budget.' },
    });
  const { sentMs } = message('$m', minutes);
  const origin = () => screen.getByTestId('minutes-origin').textContent;
  open(minutes, posted, at(sentMs + 1, '@b:x'));
  expect(origin()).toContain('The transcript was corrected after these minutes were posted.');
  cleanup();
  open(minutes, posted, at(sentMs - 1, '@b:x'));
  expect(origin()).not.toContain('was corrected');
  cleanup();
  open(minutes, posted, at(sentMs + 1, '@eve:x'));
  expect(origin()).not.toContain('was corrected');
});

test('an extract says what it is, and why a model wrote nothing', () => {
  const extract = [{ user_id: '@b:x', name: 'Bob', start_ms: 0, text: 'We decided.' }];
  const old = { kind: 'minutes', meeting_id: 'm', duration_ms: 1, participants: [], method: 'extractive', extract };
  open(minutesBlockSchema.parse({ ...old, instead: 'model_unavailable' }));
  const origin = screen.getByTestId('minutes-origin').textContent;
  expect(origin).toContain('The language model was not available');
  expect(origin).toContain('Nothing was written or added.');
  expect(screen.getByText('We decided.')).toBeDefined();
});
