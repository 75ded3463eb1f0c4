import { describe, expect, test } from '@jest/globals';
import { transcriptDocumentSchema } from '@palabre/protocol';
import { gapsWithin, paragraphsOf } from './assembly.ts';
import { documentOf } from './document.ts';
import type { NamedLine } from './lines.ts';
import { webVttOf } from './webvtt.ts';

const ZERO = 1_800_000_000_000;

function line(name: string, startMs: number, text: string, wordMs = 400): NamedLine {
  const words = text.split(' ').map((word, index) => ({
    word,
    startMs: ZERO + startMs + index * wordMs,
    endMs: ZERO + startMs + (index + 1) * wordMs,
  }));
  return {
    id: `${name}-${startMs}`,
    userId: `@${name}:hs`,
    name,
    startMs: ZERO + startMs,
    endMs: ZERO + startMs + words.length * wordMs,
    text,
    words,
  };
}

describe('paragraphs', () => {
  test('are in the order of speaking, joined for one speaker, apart for others and after pauses', () => {
    const paragraphs = paragraphsOf([
      line('bob', 3000, 'and I am here'),
      line('alice', 0, 'good morning'),
      line('alice', 1500, 'everybody'),
      line('alice', 20_000, 'much later'),
      line('alice', 40_000, 'and again'),
    ]);
    expect(paragraphs.map(({ name, text }) => [name, text])).toEqual([
      ['alice', 'good morning everybody'],
      ['bob', 'and I am here'],
      ['alice', 'much later'],
      ['alice', 'and again'],
    ]);
    expect(paragraphs[0]).toMatchObject({ id: 'alice-0', startMs: ZERO, endMs: ZERO + 1900 });
  });

  test('two voices on one microphone are two speakers', () => {
    const voiced = (startMs: number, voice: string) => ({ ...line('room', startMs, 'here we are'), voice });
    const paragraphs = paragraphsOf([voiced(0, '1'), voiced(1300, '2'), voiced(2600, '2')]);
    expect(paragraphs.map(({ voice, text }) => [voice, text])).toEqual([
      ['1', 'here we are'],
      ['2', 'here we are here we are'],
    ]);
  });
});

describe('the document for programs', () => {
  const facts = {
    meeting_id: 'm',
    started_ms: ZERO,
    duration_ms: 60_000,
    model: 'base',
    gaps: [],
    marks: [],
    not_kept: 2,
  };

  test('has the paragraphs under their ids, each utterance with its language and words, all from the start', () => {
    const french = { ...line('alice', 2000, 'bien sûr'), language: 'fr' };
    const lines = [line('bob', 9000, 'yes'), french, { ...line('alice', 500, 'good morning'), language: 'en' }];
    const document = documentOf(lines, facts);
    expect(transcriptDocumentSchema.parse(document)).toEqual(document);
    expect(document.lines.map(({ id }) => id)).toEqual(paragraphsOf(lines).map(({ id }) => id));
    expect(document.lines[0]).toMatchObject({
      id: 'alice-500',
      start_ms: 500,
      end_ms: 2800,
      text: 'good morning bien sûr',
    });
    expect(document.lines[0]?.utterances.map(({ language, text }) => [language, text])).toEqual([
      ['en', 'good morning'],
      ['fr', 'bien sûr'],
    ]);
    expect(document.lines[0]?.utterances[1]?.words).toEqual([
      { text: 'bien', start_ms: 2000, end_ms: 2400 },
      { text: 'sûr', start_ms: 2400, end_ms: 2800 },
    ]);
  });
});

describe('gaps', () => {
  test('touching ones of one reason become one, cut to the window and told from its start', () => {
    const gaps = gapsWithin(
      [
        { startMs: ZERO + 9_000, endMs: ZERO + 12_000, reason: 'speech_unavailable' },
        { startMs: ZERO + 12_500, endMs: ZERO + 14_000, reason: 'speech_unavailable' },
        { startMs: ZERO - 5_000, endMs: ZERO + 1_000, reason: 'scribe_restarted' },
        { startMs: ZERO + 50_000, endMs: ZERO + 90_000, reason: 'speech_unavailable' },
      ],
      { startMs: ZERO, endMs: ZERO + 60_000 },
    );
    expect(gaps).toEqual([
      { start_ms: 0, end_ms: 1_000, reason: 'scribe_restarted' },
      { start_ms: 9_000, end_ms: 14_000, reason: 'speech_unavailable' },
      { start_ms: 50_000, end_ms: 60_000, reason: 'speech_unavailable' },
    ]);
  });
});

describe('WebVTT', () => {
  test('cues stand at the times of their words, with the speaker, escaped', () => {
    const text = webVttOf([line('Bob & <Co>', 1_000, 'a < b')], ZERO);
    expect(text).toBe('WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.200\n<v Bob &amp; &lt;Co&gt;>a &lt; b\n');
  });

  test('long lines become several cues, each with its own words and time', () => {
    const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
    const cues = webVttOf([line('alice', 0, words.join(' '))], ZERO)
      .split('\n\n')
      .slice(1);
    expect(cues.length).toBeGreaterThan(2);
    const spoken = cues.map((cue) => cue.split('\n')[2]?.replace('<v alice>', '').trim()).join(' ');
    expect(spoken).toBe(words.join(' '));
    for (const cue of cues) {
      const first = /word(\d+)/.exec(cue)?.[1];
      const [, seconds] = /00:00:(\d\d\.\d{3}) -->/.exec(cue) ?? [];
      expect(Number(seconds)).toBeCloseTo(Number(first) * 0.4, 3);
    }
  });

  test('what lies before zero is left out, what reaches over it begins at zero', () => {
    const text = webVttOf([line('alice', -5_000, 'long gone'), line('bob', -400, 'just now')], ZERO);
    expect(text).toContain('00:00:00.000 --> 00:00:00.500\n<v bob>just now');
    expect(text).not.toContain('long gone');
  });

  test('what the text comes from is a comment before the first cue', () => {
    const origin = ['Text by base\n\n(at a --> b, operated by us).', 'Read it with care.'];
    const [header, note, cue] = webVttOf([line('alice', 0, 'yes')], ZERO, origin).split('\n\n');
    expect(header).toBe('WEBVTT');
    expect(note).toBe('NOTE\nText by base (at a → b, operated by us).\nRead it with care.');
    expect(cue).toBe('1\n00:00:00.000 --> 00:00:00.500\n<v alice>yes\n');
  });

  test('a line without word times is one cue', () => {
    expect(webVttOf([{ ...line('alice', 500, 'hello there'), words: [] }], ZERO)).toContain(
      '00:00:00.500 --> 00:00:01.300',
    );
  });
});
