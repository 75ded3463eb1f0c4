import { createDecipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { RESULT_BLOCK, resultBlockSchema } from '@palabre/protocol';
import type { Paragraph } from '../transcription/index.ts';
import { createAttachmentCipher, type Uploaded } from './attachments.ts';
import {
  keptRecordingMessage,
  meetingEdit,
  meetingMessage,
  noticeMessage,
  recordingMessage,
  transcriptFile,
  transcriptMessages,
} from './messages.ts';
import { minutesMessage } from './minutes-message.ts';
import { durationText } from './texts.ts';

const ZERO = 1_800_000_000_000;
const FACTS = { meeting_id: 'm', started_ms: ZERO, duration_ms: 60_000, model: 'base', gaps: [] };

function paragraph(name: string, startMs: number, text: string): Paragraph {
  return {
    id: `${name}-${startMs}`,
    userId: `@${name}:hs`,
    name,
    startMs: ZERO + startMs,
    endMs: ZERO + startMs + 1000,
    text,
  };
}

const MEETING = {
  doing: ['transcription'] as const,
  block: {
    kind: 'meeting' as const,
    meeting_id: 'm',
    state: 'running' as const,
    started_ms: ZERO,
    participants: [{ user_id: '@a:hs', name: 'A' }],
  },
};

const MINUTES = {
  meeting_id: 'm',
  duration_ms: 60_000,
  participants: [{ user_id: '@a:hs', name: 'A' }],
  method: 'model' as const,
  model: 'small',
  operator: 'the town',
  place: 'Lyon',
  decisions: [],
  actions: [
    {
      text: 'Send <the> plan',
      who: 'Bob',
      due: 'Friday',
      sources: [{ user_id: '@b:hs', name: 'Bob', start_ms: 65_000, end_ms: 70_000, event_id: '$text' }],
    },
  ],
  questions: [],
  left_out: 2,
  edited: true,
  approved_by: { user_id: '@a:hs', name: 'A' },
  extract: [],
};

describe('messages', () => {
  test('minutes say how they were made, by whom they were approved, and lead to what was said', () => {
    const { body, formatted_body: html } = minutesMessage(MINUTES, '$root', '!room:hs', 'en');
    expect(body).toContain('Actions:\n- Bob: Send <the> plan (when: Friday) (1:05)');
    expect(body).toContain('Written by a language model (small, operated by the town, Lyon)');
    expect(body).toContain('2 statements were left out, because the transcript does not support them.');
    expect(body).toContain('Edited and approved by A (@a:hs).');
    expect(html).toContain('Send &lt;the&gt; plan');
    expect(html).toContain('<a href="https://matrix.to/#/!room%3Ahs/%24text"><code>1:05</code></a>');
    const instead = { ...MINUTES, method: 'extractive' as const, instead: 'model_unavailable' as const, actions: [] };
    const extractive = String(minutesMessage(instead, '$root', '!room:hs', 'fr')['body']);
    expect(extractive).toContain('Le modèle de langage n’était pas disponible');
    expect(extractive).not.toContain('Rédigé par');
  });

  test('every message bears a block that the protocol knows, in the thread, without ringing anybody', () => {
    const all = [
      ...transcriptMessages([paragraph('a', 0, 'hello')], FACTS, '$root', 'en'),
      minutesMessage(MINUTES, '$root', '!room:hs', 'fr'),
      recordingMessage(
        { name: 'r.mp4', mimetype: 'video/mp4', bytes: 5, thumbnail: undefined },
        { url: 'mxc://hs/1' },
        { meeting_id: 'm', started_ms: 1, duration_ms: 2, width: 3, height: 4, gaps: [] },
        '$root',
        'en',
      ),
      noticeMessage('text', { level: 'warning', code: 'speech_unavailable' }, '$root'),
    ];
    for (const content of all) {
      expect(resultBlockSchema.safeParse(content[RESULT_BLOCK]).success).toBe(true);
      expect(content['m.mentions']).toEqual({});
      expect(content['m.relates_to']).toMatchObject({ rel_type: 'm.thread', event_id: '$root' });
    }
    expect(resultBlockSchema.safeParse(meetingMessage(MEETING, 'en')[RESULT_BLOCK]).success).toBe(true);
  });

  test('the poster of a recording is its thumbnail, encrypted where the recording is', () => {
    const infoWith = (uploaded: Uploaded): unknown =>
      recordingMessage(
        { name: 'r', mimetype: 'video/mp4', bytes: 5, thumbnail: { uploaded, bytes: 7, width: 16, height: 9 } },
        uploaded,
        { meeting_id: 'm', started_ms: 1, duration_ms: 2, width: 3, height: 4, gaps: [] },
        '$root',
        'en',
      )['info'];
    const thumbnail_info = { mimetype: 'image/jpeg', size: 7, w: 16, h: 9 };
    expect(infoWith({ url: 'mxc://hs/1' })).toMatchObject({ thumbnail_url: 'mxc://hs/1', thumbnail_info });
    const { file } = createAttachmentCipher();
    const encrypted = file('mxc://hs/2');
    expect(infoWith({ file: encrypted })).toMatchObject({ thumbnail_file: encrypted, thumbnail_info });
  });

  test.each([
    ['en', 'Recording (5:20)', 'Recording (5:20, pauses left out)', /^Meeting with .*, lasted 5:59\. /],
    ['fr', 'Enregistrement (5:20)', 'Enregistrement (5:20, sans les pauses)', /^Réunion avec .*, durée 5:59\. /],
  ] as const)('lengths are told to the second, and what a film leaves out (%s)', (language, whole, paused, ended) => {
    const facts = { meeting_id: 'm', started_ms: 1, duration_ms: 320_400, gaps: [] };
    const file = { name: 'r.m4a', mimetype: 'audio/mp4', bytes: 5, thumbnail: undefined };
    const body = (pauses: object) =>
      recordingMessage(file, { url: 'mxc://hs/1' }, { ...facts, ...pauses }, '$root', language)['body'];
    expect(body({})).toBe(whole);
    expect(body({ pauses: [{ at_ms: 1, duration_ms: 30_000 }] })).toBe(paused);
    const block = { ...MEETING.block, state: 'ended' as const, ended_ms: MEETING.block.started_ms + 359_900 };
    expect(meetingMessage({ doing: [], block }, language)['body']).toMatch(ended);
  });

  test('a recording says how many did not agree to it, attached or linked to', () => {
    const facts = { meeting_id: 'm', started_ms: 1, duration_ms: 2, width: 3, height: 4, gaps: [] };
    const both = (not_kept: number): unknown[] => {
      const file = { name: 'r.mp4', mimetype: 'video/mp4', bytes: 5, thumbnail: undefined };
      const attached = recordingMessage(file, { url: 'mxc://hs/1' }, { ...facts, not_kept }, '$root', 'en');
      const kept = { id: 'i', mimetype: 'video/mp4', bytes: 5, block_bytes: 5, key: 'k' };
      const of = { kept, link: 'http://m', thumbnail: undefined };
      const linked = keptRecordingMessage(of, { ...facts, not_kept }, '$root', 'en');
      return [attached['body'], linked['body'], linked['formatted_body']];
    };
    for (const text of both(2)) expect(text).toContain('2 people did not agree to be recorded');
    for (const text of both(0)) expect(text).not.toContain('Missing');
  });

  test('the edit of a meeting replaces it and carries the new content', () => {
    const edit = meetingEdit({ ...MEETING, doing: [] }, '$root', 'en');
    expect(edit['m.relates_to']).toEqual({ rel_type: 'm.replace', event_id: '$root' });
    expect(edit['m.new_content']).toEqual(meetingMessage({ ...MEETING, doing: [] }, 'en'));
  });

  test('a meeting of which results are on their way says so, in words too', () => {
    const block = { ...MEETING.block, preparing: [{ what: 'recording' as const, since_ms: ZERO }] };
    expect(meetingMessage({ doing: [], block }, 'en')['body']).toContain('The recording is being prepared.');
    expect(meetingMessage({ doing: [], block }, 'fr')['body']).toContain('L’enregistrement est en préparation.');
    const ended = { ...block, state: 'ended' as const, ended_ms: ZERO + 60_000 };
    expect(meetingMessage({ doing: [], block: ended }, 'en')['body']).toMatch(
      /^Meeting with .*\n.*is being prepared\.$/,
    );
    expect(meetingMessage({ ...MEETING, doing: [] }, 'en')['body']).not.toContain('being prepared');
  });

  test('what people said cannot become markup', () => {
    const [content] = transcriptMessages([paragraph('<b>a</b>', 0, '<img src=x> & "more"')], FACTS, '$root', 'en');
    expect(content?.['formatted_body']).not.toContain('<img');
    expect(content?.['formatted_body']).not.toContain('<b>');
    expect(content?.['body']).toContain('<img src=x> & "more"');
  });

  test('a long transcript comes in parts that fit into events; nothing is lost but what the last part says', () => {
    const paragraphs = Array.from({ length: 300 }, (_, i) =>
      paragraph('alice', i * 1000, `sentence number ${i} `.repeat(8)),
    );
    const parts = transcriptMessages(paragraphs, FACTS, '$root', 'en');
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      // As ciphertext in base64 it must still be below 64 KiB.
      expect((JSON.stringify(part).length * 4) / 3).toBeLessThan(62_000);
    }
    const lines = parts.flatMap((part) => {
      const block = resultBlockSchema.parse(part[RESULT_BLOCK]);
      return block.kind === 'transcript' ? (block.lines ?? []) : [];
    });
    expect(lines.map(({ start_ms: startMs }) => startMs)).toEqual(lines.map((_, index) => index * 1000));
    if (lines.length < paragraphs.length) expect(parts.at(-1)?.['body']).toContain('The rest is in the attached file');
  });

  test('what happened stands between the words, and cannot become markup', () => {
    const marks = [
      { at_ms: 500, kind: 'joined' as const, user_id: '@b:hs', name: '<b>Bob</b>' },
      { at_ms: 2_000, kind: 'recording_started' as const },
    ];
    const said = [paragraph('a', 0, 'hello'), paragraph('a', 1_000, 'there')];
    const [content] = transcriptMessages(said, FACTS, '$root', 'en', marks);
    expect(content?.['body']).toBe(
      ['Transcript', 'a (0:00): hello', '(0:00) <b>Bob</b> joined', 'a (0:01): there', '(0:02) Recording started'].join(
        '\n\n',
      ),
    );
    expect(content?.['formatted_body']).toContain('<em>&lt;b&gt;Bob&lt;/b&gt; joined</em>');
    expect(content?.[RESULT_BLOCK]).toMatchObject({ marks, lines: [{ id: 'a-0' }, { id: 'a-1000' }] });
    const [title, ...lines] = transcriptFile(said, FACTS, 'fr', marks).split('\n');
    expect(title).toMatch(/^Transcription, 15 janvier 2027, 08:00\s–\s08:01 UTC$/);
    expect(lines.join('\n')).toBe(
      '\n[0:00] a: hello\n[0:00] (<b>Bob</b> a rejoint la réunion)\n[0:01] a: there\n[0:02] (Début de l’enregistrement)\n',
    );
    expect(transcriptFile([], FACTS, 'en', marks)).toMatch(/UTC\n\nNobody was heard speaking\.\n\[0:00\]/);
  });

  test('the pauses of a recording are told, in both languages', () => {
    const marks = [
      { at_ms: 1_000, kind: 'recording_paused' as const },
      { at_ms: 2_000, kind: 'recording_resumed' as const },
    ];
    const byAlice = marks.map((mark) => ({ ...mark, user_id: '@a:hs', name: 'Alice' }));
    expect(transcriptFile([], FACTS, 'en', marks)).toContain('[0:01] (Recording paused)\n[0:02] (Recording resumed)\n');
    expect(transcriptFile([], FACTS, 'fr', marks)).toContain(
      '[0:01] (Enregistrement en pause)\n[0:02] (Reprise de l’enregistrement)\n',
    );
    expect(transcriptFile([], FACTS, 'en', byAlice)).toContain(
      '[0:01] (Recording paused by Alice)\n[0:02] (Recording resumed by Alice)\n',
    );
    expect(transcriptFile([], FACTS, 'fr', byAlice)).toContain(
      '[0:01] (Enregistrement mis en pause par Alice)\n[0:02] (Enregistrement repris par Alice)\n',
    );
  });

  test('gaps are named in words', () => {
    const gaps = [{ start_ms: 5_000, end_ms: 9_000, reason: 'speech_unavailable' as const }];
    const [content] = transcriptMessages([], { ...FACTS, gaps }, '$root', 'fr');
    expect(content?.['body']).toContain('de 0:05 à 0:09');
  });
});

test('lengths are told as clocks tell them: what is over', () => {
  expect([-1, 28_900, 166_700, 3_779_900].map(durationText)).toEqual(['0 s', '28 s', '2 min', '1 h 02 min']);
});

test('an attachment can be decrypted with what its message says', () => {
  const { stream, file } = createAttachmentCipher();
  stream.end(Buffer.from('the whole file'));
  const encrypted = stream.read() as Buffer;
  const info = file('mxc://hs/1');
  expect(createHash('sha256').update(encrypted).digest('base64').replace(/=+$/, '')).toBe(info.hashes.sha256);
  const decipher = createDecipheriv(
    'aes-256-ctr',
    Buffer.from(info.key.k, 'base64url'),
    Buffer.from(info.iv, 'base64'),
  );
  expect(decipher.update(encrypted).toString()).toBe('the whole file');
});
