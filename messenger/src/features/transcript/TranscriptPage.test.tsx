/** @jest-environment jsdom */
import { onMoment, type Attachment } from '@palabre/transcript';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecordingBlock, ResultBlock, TranscriptBlock, TranscriptCorrection } from '@palabre/protocol';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { Provider } from 'react-redux';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { MemberRow, MessageItem, Thread } from '../../store/model.ts';
import { rooms, session } from '../../store/slices.ts';
import { createStore } from '../../store/store.ts';
import { messageItem } from '../../testing/message-item.ts';
import { Surrounded } from './Surrounded.tsx';
import { TranscriptPage } from './TranscriptPage.tsx';

const ROOM = '!r:x';
const ZERO = 1_800_000_000_000;

beforeEach(async () => {
  await startWords('en');
  // What dialogs ask of a browser and jsdom does not have.
  Object.assign(globalThis, { CSS: { escape: (text: string) => text } });
  Object.assign(window, { matchMedia: () => ({ matches: true }) });
  Element.prototype.scrollBy = (): void => undefined;
});
afterEach(cleanup);

const message = (id: string, more: Partial<MessageItem>): MessageItem =>
  messageItem(id, { sentMs: ZERO, style: 'notice', ...more });
const line = (id: string, name: string, startMs: number, text: string) => ({
  id,
  user_id: `@${name.toLowerCase()}:x`,
  name,
  start_ms: startMs,
  end_ms: startMs + 900,
  text,
});
const transcript: TranscriptBlock = {
  kind: 'transcript',
  meeting_id: 'm',
  format: 'text',
  started_ms: ZERO,
  duration_ms: 60_000,
  model: 'base',
  gaps: [],
  lines: [
    line('1', 'Alice', 0, 'The budget is decided.'),
    line('2', 'Bob', 2_000, 'Which budget, the one for 2026?'),
    line('3', 'Alice', 4_000, 'Yes.'),
  ],
  marks: [{ at_ms: 1_500, kind: 'joined', user_id: '@bob:x', name: 'Bob' }],
};
const recording: RecordingBlock = {
  kind: 'recording',
  meeting_id: 'm',
  started_ms: ZERO - 500,
  duration_ms: 60_000,
  width: 16,
  height: 9,
  gaps: [],
};
const film: Attachment = {
  type: 'video',
  name: 'film.mp4',
  caption: undefined,
  mimeType: 'video/mp4',
  sizeBytes: 1,
  width: 16,
  height: 9,
  durationMs: 60_000,
  source: { kind: 'plain', mxc: 'mxc://x/film' },
  thumbnail: undefined,
};
const correctionBy = (id: string, sender: string, correction: object): MessageItem =>
  message(id, {
    sender: { userId: sender, name: sender, avatarMxc: undefined },
    correction: { transcript_event_id: '$t', ...correction } as TranscriptCorrection,
  });

const row = (name: string, role: MemberRow['role'], me = false): MemberRow => ({
  userId: `@${name.toLowerCase()}:x`,
  name,
  avatarMxc: undefined,
  membership: 'join',
  power: 0,
  role,
  bot: undefined,
  mayKick: false,
  mayBan: false,
  me,
});

