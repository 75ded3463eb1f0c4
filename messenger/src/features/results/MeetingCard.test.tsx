/** @jest-environment jsdom */
import type { Attachment } from '@palabre/transcript';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { minutesBlockSchema, type MeetingBlock, type ResultBlock } from '@palabre/protocol';
import { cleanup, render, screen } from '@testing-library/react';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { MessageItem } from '../../store/model.ts';
import { messageItem } from '../../testing/message-item.ts';
import { Surrounded } from '../transcript/Surrounded.tsx';
import { MeetingCard } from './MeetingCard.tsx';

beforeAll(() => startWords('en'));
afterEach(cleanup);

const alice = { user_id: '@a:x', name: 'Alice' };
const meeting: MeetingBlock = {
  kind: 'meeting',
  meeting_id: 'm',
  state: 'ended',
  started_ms: 0,
  ended_ms: 20 * 60_000 + 5_900,
  participants: [alice, { user_id: '@b:x', name: 'Bob' }],
};
const film: Attachment = {
  type: 'video',
  name: 'film.mp4',
  caption: undefined,
  mimeType: 'video/mp4',
  sizeBytes: 1000,
  width: 1280,
  height: 720,
  durationMs: 247_000,
  source: { kind: 'plain', mxc: 'mxc://x/film' },
  thumbnail: undefined,
};
const message = (id: string, block: ResultBlock, more: Partial<MessageItem> = {}): MessageItem =>
  messageItem(id, { block, ...more });
const recording = { kind: 'recording', meeting_id: 'm', started_ms: 0, duration_ms: 247_000, width: 1280, height: 720 };
const transcript = {
  kind: 'transcript',
  meeting_id: 'm',
  format: 'text',
  duration_ms: 250_000,
  model: 'base',
  gaps: [],
};
const extract = [{ ...alice, start_ms: 0, text: 'Yes.' }];
const minutes = minutesBlockSchema.parse({
  kind: 'minutes',
  meeting_id: 'm',
  duration_ms: 1,
  participants: [],
  method: 'extractive',
  extract,
});
const results = (attachment: Attachment | undefined): readonly MessageItem[] => [
  message('$r', { ...recording, gaps: [] } as ResultBlock, { attachment }),
  message('$t1', transcript as ResultBlock),
  message('$t2', transcript as ResultBlock),
  message('$m', minutes),
];

function open(item: MessageItem, inThread = false): void {
  const account = { media: {} } as unknown as Account;
  render(
    <AccountContext value={account}>
      <Surrounded>
        <MeetingCard roomId="!r" item={item} block={meeting} inThread={inThread} />
      </Surrounded>
    </AccountContext>,
  );
}
const lines = (): readonly (string | null)[] => screen.getAllByRole('link').map((link) => link.textContent);

test('who, how long, the film to be played here, and what else there is', () => {
  open(message('$root', meeting, { replies: 5, results: results(film) }));
  expect(screen.getByTestId('result-meeting').textContent).toContain('lasted 20:05');
  expect(screen.getByText('2 participants: Alice and Bob')).toBeDefined();
  expect(screen.getByRole('button', { name: 'Play recording' })).toBeDefined();
  expect(screen.getByText('4:07')).toBeDefined();
  expect(lines()).toEqual(['Transcript4:10', 'Minutes1 extract', 'Open thread5 replies']);
  expect(screen.getByTestId('thread-open').getAttribute('href')).toBe('#/room/!r/thread/%24root');
  const hrefs = screen.getAllByRole('link').map((link) => link.getAttribute('href'));
  expect(hrefs.slice(0, 2)).toEqual(['#/room/!r/thread/%24root/%24t1', '#/room/!r/thread/%24root/%24m']);
});

test('a film that the homeserver could not take is one click away', () => {
  open(message('$root', meeting, { results: results(undefined) }));
  expect(screen.queryByRole('button')).toBeNull();
  expect(lines()[0]).toBe('Recording4:07');
});

test.each([
  ['en', 'The recording was deleted by Alice.', 'The minutes were deleted.'],
  ['fr', 'L’enregistrement a été supprimé par Alice.', 'Le compte rendu a été supprimé.'],
] as const)('what was deleted is said, and by whom where that is known (%s)', async (language, recorded, written) => {
  await startWords(language);
  open(
    message('$root', meeting, {
      deleted: [
        { what: 'recording', by: alice },
        { what: 'minutes', by: undefined },
      ],
    }),
  );
  expect(screen.getAllByTestId('deleted-result').map(({ textContent }) => textContent)).toEqual([recorded, written]);
  await startWords('en');
});

