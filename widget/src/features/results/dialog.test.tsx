/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { RESULT_BLOCK, type EarlierMeetings } from '@palabre/protocol';
import { onMoment } from '@palabre/transcript';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { CallContext } from '../../call-context.ts';
import type { ResultsAccess } from '../../call/index.ts';
import type { Host } from '../../host/index.ts';
import { createRoomState } from '../../host/room-state.ts';
import { createFakeCall } from '../../testing/fake-call.ts';
import { renderInCall } from '../../testing/render.tsx';
import ResultsDialog from './dialog.tsx';

const SCRIBE = '@palabre-scribe:x';
const ME = '@alice:x';
const ZERO = Date.UTC(2026, 10, 20, 9);
const event = (id: string, content: object): object => ({
  type: 'm.room.message',
  event_id: id,
  sender: SCRIBE,
  origin_server_ts: ZERO,
  content,
});
const line = (id: string, userId: string, startMs: number, text: string) => ({
  id,
  user_id: userId,
  name: userId === ME ? 'Alice' : 'Bob',
  start_ms: startMs,
  end_ms: startMs + 900,
  text,
});
const meetingContent = {
  body: 'Meeting',
  [RESULT_BLOCK]: {
    kind: 'meeting',
    meeting_id: 'm',
    state: 'ended',
    started_ms: ZERO,
    ended_ms: ZERO + 60_000,
    participants: [
      { user_id: ME, name: 'Alice' },
      { user_id: '@bob:x', name: 'Bob' },
    ],
  },
};
const meeting = event('$root', meetingContent);
const editOf = (rootId: string): object => event(`${rootId}-edit`, { 'm.new_content': meetingContent });
const transcript = event('$t', {
  body: 'Transcript',
  [RESULT_BLOCK]: {
    kind: 'transcript',
    meeting_id: 'm',
    format: 'text',
    started_ms: ZERO,
    duration_ms: 60_000,
    model: 'base',
    gaps: [],
    lines: [line('1', ME, 0, 'We begin.'), line('2', '@bob:x', 2_000, 'The budget is decided.')],
  },
});
const film = event('$f', {
  body: 'film.mp4',
  msgtype: 'm.video',
  url: 'mxc://x/film',
  [RESULT_BLOCK]: {
    kind: 'recording',
    meeting_id: 'm',
    started_ms: ZERO,
    duration_ms: 60_000,
    width: 16,
    height: 9,
    gaps: [],
  },
});

const minutes = event('$m', {
  body: 'Minutes\n\nDecisions:\n- A larger budget. (0:02)',
  [RESULT_BLOCK]: {
    kind: 'minutes',
    version: 2,
    meeting_id: 'm',
    started_ms: ZERO,
    duration_ms: 60_000,
    participants: [{ user_id: ME, name: 'Alice' }],
    method: 'model',
    model: 'small',
    decisions: [
      {
        text: 'A larger budget.',
        sources: [{ user_id: '@bob:x', name: 'Bob', start_ms: 2_000, end_ms: 2_900, event_id: '$t' }],
      },
    ],
    extract: [],
  },
});

const EVERYTHING = [
  'org.matrix.msc2762.receive.event:m.room.message',
  'org.matrix.msc2762.send.event:m.room.message#m.notice',
  'org.matrix.msc4039.download_file',
];

beforeEach(() => {
  Element.prototype.scrollBy = (): void => undefined;
});
afterEach(cleanup);

const noBridge = (): Promise<EarlierMeetings> => Promise.reject(new Error('none'));