function open(options: {
  readonly role: MemberRow['role'];
  readonly more?: readonly MessageItem[];
  readonly wasModerator?: (eventId: string) => Promise<boolean>;
  readonly thread?: Partial<Thread>;
  /** By the name of the file. */
  readonly files?: Readonly<Record<string, string | Error>>;
}) {
  const loadThread = jest.fn();
  const store = createStore({ theme: 'light', language: 'en' });
  const correct = jest.fn<Account['actions']['correct']>(() => Promise.resolve());
  const account = {
    media: {
      load: (source: Attachment['source']) => {
        const file = source.kind === 'plain' ? options.files?.[source.mxc] : undefined;
        if (file instanceof Error) return Promise.reject(file);
        return file === undefined
          ? new Promise(() => undefined)
          : Promise.resolve({ text: () => Promise.resolve(file) });
      },
      play: () => new Promise(() => undefined),
    },
    observer: { watchRoom: () => () => undefined, watchThread: () => () => undefined, loadThread },
    actions: { correct },
    formerPower: {
      wasModerator: (_room: string, eventId: string) =>
        (options.wasModerator ?? (() => Promise.resolve(false)))(eventId),
    },
  } as unknown as Account;
  const block = (id: string, of: ResultBlock, attachment?: Attachment) => message(id, { block: of, attachment });
  store.dispatch(session.actions.meChanged({ userId: '@alice:x', name: 'Alice', avatarMxc: undefined }));
  store.dispatch(
    rooms.actions.membersChanged({
      roomId: ROOM,
      members: {
        rows: [row('Alice', options.role, true), row('Bob', 'member')],
        mayInvite: true,
        watched: true,
        otherWatchers: [],
      },
    }),
  );
  store.dispatch(
    rooms.actions.timelineChanged({
      roomId: ROOM,
      timeline: { items: [], more: false, firstUnreadKey: undefined, canSend: true },
    }),
  );
  store.dispatch(
    rooms.actions.threadChanged({
      rootId: '$root',
      root: undefined,
      items: [block('$t', transcript), block('$film', recording, film), ...(options.more ?? [])],
      loading: false,
      failed: false,
      older: false,
      ...options.thread,
    }),
  );
  render(
    <Provider store={store}>
      <AccountContext value={account}>
        <Surrounded>
          <TranscriptPage roomId={ROOM} rootId="$root" eventId="$t" />
        </Surrounded>
      </AccountContext>
    </Provider>,
  );
  return { correct, loadThread };
}
const texts = () => screen.getAllByTestId('transcript-line').map((each) => each.querySelector('p')?.textContent);
const lineOf = (text: string) =>
  within(screen.getAllByTestId('transcript-line').find((each) => each.textContent.includes(text)) ?? document.body);

test('lines with their speakers, what happened between them, and words that are looked for', () => {
  open({ role: 'member' });
  expect(texts()).toEqual(transcript.lines?.map(({ text }) => text));
  expect(screen.getByTestId('transcript-mark').textContent).toContain('Bob joined');
  fireEvent.change(screen.getByTestId('transcript-search'), { target: { value: 'BUDGET' } });
  expect(screen.getByTestId('transcript-hits').textContent).toBe('1 of 2');
  fireEvent.click(screen.getByTestId('transcript-next-hit'));
  expect(screen.getByTestId('transcript-hits').textContent).toBe('2 of 2');
  expect(document.querySelector('mark[data-current="true"]')?.closest('li')?.textContent).toContain('Which');
});

test('the pauses of a recording are told, and who made them where that is known', () => {
  const marks: TranscriptBlock['marks'] = [
    { at_ms: 100, kind: 'recording_paused', user_id: '@bob:x', name: 'Bob' },
    { at_ms: 200, kind: 'recording_resumed' },
  ];
  open({ role: 'member', thread: { items: [message('$t', { block: { ...transcript, marks } })] } });
  expect(screen.getAllByTestId('transcript-mark').map((mark) => mark.textContent)).toEqual([
    '0:00Recording paused by Bob',
    '0:00Recording resumed',
  ]);
});

test('a line asks the film for its moment', () => {
  open({ role: 'member' });
  const shown: number[] = [];
  const end = onMoment('$film', (atMs) => shown.push(atMs));
  fireEvent.click(lineOf('Which').getByRole('button', { name: 'Play from 0:02, Bob' }));
  fireEvent.click(lineOf('Yes.').getByText('Yes.'));
  end();
  expect(shown).toEqual([2_500, 4_500]);
});

test('a line that began while the recording was paused is heard from where the film goes on', () => {
  const paused: RecordingBlock = { ...recording, pauses: [{ at_ms: 1_000, duration_ms: 1_700 }] };
  const items = [message('$t', { block: transcript }), message('$film', { block: paused, attachment: film })];
  open({ role: 'member', thread: { items } });
  const shown: number[] = [];
  const end = onMoment('$film', (atMs) => shown.push(atMs));
  // From 2.0 s to 2.9 s; the film goes on at 2.2 s, which is its second 1.
  fireEvent.click(lineOf('Which').getByRole('button', { name: 'Play from 0:02, Bob' }));
  end();
  expect(shown).toEqual([1_000]);
});

const captions = (mxc: string): MessageItem =>
  message('$captions', {
    block: { ...transcript, format: 'vtt', lines: undefined, started_ms: ZERO - 500, recording_event_id: '$film' },
    attachment: { ...film, type: 'file', name: 'film.vtt', mimeType: 'text/vtt', source: { kind: 'plain', mxc } },
  });
const vtt = (...cues: readonly string[]): string => `${['WEBVTT', ...cues].join('\n\n')}\n`;

