import { describe, expect, test } from '@jest/globals';
import type { TranscriptBlock } from '@palabre/protocol';
import type { Attachment } from '../../matrix/attachment.ts';
import type { MessageItem } from '../../store/model.ts';
import { captionsOf, offeredElsewhere, transcriptFiles } from './siblings.ts';

const attachment = (name: string): Attachment => ({
  type: 'file',
  name,
  mimeType: 'text/plain',
  sizeBytes: 1,
  width: undefined,
  height: undefined,
  durationMs: undefined,
  source: { kind: 'plain', mxc: 'mxc://x/1' },
  thumbnail: undefined,
});
const item = (id: string, format: TranscriptBlock['format'], meetingId = 'm1'): MessageItem => ({
  kind: 'message',
  key: id,
  id,
  sentMs: 0,
  sender: { userId: '@s:x', name: 's', avatarMxc: undefined },
  mine: false,
  style: 'text',
  body: '',
  attachment: format === 'text' ? undefined : attachment(id),
  block: { kind: 'transcript', meeting_id: meetingId, format, duration_ms: 1, model: 'm', gaps: [] },
  edited: false,
  state: 'sent',
  replies: 0,
  results: [],
  latestReplyMs: undefined,
  reactions: [],
});

const items = [item('text', 'text'), item('txt', 'txt'), item('vtt', 'vtt'), item('other', 'vtt', 'm2')];

describe('results of one meeting', () => {
  test('files of a transcript are those of its meeting', () => {
    expect(transcriptFiles(items, 'm1').map((file) => file.eventId)).toEqual(['txt', 'vtt']);
  });

  test('captions: the ones named, else those of the meeting', () => {
    expect(captionsOf(items, { meeting_id: 'm1' })?.name).toBe('vtt');
    expect(captionsOf([...items, item('later', 'vtt')], { meeting_id: 'm1', captions_event_id: 'vtt' })?.name).toBe(
      'vtt',
    );
    expect(captionsOf([item('text', 'text')], { meeting_id: 'm1' })).toBeUndefined();
  });

  test('a file is offered by its readable transcript, or stands alone', () => {
    expect(items.map((each) => offeredElsewhere(items, each))).toEqual([false, true, true, false]);
  });
});