async function open(
  allowed: readonly string[],
  versions: readonly string[] = ['org.matrix.msc4039'],
  earlier: ResultsAccess['earlier'] = noBridge,
  kept: readonly object[] = [film, transcript],
  loaded: readonly object[] = [meeting],
) {
  const send = jest.fn((type: string, content: unknown) => Promise.resolve(`${type} ${JSON.stringify(content)}`));
  const host = {
    parameters: { roomId: '!r', userId: ME },
    room: createRoomState('!r'),
    timeline: { onEvent: () => () => undefined, send },
    api: {
      getClientVersions: () => Promise.resolve(versions),
      readRoomEvents: () => Promise.resolve(loaded),
      readEventRelations: (rootId: string, _roomId: string, relation: string) =>
        Promise.resolve({
          chunk: relation === 'm.replace' ? [editOf(rootId)] : rootId === '$root' ? kept : [],
        }),
    },
    allow: () => Promise.resolve(new Set(allowed)),
  } as unknown as Host;
  const results: ResultsAccess = {
    host,
    bots: () => Promise.resolve({ watcherUserId: '@palabre:x', scribeUserId: SCRIBE }),
    readingSession: () => Promise.reject(new Error('none')),
    earlier,
  };
  await renderInCall(
    <CallContext value={{ ...createFakeCall().call, results }}>
      <ResultsDialog />
    </CallContext>,
  );
  return { send };
}
test('meetings with what was kept of them; the page of one, its words found, its lines corrected by who said them', async () => {
  const { send } = await open(EVERYTHING);
  const row = await screen.findByTestId('results-meeting');
  await waitFor(() => expect(row.textContent).toContain('Transcript'));
  expect(row.textContent).toContain('lasted 1:00 · 2 participants: Alice and Bob');
  expect(row.textContent).toContain('Recording');
  fireEvent.click(row);
  expect(await screen.findAllByTestId('transcript-line')).toHaveLength(2);
  expect(screen.getByRole('button', { name: 'Play recording' })).toBeDefined();
  fireEvent.change(screen.getByTestId('transcript-search'), { target: { value: 'BUDGET' } });
  expect(screen.getByTestId('transcript-hits').textContent).toBe('1 of 1');
  fireEvent.click(screen.getByTestId('transcript-correct'));
  fireEvent.change(screen.getByTestId('correct-text'), { target: { value: 'We begin now.' } });
  fireEvent.click(screen.getByTestId('correct-save'));
  await waitFor(() => expect(send).toHaveBeenCalledTimes(1));
  expect(send.mock.calls[0]).toMatchObject(['m.room.message', { 'm.relates_to': { event_id: '$root' } }]);
  fireEvent.click(await screen.findByTestId('results-back'));
  expect(await screen.findByTestId('results-meeting')).toBeDefined();
});

test('minutes read as a list under one heading, and their moments are played', async () => {
  await open(EVERYTHING, undefined, undefined, [film, transcript, minutes]);
  fireEvent.click(await screen.findByTestId('results-meeting'));
  const shown = await screen.findByTestId('results-minutes');
  expect(shown.textContent.match(/Minutes/g)).toHaveLength(1);
  expect(screen.getByRole('heading', { name: 'Decisions', hidden: true })).toBeDefined();
  expect(shown.querySelector('li p')?.textContent).toBe('A larger budget.');
  expect(shown.textContent).not.toContain('- A larger');
  const show = jest.fn();
  const end = onMoment('$f', show);
  fireEvent.click(screen.getByTestId('minutes-moment'));
  expect(show).toHaveBeenCalledWith(2_000);
  end();
});

test('a moment of minutes that was not recorded is read in the transcript', async () => {
  await open(EVERYTHING, undefined, undefined, [transcript, minutes]);
  fireEvent.click(await screen.findByTestId('results-meeting'));
  await screen.findByTestId('results-minutes');
  fireEvent.click(screen.getByRole('button', { name: 'Read at 0:02 in the transcript, Bob', hidden: true }));
  expect(document.activeElement?.textContent).toContain('The budget is decided.');
});

const gone = event('$gone', {
  body: 'The recording was deleted',
  [RESULT_BLOCK]: {
    kind: 'notice',
    meeting_id: 'm',
    level: 'info',
    code: 'deleted',
    deleted: 'recording',
    by: { user_id: ME, name: 'Alice' },
  },
});

