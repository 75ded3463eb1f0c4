import { describe, expect, test } from '@jest/globals';
import { correctLines, transcriptCorrectionSchema } from './corrections.ts';
import type { PostedCorrection, TranscriptCorrection } from './corrections.ts';
import type { TranscriptLine } from './transcript.ts';

const line = (id: string, userId: string, text: string, voice?: string): TranscriptLine => ({
  id,
  user_id: userId,
  name: userId.slice(1, 2),
  start_ms: 0,
  end_ms: 1000,
  text,
  ...(voice === undefined ? {} : { voice }),
});
const LINES = [
  line('1', '@a:x', 'budget for twenty six'),
  line('2', '@b:x', 'yes'),
  line('3', '@a:x', 'good'),
  line('4', '@room:x', 'here', 'speaker 1'),
  line('5', '@room:x', 'too', 'speaker 2'),
  line('6', '@room:x', 'again', 'speaker 1'),
];

const text = (lineId: string, value: string): TranscriptCorrection => ({
  transcript_event_id: '$t',
  line_id: lineId,
  what: 'text',
  text: value,
});
const speaker = (lineId: string, name: string, scope: 'line' | 'voice'): TranscriptCorrection => ({
  transcript_event_id: '$t',
  line_id: lineId,
  what: 'speaker',
  name,
  scope,
});
let sent = 0;
const by = (sender: string, correction: TranscriptCorrection, byModerator = false): PostedCorrection => ({
  eventId: `$${(sent += 1)}`,
  sender,
  sentMs: sent,
  correction,
  byModerator,
});
const texts = (posted: readonly PostedCorrection[]) => correctLines(LINES, posted).map((each) => each.text);
const names = (posted: readonly PostedCorrection[]) => correctLines(LINES, posted).map((each) => each.name);

describe('corrections', () => {
  test('the speaker of a line and moderators may; others change nothing', () => {
    expect(texts([by('@a:x', text('1', 'mine'))])[0]).toBe('mine');
    expect(texts([by('@m:x', text('1', 'moderated'), true)])[0]).toBe('moderated');
    expect(texts([by('@b:x', text('1', 'forged'))])).toEqual(LINES.map((each) => each.text));
    expect(names([by('@b:x', speaker('1', 'Somebody', 'voice'))])).toEqual(LINES.map((each) => each.name));
  });

  test('the last one in the order of the timeline is in force, whatever the clocks of senders say', () => {
    const late = by('@a:x', text('1', 'first'));
    const early = { ...by('@m:x', text('1', 'second'), true), sentMs: -1 };
    const [corrected] = correctLines(LINES, [late, early]);
    expect(corrected?.text).toBe('second');
    expect(corrected?.texts.map(({ value, by: who }) => [value, who])).toEqual([
      ['budget for twenty six', undefined],
      ['first', '@a:x'],
      ['second', '@m:x'],
    ]);
  });

  test('a name is put on one line, or on all lines of that voice on that microphone', () => {
    expect(names([by('@a:x', speaker('1', 'Anne', 'line'))])).toEqual(['Anne', 'b', 'a', 'r', 'r', 'r']);
    expect(names([by('@a:x', speaker('1', 'Anne', 'voice'))])).toEqual(['Anne', 'b', 'Anne', 'r', 'r', 'r']);
    expect(names([by('@m:x', speaker('4', 'Camille', 'voice'), true)])).toEqual([
      ...['a', 'b', 'a'],
      ...['Camille', 'r', 'Camille'],
    ]);
  });

  test('times and microphones stay; lines that are not there are passed over', () => {
    const posted = [by('@m:x', speaker('2', 'C', 'line'), true), by('@m:x', text('nowhere', 'x'), true)];
    expect(correctLines(LINES, posted).map((each) => each.line)).toEqual(LINES);
  });

  test('what could break lines, hide or reorder is no correction', () => {
    const parse = (change: object) => transcriptCorrectionSchema.safeParse({ ...text('1', 'x'), ...change }).success;
    expect(parse({})).toBe(true);
    expect(parse({ text: 'a\nBob (0:01): b' })).toBe(false);
    expect(parse({ text: 'a \u202egnorw' })).toBe(false);
    expect(parse({ text: '   ' })).toBe(false);
    expect(parse({ text: 'x'.repeat(10_001) })).toBe(false);
    expect(parse({ what: 'times', start_ms: 1 })).toBe(false);
  });
});
