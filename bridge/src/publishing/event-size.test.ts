import { describe, expect, test } from '@jest/globals';
import { RESULT_BLOCK, resultBlockSchema, type Gap, type MeetingBlock } from '@palabre/protocol';
import { shortName, type Paragraph } from '../transcription/index.ts';
import { jsonBytes } from './event-size.ts';
import {
  keptRecordingMessage,
  meetingEdit,
  recordingMessage,
  transcriptFileMessage,
  transcriptMessages,
  type Content,
} from './messages.ts';
import { textsFor } from './texts.ts';

/** What a homeserver takes: 64 KiB, of which the event's own fields take some (spec, size limits). */
const MOST_BYTES = 65_536 - 3_000;
/** Base64 of a ciphertext with its padding. */
const encryptedBytes = (content: Content): number => jsonBytes({ type: 'm.room.message', content }) * 1.34;
const ROOT = '$'.padEnd(44, 'r');

/** A thousand people of other servers, who chose the longest names they could. */
const PEOPLE = Array.from({ length: 1_000 }, (_, index) => ({
  user_id: `@${index}${'"'.repeat(200)}:far.example.org`,
  name: shortName(`<"${index}& 👩‍👩‍👧‍👦`.repeat(4_000)),
}));
const GAPS = PEOPLE.map(({ user_id, name }, index): Gap => ({
  start_ms: index * 10_000,
  end_ms: index * 10_000 + 5_000,
  reason: 'track_lost',
  user_id,
  name,
}));
const PARAGRAPHS = PEOPLE.map(({ user_id: userId, name }, index): Paragraph => ({
  id: '0f0e0d0c-0000-4000-8000-000000000000',
  userId,
  voice: 'x'.repeat(64),
  name,
  startMs: index * 10_000,
  endMs: index * 10_000 + 9_000,
  text: '"& '.repeat(index === 3 ? 20_000 : 40),
}));
const MARKS = PEOPLE.flatMap(({ user_id, name }, index) => [
  { at_ms: index * 10_000, kind: 'joined' as const, user_id, name },
  { at_ms: index * 10_000 + 1, kind: 'left' as const, user_id, name },
]);
const FACTS = {
  meeting_id: 'm',
  started_ms: 0,
  duration_ms: 10_000_000,
  model: 'base',
  gaps: GAPS,
  not_kept: 900,
  provenance: Array.from({ length: 100 }, (_, index) => ({
    model: 'base',
    version: `${index}`.repeat(50),
    place: 'somewhere',
    lines: 1,
  })),
};
const UPLOADED = { url: 'mxc://hs/1' };
const FILE = { name: 'r', mimetype: 'video/mp4', bytes: 5, thumbnail: undefined };
const meeting = (state: 'running' | 'ended'): MeetingBlock => ({
  kind: 'meeting',
  meeting_id: 'm',
  state,
  started_ms: 0,
  ended_ms: 10_000_000,
  participants: PEOPLE,
  preparing: Array.from({ length: 500 }, (_, since_ms) => ({ what: 'recording' as const, since_ms })),
});
const RECORDING = {
  meeting_id: 'm',
  started_ms: 0,
  duration_ms: 10_000_000,
  gaps: GAPS,
  pauses: Array.from({ length: 2_000 }, (_, index) => ({ at_ms: index * 5_000, duration_ms: 3_000 })),
};
const KEPT = { id: 'i', bytes: 1, mimetype: 'video/mp4', key: 'k' } as unknown as Parameters<
  typeof keptRecordingMessage
>[0]['kept'];

describe('whatever a meeting was like, what is told of it fits into events, encrypted, too', () => {
  test.each(['en', 'fr'] as const)('in %s', (language) => {
    const all: Content[] = [
      ...(['running', 'ended'] as const).map((state) =>
        meetingEdit(
          {
            block: meeting(state),
            doing: ['recording', 'transcription'],
            consent: { agreed: 1, others: 999, askedMs: 1_700_000_000_000, forExterns: true },
          },
          ROOT,
          language,
        ),
      ),
      ...transcriptMessages(PARAGRAPHS, FACTS, ROOT, language, MARKS),
      transcriptFileMessage('json', FILE, UPLOADED, FACTS, ROOT),
      recordingMessage(FILE, UPLOADED, RECORDING, ROOT, language),
      keptRecordingMessage({ kept: KEPT, link: 'http://m', thumbnail: undefined }, RECORDING, ROOT, language),
    ];
    for (const content of all) {
      expect(encryptedBytes(content)).toBeLessThan(MOST_BYTES);
      resultBlockSchema.parse(content[RESULT_BLOCK]);
    }
  });

  test('what is missing is counted, to read and for programs', () => {
    const edit = meetingEdit({ block: meeting('ended'), doing: [] }, ROOT, 'en');
    const block = resultBlockSchema.parse(edit[RESULT_BLOCK]) as MeetingBlock;
    expect(block.participants.length).toBeGreaterThan(10);
    expect(block.participants.length + (block.participants_left_out ?? 0)).toBe(1_000);
    const named = /and (\d+) others/.exec(String(edit['body']))?.[1];
    expect(Number(named)).toBeGreaterThanOrEqual(block.participants_left_out ?? 0);
    const film = recordingMessage(FILE, UPLOADED, RECORDING, ROOT, 'en');
    const { gaps, gaps_left_out, pauses, pauses_left_out } = film[RESULT_BLOCK] as typeof RECORDING & {
      gaps_left_out: number;
      pauses_left_out: number;
    };
    expect([gaps.length + gaps_left_out, pauses.length + pauses_left_out]).toEqual([1_000, 2_000]);
    expect(film['body']).toMatch(/and \d+ more\./);
  });

  test('an everyday meeting lacks nothing', () => {
    const participants = Array.from({ length: 100 }, (_, index) => ({
      user_id: `@person.${index}:example.org`,
      name: `Person Number ${index}`,
    }));
    const edit = meetingEdit({ block: { ...meeting('ended'), participants }, doing: [] }, ROOT, 'en');
    expect(edit[RESULT_BLOCK]).toMatchObject({ participants });
    expect(edit[RESULT_BLOCK]).not.toHaveProperty('participants_left_out');
    expect(edit['body']).toContain('Person Number 99');
    expect(edit['body']).not.toContain('other');
  });
});

test('a lobby of a thousand people is one message', () => {
  const people = PEOPLE.map(({ name, user_id }, index) => ({
    name: `${name} (${user_id})`,
    state: index % 2 === 0 ? ('waiting' as const) : ('admitted' as const),
    by: `${name} (${user_id})`,
  }));
  const text = textsFor('en').lobby.notice(people, { admit: '✅', turn_away: '❌' });
  expect(jsonBytes([text, text])).toBeLessThan(44_000);
  expect(text).toMatch(/and \d+ others wait/);
});
