import { expect, test } from '@jest/globals';
import { correctLines } from '@palabre/protocol';
import type { TranscriptLine } from '@palabre/protocol';
import { correctionsIn, judged, questionsIn } from './judging.ts';
import type { ThreadMessage } from './thread.ts';

const LINES: readonly TranscriptLine[] = [
  { id: '1', user_id: '@a:x', name: 'Alice', start_ms: 0, end_ms: 500, text: 'as heard' },
];
const item = (
  id: string,
  sender: string,
  correction: { readonly transcript_event_id?: string; readonly line_id?: string },
  state: ThreadMessage['state'] = 'sent',
): ThreadMessage => ({
  kind: 'message',
  id,
  sentMs: 0,
  sender: { userId: sender },
  body: '',
  attachment: undefined,
  block: undefined,
  correction: {
    transcript_event_id: '$t',
    line_id: '1',
    what: 'text',
    text: id,
    ...correction,
  },
  state,
});
const IDS = new Set(['$t']);

test('corrections of other transcripts, of lines that are not there, and those that are not sent are left out', () => {
  const items = [
    item('good', '@a:x', {}),
    item('elsewhere', '@a:x', { transcript_event_id: '$other' }),
    item('nowhere', '@a:x', { line_id: '9' }),
    item('failed', '@a:x', {}, 'failed'),
    item('sending', '@a:x', {}, 'sending'),
  ];
  expect(correctionsIn(items, IDS, LINES).map(({ id }) => id)).toEqual(['good']);
});

test('only of those who did not speak the line it is asked what they might do; without an answer they change nothing', () => {
  const corrections = correctionsIn([item('own', '@a:x', {}), item('other', '@m:x', {})], IDS, LINES);
  expect(questionsIn(corrections, LINES).map(({ id }) => id)).toEqual(['other']);
  const text = (judgement?: boolean | 'failed') =>
    correctLines(LINES, judged(corrections, new Map(judgement === undefined ? [] : [['other', judgement]])))[0]?.text;
  expect([text(), text(false), text('failed'), text(true)]).toEqual(['own', 'own', 'own', 'other']);
});
