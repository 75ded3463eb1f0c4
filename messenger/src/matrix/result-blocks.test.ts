import { expect, test } from '@jest/globals';
import { RESULT_BLOCK } from '@palabre/protocol';
import type { MeetingBlock } from '@palabre/protocol';
import { MatrixEvent } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';
import { runningMeeting, workOf } from './result-blocks.ts';

const SCRIBE = '@palabre-scribe:x';
const meeting = (id: string, more: Partial<MeetingBlock> = {}): MeetingBlock => ({
  kind: 'meeting',
  meeting_id: id,
  state: 'running',
  started_ms: 0,
  participants: [],
  ...more,
});
const event = (content: object, sender = SCRIBE): MatrixEvent =>
  new MatrixEvent({ event_id: '$e', type: 'm.room.message', sender, room_id: '!r:x', content: { ...content } });
const posted = (block: MeetingBlock, sender?: string): MatrixEvent => event({ [RESULT_BLOCK]: block }, sender);
const edit = (block: MeetingBlock, sender?: string): MatrixEvent =>
  event(
    { 'm.relates_to': { rel_type: 'm.replace', event_id: '$root' }, 'm.new_content': { [RESULT_BLOCK]: block } },
    sender,
  );
const running = (events: readonly MatrixEvent[]): MeetingBlock | undefined =>
  runningMeeting({
    room: {
      getLiveTimeline: () => ({ getEvents: () => events }),
      hasEncryptionStateEvent: () => false,
    } as unknown as Room,
    myUserId: '@a:x',
    publishers: { watcherUserId: '@palabre:x', scribeUserId: SCRIBE },
  });

test('of a meeting the newest edit counts, and of the scribe alone', () => {
  const working: MeetingBlock['working'] = ['transcription'];
  expect(running([posted(meeting('m')), edit(meeting('m', { working }))])?.working).toEqual(working);
  expect(running([posted(meeting('m')), edit(meeting('m', { working }), '@eve:x')])?.working).toBeUndefined();
  expect(running([posted(meeting('m')), edit(meeting('m', { state: 'ended' }))])).toBeUndefined();
});

test('news of an earlier meeting says nothing of the one that runs', () => {
  const events = [posted(meeting('first')), posted(meeting('second')), edit(meeting('first', { state: 'ended' }))];
  expect(running(events)?.meeting_id).toBe('second');
});

test('what is kept: recording, transcription, or both; an older bridge tells of the recording alone', () => {
  const recording = { phase: 'paused' } as const;
  expect(workOf(meeting('m', { working: ['transcription'] }))).toEqual({ recording: undefined, transcription: true });
  const both: MeetingBlock['working'] = ['recording', 'transcription'];
  expect(workOf(meeting('m', { working: both, recording }))).toEqual({ recording: 'paused', transcription: true });
  expect(workOf(meeting('m', { recording }))).toEqual({ recording: 'paused', transcription: false });
});
