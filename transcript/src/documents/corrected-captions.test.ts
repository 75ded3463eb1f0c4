import { describe, expect, test } from '@jest/globals';
import { correctLines, type PostedCorrection, type TranscriptLine } from '@palabre/protocol';
import { correctedCaptions, isHeardIn, unheardIn } from './corrected-captions.ts';
import { cuesIn } from './cues.ts';

const line = (id: string, name: string, startMs: number, endMs: number, text: string): TranscriptLine => ({
  id,
  user_id: `@${name.toLowerCase()}:x`,
  name,
  start_ms: startMs,
  end_ms: endMs,
  text,
});
const lines = [
  line('1', 'Alice', 1_000, 5_000, 'We ask Colt about it. Is it dear?'),
  line('2', 'Bob', 5_200, 6_000, 'Yes.'),
  line('3', 'Carol', 5_200, 6_000, 'Yes.'),
  line('4', 'Alice & co', 9_000, 9_800, 'Then <no>.'),
];
/** From 500 ms after the transcript on, with a pause. */
const film = { started_ms: 10_500, duration_ms: 20_000, pauses: [{ at_ms: 6_000, duration_ms: 2_000 }] };
const ZERO = 10_000;
const vtt = [
  'WEBVTT',
  'NOTE\nText by base',
  '1\n00:00:00.500 --> 00:00:02.500\n<v Alice>We ask Colt about it.',
  '2\n00:00:02.600 --> 00:00:04.500\n<v Alice>Is it dear?',
  '3\n00:00:04.700 --> 00:00:05.500\n<v Bob>Yes.',
  '4\n00:00:06.500 --> 00:00:07.300\n<v Alice &amp; co>Then &lt;no&gt;.\n',
].join('\n\n');

const by = (lineId: string, what: { text: string } | { name: string }): PostedCorrection => ({
  eventId: `$${lineId}`,
  sender: '@m:x',
  sentMs: 0,
  byModerator: true,
  correction: {
    transcript_event_id: '$t',
    line_id: lineId,
    ...('text' in what ? { what: 'text', ...what } : { what: 'speaker', scope: 'line', ...what }),
  },
});
const corrected = (...corrections: readonly PostedCorrection[]): string =>
  correctedCaptions(vtt, film, correctLines(lines, corrections), ZERO, {
    speaker: ({ name, line: posted }) => `${name} (${posted.name})`,
    note: 'Corrected by --> M',
  });