test('of a recording that was deleted it is said that it was, and by whom', async () => {
  await open(EVERYTHING, undefined, undefined, [transcript], [meeting, gone]);
  const row = await screen.findByTestId('results-meeting');
  expect(row.textContent).toContain('The recording was deleted by Alice.');
  fireEvent.click(row);
  await screen.findAllByTestId('transcript-line');
  expect(screen.getByTestId('deleted-result').textContent).toBe('The recording was deleted by Alice.');
  cleanup();
  await open(EVERYTHING, undefined, undefined, [], [meeting, gone]);
  const empty = await screen.findByTestId('results-meeting');
  await waitFor(() => expect(empty.querySelector('.spinner')).toBeNull());
  expect(empty.textContent).not.toContain('Nothing was kept');
});

test('that is said of a meeting that only the bridge names, too', async () => {
  const earlier = (): Promise<EarlierMeetings> =>
    Promise.resolve({ meetings: [{ event_id: '$root', started_ms: ZERO }] });
  await open(EVERYTHING, undefined, earlier, [], [gone]);
  const row = await screen.findByTestId('results-meeting');
  await waitFor(() => expect(row.textContent).toContain('The recording was deleted by Alice.'));
});

test('a messenger that hands over no files: one sentence, and the text that is in the messages', async () => {
  await open(EVERYTHING, []);
  expect(await screen.findByText(/hands no files to the call/)).toBeDefined();
  fireEvent.click(await screen.findByTestId('results-meeting'));
  expect(await screen.findAllByTestId('transcript-line')).toHaveLength(2);
  expect(screen.queryByRole('button', { name: 'Play recording' })).toBeNull();
});

test('a messenger that lets the call read nothing: that is said, and may be asked again', async () => {
  await open([]);
  expect((await screen.findByRole('alert')).textContent).toContain('did not let the call read');
  expect(screen.getByText('Try again')).toBeDefined();
});

test('older meetings come from the bridge page by page, and what they say from the room', async () => {
  const DAY = 86_400_000;
  const earlier = jest.fn((beforeMs: number | undefined) =>
    Promise.resolve<EarlierMeetings>(
      beforeMs === undefined
        ? {
            meetings: [
              { event_id: '$root', started_ms: ZERO },
              { event_id: '$older', started_ms: ZERO - DAY },
            ],
            next_before_ms: ZERO - DAY,
          }
        : { meetings: [{ event_id: '$oldest', started_ms: ZERO - 2 * DAY }] },
    ),
  );
  await open(EVERYTHING, undefined, earlier);
  expect(await screen.findAllByTestId('results-meeting')).toHaveLength(2);
  await waitFor(() => expect(screen.getAllByText(/2 participants: Alice and Bob/)).toHaveLength(2));
  fireEvent.click(screen.getByTestId('results-more'));
  await waitFor(() => expect(screen.getAllByTestId('results-meeting')).toHaveLength(3));
  expect(document.activeElement?.textContent).toContain('November 18, 2026');
  expect(earlier.mock.calls).toEqual([[undefined], [ZERO - DAY]]);
  const titles = screen.getAllByTestId('results-meeting').map((row) => row.textContent.slice(0, 17));
  expect(titles).toEqual(['November 20, 2026', 'November 19, 2026', 'November 18, 2026']);
  expect(await screen.findByText('These are all the meetings you can read about here.')).toBeDefined();
  expect(screen.queryByTestId('results-more')).toBeNull();
});

test('without the bridge: the meetings that are loaded, and that is said', async () => {
  await open(EVERYTHING);
  expect(await screen.findAllByTestId('results-meeting')).toHaveLength(1);
  expect(screen.getByText(/could not be looked for/)).toBeDefined();
});

test('a page that does not come can be asked for again', async () => {
  let fails = true;
  await open(EVERYTHING, undefined, (beforeMs) =>
    beforeMs !== undefined && fails
      ? Promise.reject(new Error('away'))
      : Promise.resolve(
          beforeMs === undefined
            ? { meetings: [{ event_id: '$root', started_ms: ZERO }], next_before_ms: ZERO }
            : { meetings: [] },
        ),
  );
  await screen.findByTestId('results-meeting');
  fireEvent.click(screen.getByTestId('results-more'));
  expect((await screen.findByRole('alert')).textContent).toContain('could not be loaded');
  fails = false;
  fireEvent.click(screen.getByTestId('results-more'));
  expect(await screen.findByText('These are all the meetings you can read about here.')).toBeDefined();
});
