import { describe, expect, test } from '@jest/globals';
import type { TranscriptBlock } from '@palabre/protocol';
import type { Attachment } from './attachment.ts';
import { captionsOf, offeredElsewhere, partOf, recordingAt, transcriptFiles } from './siblings.ts';
import type { ThreadMessage } from './thread.ts';

const attachment = (name: string): Attachment => ({
  type: 'file',
  name,
  caption: undefined,
  mimeType: 'text/plain',
  sizeBytes: 1,
  width: undefined,
  height: undefined,
  durationMs: undefined,
  source: { kind: 'plain', mxc: 'mxc://x/1' },
  thumbnail: undefined,
});
const item = (id: string, format: TranscriptBlock['format'], meetingId = 'm1'): ThreadMessage => ({
  kind: 'message',
  id,
  sentMs: 0,
  sender: { userId: '@s:x' },
  body: '',
  attachment: format === 'text' ? undefined : attachment(id),
  block: { kind: 'transcript', meeting_id: meetingId, format, duration_ms: 1, model: 'm', gaps: [] },
  state: 'sent',
});

const items = [item('text', 'text'), item('txt', 'txt'), item('vtt', 'vtt'), item('other', 'vtt', 'm2')];

describe('results of one meeting', () => {
  test('files of a transcript are those of its meeting', () => {
    expect(transcriptFiles(items, { meeting_id: 'm1' }).map((file) => file.eventId)).toEqual(['txt', 'vtt']);
  });

  test('captions: the ones named, else those of the meeting, counted from the first picture', () => {
    const recording = { meeting_id: 'm1', started_ms: 10_000 };
    expect(captionsOf(items, 'film', recording)).toMatchObject({ attachment: { name: 'vtt' }, shiftMs: 0 });
    const named = item('named', 'vtt');
    if (named.block?.kind !== 'transcript') throw new Error('a transcript');
    const early = { ...named, block: { ...named.block, started_ms: 9_200 } };
    expect(captionsOf([early, ...items], 'film', { ...recording, captions_event_id: 'named' })).toMatchObject({
      attachment: { name: 'named' },
      shiftMs: -800,
    });
    expect(captionsOf([item('text', 'text')], 'film', recording)).toBeUndefined();
    // Where people were asked, those of the transcript may be of others.
    expect(captionsOf(items, 'film', { ...recording, not_kept: 0 })).toBeUndefined();
  });

  test('captions that came after their recording name it, and are of no other', () => {
    const late = item('late', 'vtt');
    if (late.block?.kind !== 'transcript') throw new Error('a transcript');
    const naming = { ...late, block: { ...late.block, started_ms: 9_200, recording_event_id: 'film' } };
    const recording = { meeting_id: 'm1', started_ms: 10_000 };
    const all = [...items, naming];
    for (const asked of [{}, { not_kept: 1 }])
      expect(captionsOf(all, 'film', { ...recording, ...asked })).toMatchObject({
        attachment: { name: 'late' },
        shiftMs: -800,
      });
    expect(captionsOf(all, 'another', recording)).toMatchObject({ attachment: { name: 'vtt' } });
    expect(captionsOf(all, 'another', { ...recording, not_kept: 1 })).toBeUndefined();
    expect(transcriptFiles(all, naming.block)).toEqual([]);
    expect(offeredElsewhere(all, naming)).toBe(true);
  });

  test('a moment of a meeting is found in the recording that shows it', () => {
    const film = (id: string, meetingId: string, startedMs: number): ThreadMessage => ({
      ...item(id, 'txt'),
      block: {
        kind: 'recording',
        meeting_id: meetingId,
        started_ms: startedMs,
        duration_ms: 5_000,
        width: 1,
        height: 1,
        gaps: [],
      },
    });
    const films = [film('other', 'm2', 10_000), film('first', 'm1', 10_000), film('second', 'm1', 20_000)];
    const at = (startMs: number, endMs?: number) => recordingAt(films, 'm1', { startMs, endMs });
    expect(at(12_000)).toEqual({ recordingId: 'first', atMs: 2_000 });
    expect(at(12_000, 12_000)).toEqual({ recordingId: 'first', atMs: 2_000 });
    expect(at(19_000)).toEqual({ recordingId: 'second', atMs: 0 });
    expect(at(16_000)).toBeUndefined();
    expect(at(26_000)).toBeUndefined();
    // Where its end is known, it decides.
    expect(at(16_000, 21_000)).toEqual({ recordingId: 'second', atMs: 0 });
    expect(at(19_000, 19_900)).toBeUndefined();
  });

  test('a file is offered by its readable transcript or recording, or stands alone', () => {
    expect(items.map((each) => offeredElsewhere(items, each))).toEqual([false, true, true, false]);
    const recording: ThreadMessage = {
      ...item('film', 'text'),
      block: {
        kind: 'recording',
        meeting_id: 'm2',
        started_ms: 0,
        duration_ms: 1,
        width: 1,
        height: 1,
        gaps: [],
        captions_event_id: 'other',
      },
    };
    expect(offeredElsewhere([recording, ...items], item('other', 'vtt', 'm2'))).toBe(true);
  });

  test('two transcripts of one meeting keep their own files', () => {
    const later = (id: string, format: TranscriptBlock['format']): ThreadMessage => {
      const made = item(id, format);
      return made.block?.kind === 'transcript' ? { ...made, block: { ...made.block, started_ms: 5 } } : made;
    };
    const both = [...items, later('text2', 'text'), later('txt2', 'txt')];
    expect(transcriptFiles(both, { meeting_id: 'm1', started_ms: 5 }).map((file) => file.eventId)).toEqual(['txt2']);
    expect(transcriptFiles(both, { meeting_id: 'm1' }).map((file) => file.eventId)).toEqual(['txt', 'vtt']);
  });

  test('parts of a long transcript know their place', () => {
    const first = item('p1', 'text');
    const second = item('p2', 'text');
    if (second.block?.kind !== 'transcript') throw new Error('a transcript');
    expect(partOf([first, second], { ...second, block: second.block })).toEqual({ index: 1, count: 2 });
  });
});