test('who did not agree to be in the film is not offered for playing there, and why is said', async () => {
  const asked: RecordingBlock = { ...recording, not_kept: 1 };
  const heard = vtt(
    '1\n00:00:00.500 --> 00:00:01.400\n<v Alice>The budget is decided.',
    '2\n00:00:04.500 --> 00:00:05.400\n<v Alice>Yes.',
  );
  open({
    role: 'member',
    thread: {
      items: [
        message('$t', { block: transcript }),
        message('$film', { block: asked, attachment: film }),
        captions('mxc://x/captions'),
      ],
    },
    files: { 'mxc://x/captions': heard },
  });
  // Until the captions are there, nobody knows.
  expect(screen.queryByRole('button', { name: /^Play from/ })).toBeNull();
  const unheard = await lineOf('Which').findByTestId('transcript-unheard');
  expect(unheard.textContent).toContain('only those who agreed');
  expect(lineOf('Which').queryByRole('button', { name: /^Play from/ })).toBeNull();
  expect(screen.getAllByRole('button', { name: /^Play from/ })).toHaveLength(2);
  expect(screen.getAllByTestId('transcript-unheard')).toHaveLength(1);
});

test('captions that could not be loaded are said and tried again; that there are none is said, too', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const asked: RecordingBlock = { ...recording, not_kept: 1 };
  const items = [message('$t', { block: transcript }), message('$film', { block: asked, attachment: film })];
  const files: Record<string, string | Error> = { 'mxc://x/captions': new Error('refused') };
  open({ role: 'member', thread: { items: [...items, captions('mxc://x/captions')] }, files });
  await screen.findByText(/captions of the recording could not be loaded/);
  expect(screen.queryByRole('button', { name: /^Play from/ })).toBeNull();
  files['mxc://x/captions'] = vtt('1\n00:00:00.500 --> 00:00:01.400\n<v Alice>The budget is decided.');
  fireEvent.click(screen.getByTestId('captions-retry'));
  expect(await screen.findAllByRole('button', { name: /^Play from/ })).toHaveLength(1);
  expect(screen.queryByText(/could not be loaded/)).toBeNull();
  expect(screen.queryByText(/were removed/)).toBeNull();
  cleanup();
  open({ role: 'member', thread: { items } });
  expect(screen.getByText(/are not there yet, or were removed/)).toBeDefined();
  expect(screen.queryByRole('button', { name: /^Play from/ })).toBeNull();
});

test('everybody corrects their own lines, moderators all of them', () => {
  open({ role: 'member' });
  expect(screen.getAllByTestId('transcript-correct')).toHaveLength(2);
  cleanup();
  open({ role: 'moderator' });
  expect(screen.getAllByTestId('transcript-correct')).toHaveLength(3);
});

test('a word and a speaker are corrected by two events, with words for other clients', async () => {
  const { correct } = open({ role: 'member' });
  fireEvent.click(lineOf('Yes.').getByTestId('transcript-correct'));
  fireEvent.change(screen.getByTestId('correct-text'), { target: { value: 'Yes,\n that one.' } });
  fireEvent.change(screen.getByTestId('correct-speaker'), { target: { value: 'Camille' } });
  fireEvent.click(screen.getByTestId('correct-save'));
  await waitFor(() => expect(correct).toHaveBeenCalledTimes(2));
  const base = { transcript_event_id: '$t', line_id: '3' };
  // The words quote nothing of what was said.
  expect(correct.mock.calls).toEqual([
    [
      ROOM,
      '$root',
      { ...base, what: 'text', text: 'Yes, that one.' },
      expect.stringMatching(/^Corrected a line of the transcript, at [\d:]+$/),
    ],
    [
      ROOM,
      '$root',
      { ...base, what: 'speaker', name: 'Camille', scope: 'line' },
      expect.not.stringContaining('Camille'),
    ],
  ]);
});

test('corrections of those who might make them are shown with their authors; others change nothing', async () => {
  open({
    role: 'member',
    more: [
      correctionBy('$own', '@bob:x', { line_id: '2', what: 'text', text: 'The one for 2027?' }),
      correctionBy('$mod', '@mod:x', { line_id: '1', what: 'text', text: 'The budget is not decided.' }),
      correctionBy('$forged', '@eve:x', { line_id: '3', what: 'text', text: 'Never.' }),
    ],
    wasModerator: (eventId) => Promise.resolve(eventId === '$mod'),
  });
  await waitFor(() => expect(texts()).toEqual(['The budget is not decided.', 'The one for 2027?', 'Yes.']));
  fireEvent.click(lineOf('2027').getByText('Corrected by Bob'));
  const versions = await screen.findAllByTestId('transcript-version');
  expect(versions.map((each) => each.querySelector('p')?.textContent)).toEqual([
    'The one for 2027?',
    'Which budget, the one for 2026?',
  ]);
  expect(screen.queryByTestId('transcript-restore')).toBeNull();
});