test('of a recording that was paused it is said that its length leaves the pauses out', () => {
  const paused = { ...recording, gaps: [], pauses: [{ at_ms: 1, duration_ms: 60_000 }] } as ResultBlock;
  open(message('$root', meeting, { results: [message('$r', paused)] }));
  expect(lines()[0]).toBe('Recording4:07, pauses left out');
});

test('in its own thread it repeats nothing of that', () => {
  open(message('$root', meeting, { results: results(film) }), true);
  expect(screen.queryByRole('button')).toBeNull();
  expect(screen.queryByRole('link')).toBeNull();
});

test('says how much is recorded so far, and that nothing is kept while it is paused', () => {
  const running = (recording: NonNullable<MeetingBlock['recording']>) => {
    const block: MeetingBlock = { ...meeting, state: 'running', participants: [], recording };
    render(<MeetingCard roomId="!r:x" item={message('root', block)} block={block} inThread />);
    return screen.getByTestId('meeting-recording').textContent;
  };
  expect(running({ phase: 'on', since_ms: Date.now() - 65_000 })).toBe('Being recorded1:05');
  cleanup();
  expect(running({ phase: 'paused', since_ms: 0, elapsed_ms: 125_000 })).toBe(
    'Recording paused: nothing of it is kept2:05',
  );
});

test('says what is on its way', () => {
  const block: MeetingBlock = {
    ...meeting,
    state: 'running',
    participants: [],
    preparing: [{ what: 'recording', since_ms: Date.now() }],
  };
  render(<MeetingCard roomId="!r:x" item={message('root', block)} block={block} inThread />);
  expect(screen.getByTestId('meeting-preparing').textContent).toBe('The recording is being prepared');
});

test('says that the transcription goes on while the recording is paused', () => {
  const recording = { phase: 'paused', elapsed_ms: 1_000 } as const;
  const block: MeetingBlock = {
    ...meeting,
    state: 'running',
    participants: [],
    recording,
    working: ['recording', 'transcription'],
  };
  const { rerender } = render(<MeetingCard roomId="!r:x" item={message('root', block)} block={block} inThread />);
  expect(screen.getByTestId('meeting-transcription').textContent).toBe('Being transcribed');
  const recorded: MeetingBlock = { ...block, working: ['recording'] };
  rerender(<MeetingCard roomId="!r:x" item={message('root', recorded)} block={recorded} inThread />);
  expect(screen.queryByTestId('meeting-transcription')).toBeNull();
});

describe('while people are asked', () => {
  const asked: NonNullable<MeetingBlock['consent']> = { agreed: 1, others: 1, asked_ms: 20_000 };
  const shown = (own: Readonly<Record<string, number | undefined>>, consent = asked) => {
    const block: MeetingBlock = { ...meeting, state: 'running', participants: [], consent };
    const reactions = Object.entries(own).map(([symbol, mineMs]) => ({
      symbol,
      names: ['Alice'],
      mineId: mineMs === undefined ? undefined : `$${mineMs}`,
      mineMs,
    }));
    render(<MeetingCard roomId="!r:x" item={message('root', block, { reactions })} block={block} inThread />);
    const { textContent } = screen.getByTestId('meeting-consent');
    cleanup();
    return textContent;
  };

  test('it says what ✅ means, and that one’s own was heard', () => {
    expect(shown({ '✅': undefined })).toBe('✅ = I agree to be recorded and transcribed');
    expect(shown({ '👍': 150 })).toBe('✅ = I agree to be recorded and transcribed');
    expect(shown({ '✅': 20_050 })).toBe('You agreed; take ✅ away to withdraw');
    open(message('root', meeting));
    expect(screen.queryByTestId('meeting-consent')).toBeNull();
  });

  test('nobody who refused reads that they agreed', () => {
    const refused = 'You said that you do not agree; ✅ = I agree to be recorded and transcribed';
    expect(shown({ '❌': 20_060 })).toBe(refused);
    expect(shown({ '✅': 20_050, '❌': 20_060 })).toBe(refused);
    expect(shown({ '✅': 20_070, '❌': 20_060 })).toBe('You agreed; take ✅ away to withdraw');
  });

  test('a clock of the homeserver that is some seconds behind the bridge’s makes no ✅ count for nothing', () => {
    expect(shown({ '✅': 13_000 })).toBe('You agreed; take ✅ away to withdraw');
  });

  test('a ✅ from before that counts for nothing, and where it cannot be known nothing else is said', () => {
    const early = '✅ from before this question does not count: choose “I agree” again';
    expect(shown({ '✅': 50 })).toBe(early);
    expect(shown({ '✅': 20_050 }, { agreed: 1, others: 1 })).toBe(early);
  });
});