describe('captions of a transcript that was corrected', () => {
  test('nobody corrected anything: the file as it was posted', () => {
    expect(corrected()).toBe(vtt);
  });

  test('a word is corrected in its cue; the others stay, with their times', () => {
    expect(corrected(by('1', { text: 'We ask Kolt about it. Is it dear?' }))).toBe(
      vtt.replace('Colt', 'Kolt').replace('WEBVTT\n', 'WEBVTT\n\nNOTE\nCorrected by → M\n'),
    );
  });

  test('words that come in between or go change no other cue', () => {
    const longer = corrected(by('1', { text: 'We had better ask Colt and Co. about it. Is it dear?' }));
    expect(longer).toContain('<v Alice>We had better ask Colt and Co. about it.\n');
    expect(longer).toContain('<v Alice>Is it dear?\n');
    const shorter = corrected(by('1', { text: 'Is it dear?' }));
    expect(shorter).not.toContain('<v Alice>We');
    expect(shorter).toContain('00:00:04.500\n<v Alice>Is it dear?\n');
  });

  test('a corrected speaker stands beside the microphone, and is nobody else who said the same', () => {
    const named = corrected(by('2', { name: 'Bobby' }), by('3', { name: 'Caroline' }));
    expect(named).toContain('<v Bobby (Bob)>Yes.');
    expect(named).not.toContain('Caroline');
  });

  test('whoever has lines of their own is not corrected by those of others that have the same words', () => {
    const both = vtt.replace('<v Bob>Yes.', '<v Bob>Is it?');
    const overlapping = lines.map((each) =>
      each.id === '1' ? { ...each, end_ms: 6_000, text: 'Is it? Dear?' } : each,
    );
    const written = correctedCaptions(
      both,
      film,
      correctLines(overlapping, [by('1', { text: 'Was it? Dear?' })]),
      ZERO,
      {
        speaker: ({ name }) => name,
        note: '',
      },
    );
    expect(written).toContain('<v Bob>Is it?\n');
  });

  test('words that are of no line of that time stay as they are', () => {
    const strange = vtt.replace('We ask Colt about it.', 'Something else.');
    const written = correctedCaptions(strange, film, correctLines(lines, [by('1', { text: 'We ask Kolt.' })]), ZERO, {
      speaker: ({ name }) => name,
      note: '',
    });
    expect(written).toContain('<v Alice>Something else.\n');
  });

  test('after a pause, and with signs that mean something in the file', () => {
    expect(corrected(by('4', { text: 'Then <yes> & --> no.' }))).toContain(
      '<v Alice &amp; co>Then &lt;yes&gt; &amp; --&gt; no.\n',
    );
  });

  test('what is not in the film does not come into its captions by a correction', () => {
    const cut = { ...film, duration_ms: 2_500 };
    const part = vtt.split('\n\n').slice(0, 3).join('\n\n');
    const written = correctedCaptions(
      part,
      cut,
      correctLines(lines, [by('1', { text: 'We ask Kolt about it. Is it cheap?' })]),
      ZERO,
      { speaker: ({ name }) => name, note: '' },
    );
    expect(written).toContain('<v Alice>We ask Kolt about it.');
    expect(written).not.toContain('cheap');
  });
});

describe('lines that nobody hears in the film', () => {
  test('those of whom its captions hold nothing', () => {
    expect([...unheardIn(vtt, film, lines, ZERO)].map(({ name }) => name)).toEqual(['Carol']);
  });

  test('a name that changed before the film was posted, or words that were divided otherwise, are no reason', () => {
    for (const other of ['<v Robert>Yes .', '<v Bob>Yeah.']) {
      const unheard = unheardIn(vtt.replace('<v Bob>Yes.', other), film, lines, ZERO);
      expect([...unheard].map(({ name }) => name)).toEqual(['Carol']);
    }
  });

  test('another person whose name begins alike does not speak for them', () => {
    const named = vtt.replace('<v Bob>Yes.', '<v Bob – Finance>Well.');
    expect([...unheardIn(named, film, lines, ZERO)].map(({ name }) => name)).toEqual(['Bob', 'Carol']);
  });

  test('what was said outside of the film is another matter', () => {
    const late = line('5', 'Dan', 60_000, 61_000, 'Hello?');
    expect(unheardIn(vtt, film, [...lines, late], ZERO).has(late)).toBe(false);
  });
});

describe('who speaks in a film', () => {
  const at = (name: string, startMs: number, endMs: number) =>
    isHeardIn(cuesIn(vtt), film, { name, startMs: ZERO + startMs, endMs: ZERO + endMs });

  test('who has captions there, while they speak', () => {
    expect(at('Alice', 1_000, 5_000)).toBe(true);
    // Carol has none at all, Bob speaks later.
    expect(at('Carol', 5_200, 6_000)).toBe(false);
    expect(at('Bob', 1_000, 4_000)).toBe(false);
    // Several voices were told apart on the microphone in the meeting, one of them in the film.
    expect(at('Bob – speaker 1', 5_200, 6_000)).toBe(true);
    expect(at('Bobby', 5_200, 6_000)).toBe(false);
  });

  test('nobody before it began, nor in a pause', () => {
    expect(at('Alice', 0, 400)).toBe(false);
    expect(at('Alice', 6_700, 8_400)).toBe(false);
  });
});