test('who was recorded is shown beside a corrected name', () => {
  const more = [correctionBy('$own', '@bob:x', { line_id: '2', what: 'speaker', name: 'Alice', scope: 'voice' })];
  open({ role: 'member', more });
  expect(lineOf('Which').getByText(/^Alice/).textContent).toBe('Alice on the microphone of Bob');
  expect(lineOf('The budget').getByText('Alice').textContent).toBe('Alice');
});

test('a former version is used again by a correction that names the one it replaces', async () => {
  const { correct } = open({
    role: 'member',
    more: [correctionBy('$own', '@alice:x', { line_id: '3', what: 'text', text: 'No.' })],
  });
  fireEvent.click(lineOf('No.').getByTestId('transcript-corrected'));
  fireEvent.click(await screen.findByTestId('transcript-restore'));
  await waitFor(() => expect(correct).toHaveBeenCalled());
  expect(correct.mock.calls[0]?.[2]).toMatchObject({ what: 'text', text: 'Yes.', replaces: '$own' });
});

test('what the homeserver does not say about a sender is said, and asked again', async () => {
  let down = true;
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  open({
    role: 'member',
    more: [correctionBy('$mod', '@mod:x', { line_id: '1', what: 'text', text: 'Not yet.' })],
    wasModerator: () => (down ? Promise.reject(new Error('down')) : Promise.resolve(true)),
  });
  await screen.findByText(/could not be checked/);
  expect(texts()[0]).toBe('The budget is decided.');
  down = false;
  fireEvent.click(screen.getByText('Try again'));
  await waitFor(() => expect(texts()[0]).toBe('Not yet.'));
});

test('a transcript whose thread could not be loaded is not passed off as whole', () => {
  const { loadThread } = open({ role: 'member', thread: { failed: true } });
  expect(texts()).toHaveLength(3);
  expect(screen.getByRole('alert').textContent).toContain('corrections may be missing');
  fireEvent.click(screen.getByText('Try again'));
  expect(loadThread).toHaveBeenCalledWith('$root');
});

test('a transcript that is older than what was loaded is not called removed', () => {
  const { loadThread } = open({ role: 'member', thread: { items: [], older: true } });
  expect(screen.queryByText(/may have been removed/)).toBeNull();
  fireEvent.click(screen.getByText('Load older ones'));
  expect(loadThread).toHaveBeenCalledWith('$root');
});

test('of a recording that was deleted it is said by whom, though the timeline does not reach back to its meeting', () => {
  const root = message('$root', { deleted: [{ what: 'recording', by: { user_id: '@bob:x', name: 'Bob' } }] });
  open({ role: 'member', thread: { root, items: [message('$t', { block: transcript })] } });
  expect(screen.getByTestId('deleted-result').textContent).toBe('The recording was deleted by Bob.');
});

test('a recording that cannot be played here is named with its words, and no line leads into it', () => {
  const link = message('$link', { block: recording, body: 'Kept at https://x/recordings/1' });
  open({ role: 'member', thread: { items: [message('$t', { block: transcript }), link] } });
  expect(screen.queryByText(/There is no recording/)).toBeNull();
  expect(screen.getByRole('link', { name: 'https://x/recordings/1' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: /^Play from/ })).toBeNull();
});

test('the captions of the film are saved as the transcript reads now', async () => {
  const saved: Blob[] = [];
  Object.assign(URL, { createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`, revokeObjectURL: () => undefined });
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
  jest.spyOn(HTMLElement.prototype, 'click').mockReturnValue();
  open({
    role: 'member',
    more: [
      captions('mxc://x/captions'),
      correctionBy('$own', '@alice:x', { line_id: '1', what: 'text', text: 'The budget is open.' }),
    ],
    files: { 'mxc://x/captions': vtt('1\n00:00:00.500 --> 00:00:01.400\n<v Alice>The budget is decided.') },
  });
  fireEvent.click(screen.getByTestId('transcript-download'));
  fireEvent.click(await screen.findByRole('menuitem', { name: /^Captions of the recording, with corrections/ }));
  await waitFor(() => expect(saved).toHaveLength(1));
  const text = await new Promise<unknown>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsText(saved[0] ?? new Blob());
  });
  expect(text).toBe(vtt('NOTE\nCorrected by Alice', '1\n00:00:00.500 --> 00:00:01.400\n<v Alice>The budget is open.'));
});
