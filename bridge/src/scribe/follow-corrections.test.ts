import { beforeEach, describe, expect, test } from '@jest/globals';
import { TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import { createFakeInbox, type FakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeAudit, type FakeAudit } from '../governance/fake-audit.ts';
import type { PostedEvent } from '../publishing/index.ts';
import { followCorrections } from './follow-corrections.ts';

const ROOM = '!room:x';
const posted = (kind: PostedEvent['kind']): PostedEvent => ({
  eventId: `$${kind}`,
  roomId: ROOM,
  runId: 'run',
  source: 'job',
  kind,
  media: [],
});

describe('corrections of transcripts', () => {
  let inbox: FakeInbox;
  let audit: FakeAudit;
  beforeEach(() => {
    inbox = createFakeInbox(() => 0);
    audit = createFakeAudit();
    const events = [posted('transcript'), posted('minutes')];
    followCorrections({
      inbox,
      posted: {
        find: (eventId) => Promise.resolve(events.find((event) => event.eventId === eventId)),
        ofRuns: () => Promise.resolve(events),
        forget: () => Promise.resolve(),
        forgetRun: () => Promise.resolve(),
      },
      deletions: { meetingOf: () => Promise.resolve('meeting') },
      audit,
    });
  });
  const correct = (target: string, roomId = ROOM, text = 'what was said') =>
    inbox.deliver({
      type: 'm.room.message',
      room_id: roomId,
      sender: '@bob:x',
      event_id: '$correction',
      content: {
        body: text,
        [TRANSCRIPT_CORRECTION]: { transcript_event_id: target, line_id: '1', what: 'text', text },
      },
    });

  test('are in the audit trail, once, with where they stand and without their words', async () => {
    await correct('$transcript');
    await correct('$transcript');
    expect(audit.rows).toEqual([
      {
        action: 'transcript.edit',
        means: 'message',
        userId: '@bob:x',
        roomId: ROOM,
        meetingId: 'meeting',
        target: '$correction',
        key: '$correction',
        outcome: 'accepted',
      },
    ]);
  });

  test('what no reader would take for one is none', async () => {
    await correct('$unknown');
    await correct('$minutes');
    await correct('$transcript', '!other:x');
    await correct('$transcript', ROOM, '\u202e');
    expect(audit.rows).toEqual([]);
  });
});
