import { beforeEach, describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, PalabreError, RTC_MEMBER_EVENT } from '@palabre/protocol';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { Membership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { followCommands } from './commands.ts';
import { createFakeRoom, createFakeScribe, ROOM, SCRIBE, WATCHER } from './fake-room.ts';
import type { FakeScribe } from './fake-room.ts';

const { log } = createFakeOperations();

describe('commands in the room', () => {
  const nowMs = 1_000_000_000;
  const now = () => nowMs;
  let matrix: FakeMatrix;
  let inbox: FakeInbox;
  let membership: Membership;
  let scribe: FakeScribe;

  function follow(language: 'en' | 'fr'): void {
    followCommands({
      inbox,
      client: matrix.client,
      scribe,
      rightsOf: membership.rightsOf,
      isJoined: membership.isJoined,
      bots: [WATCHER, SCRIBE],
      language,
      log,
      now,
    });
  }
  beforeEach(() => {
    ({ matrix, inbox, membership } = createFakeRoom(now));
    scribe = createFakeScribe();
    const events = matrix.rooms.get(ROOM)?.events;
    events?.set('$own', { type: CALL_MEMBER_EVENT, sender: '@alice:x', content: {} });
    events?.set('$bobs', { type: CALL_MEMBER_EVENT, sender: '@bob:x', content: {} });
    events?.set('$transcript', { type: 'm.room.encrypted', sender: SCRIBE, content: {} });
    events?.set('$chat', { type: 'm.room.message', sender: '@alice:x', content: {} });
  });

  const react = (sender: string, target: string, key: string) =>
    inbox.deliver({
      type: 'm.reaction',
      room_id: ROOM,
      sender,
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
    });
  const say = (sender: string, body: string) =>
    inbox.deliver({ type: 'm.room.message', room_id: ROOM, sender, content: { msgtype: 'm.text', body } });

  test('a refusal is in the language of the deployment', async () => {
    follow('fr');
    await react('@bob:x', '$bobs', '🔴');
    expect(matrix.sent[0]?.content).toMatchObject({ body: expect.stringContaining('modérateurs') });
  });

  test('an event that comes again is the same command', async () => {
    follow('en');
    const event = { type: 'm.room.message', room_id: ROOM, sender: '@alice:x', event_id: '$again' };
    const content = { msgtype: 'm.text', body: '!palabre record' };
    await inbox.deliver({ ...event, content });
    await inbox.deliver({ ...event, content });
    await say('@alice:x', '!palabre record');
    expect(scribe.ids[0]).toBeDefined();
    expect(scribe.ids[1]).toBe(scribe.ids[0]);
    expect(scribe.ids[2]).not.toBe(scribe.ids[0]);
  });

  test('a moderator: by reaction on their own membership, on the meeting’s message, and by text', async () => {
    follow('en');
    await react('@alice:x', '$own', '🔴');
    await react('@alice:x', '$meeting', '📝');
    await say('@alice:x', '!palabre stop');
    expect(scribe.asked).toEqual([
      `${ROOM} @alice:x start recording`,
      `${ROOM} @alice:x start transcription`,
      `${ROOM} @alice:x stop recording`,
      `${ROOM} @alice:x stop transcription`,
    ]);
    expect(matrix.sent).toEqual([]);
  });

  test('a sticky membership is as good as one in the state, encrypted or not', async () => {
    follow('en');
    const events = matrix.rooms.get(ROOM)?.events;
    const sticky = { sender: '@alice:x', content: {}, msc4354_sticky: { duration_ms: 3_600_000 } };
    events?.set('$sticky', { ...sticky, type: RTC_MEMBER_EVENT });
    events?.set('$sealed', { ...sticky, type: 'm.room.encrypted' });
    events?.set('$foreign', { ...sticky, type: RTC_MEMBER_EVENT, sender: '@bob:x' });
    await react('@alice:x', '$sticky', '🔴');
    await react('@alice:x', '$sealed', '📝');
    await react('@alice:x', '$foreign', '🔴');
    expect(scribe.asked).toEqual([`${ROOM} @alice:x start recording`, `${ROOM} @alice:x start transcription`]);
  });

  test('the same reaction elsewhere is just a reaction', async () => {
    follow('en');
    await react('@alice:x', '$chat', '🔴');
    await react('@alice:x', '$bobs', '🔴');
    await react('@alice:x', '$transcript', '🔴');
    await react('@alice:x', '$unknown', '🔴');
    await react('@alice:x', '$\ud800', '🔴');
    await react('@alice:x', '$own', '👍');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });

  test('who may not is told so in the room, once', async () => {
    follow('en');
    await react('@bob:x', '$bobs', '🔴');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toHaveLength(1);
    expect(matrix.sent[0]).toMatchObject({
      roomId: ROOM,
      content: { msgtype: 'm.notice', 'app.palabre.result': { kind: 'notice', code: 'M_FORBIDDEN' } },
    });
  });

  test("the scribe's own refusal is told as well", async () => {
    follow('en');
    scribe.refusal = new PalabreError('PALABRE_WRONG_STATE', 'There is no call in this room.');
    await say('@alice:x', '!palabre record');
    expect(matrix.sent[0]).toMatchObject({ content: { body: 'There is no call in this room.' } });
  });

  test.each([-3_600_000, 3_600_000])('a command sent %d ms away from now is not obeyed', async (offMs) => {
    follow('en');
    await inbox.deliver({
      type: 'm.room.message',
      room_id: ROOM,
      sender: '@alice:x',
      origin_server_ts: nowMs + offMs,
      content: { msgtype: 'm.text', body: '!palabre record' },
    });
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });

  test('bots and people who are not in the room are not obeyed', async () => {
    follow('en');
    await say(SCRIBE, '!palabre record');
    await say('@carol:x', '!palabre record');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });
});
