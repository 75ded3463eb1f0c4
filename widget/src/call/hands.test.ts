import { describe, expect, test } from '@jest/globals';
import type { RoomEvent } from '../host/index.ts';
import { emojiOf, emojiReactionOf, handReactionOf, ownedHands, raisedHands, redactedBy } from './hands.ts';
import type { RtcMember } from './membership.ts';

const member = (name: string): RtcMember => ({
  userId: `@${name}:x`,
  deviceId: 'D',
  identity: `@${name}:x:D`,
  serviceUrl: undefined,
  joinedMs: 0,
  eventId: `$${name}`,
});
const event = (type: string, sender: string, content: Record<string, unknown>, id = '$e'): RoomEvent => ({
  type,
  sender: `@${sender}:x`,
  event_id: id,
  origin_server_ts: 0,
  content,
});
const hand = (sender: string, target: string, raisedMs: number, key = '🖐️') => {
  const relation = { rel_type: 'm.annotation', event_id: `$${target}`, key };
  return handReactionOf(event('m.reaction', sender, { 'm.relates_to': relation }, `$${sender}${target}`), raisedMs);
};
const emoji = (sender: string, target: string, text: unknown) =>
  emojiReactionOf(
    event('io.element.call.reaction', sender, {
      'm.relates_to': { rel_type: 'm.reference', event_id: `$${target}` },
      emoji: text,
      name: 'any',
    }),
    [member('a'), member('b')],
  );
const up = (...reactions: ReturnType<typeof hand>[]) =>
  raisedHands(
    ownedHands(
      reactions.flatMap((reaction) => reaction ?? []),
      [member('a'), member('b')],
      0,
    ),
  ).map(({ personId }) => personId);

describe('raised hands', () => {
  test('are up in the order in which they were raised', () => {
    expect(up(hand('a', 'a', 20), hand('b', 'b', 10))).toEqual(['@b:x|D', '@a:x|D']);
  });

  test('count only for who raises their own', () => {
    expect(up(hand('b', 'a', 1))).toEqual([]);
    expect(up(hand('c', 'c', 1))).toEqual([]);
    // Not at the membership that was here before.
    expect(up(hand('a', 'old', 1))).toEqual([]);
  });

  test.each(['🔴', '📝', '⏹', '✅', '✋', ''])('the reaction %p is none', (key) => {
    expect(hand('a', 'a', 1, key)).toBeUndefined();
  });

  test.each([{}, { 'm.relates_to': null }, { 'm.relates_to': { rel_type: 'm.reference', event_id: '$a', key: '🖐️' } }])(
    'content %j is none',
    (content) => {
      expect(handReactionOf(event('m.reaction', 'a', content), 1)).toBeUndefined();
    },
  );

  test('what a redaction takes back stands in its content, or beside it in old rooms', () => {
    expect(redactedBy(event('m.room.redaction', 'a', { redacts: '$h' }))).toBe('$h');
    expect(redactedBy({ ...event('m.room.redaction', 'a', {}), redacts: '$h' })).toBe('$h');
    expect(redactedBy(event('m.room.message', 'a', { redacts: '$h' }))).toBeUndefined();
  });
});

describe('emoji', () => {
  test('count only for who sends them about themselves', () => {
    expect(emoji('a', 'a', '🎉')).toEqual({ personId: '@a:x|D', emoji: '🎉' });
    expect(emoji('b', 'a', '🎉')).toBeUndefined();
    expect(emoji('c', 'c', '🎉')).toBeUndefined();
  });

  test.each([
    ['👍🏽👎', '👍🏽'],
    ['😵‍💫', '😵‍💫'],
    ['🇫🇷!', '🇫🇷'],
    ['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
  ])('of %p the first one is shown', (text, first) => {
    expect(emojiOf(text)).toBe(first);
  });

  test.each(['', 'Go home', '1', ' ', '‮', `😀${'̈'.repeat(40)}`])('%j is none', (text) => {
    expect(emojiOf(text)).toBeUndefined();
  });

  test('what is not text is none', () => {
    expect([emoji('a', 'a', 5), emoji('a', 'a', undefined)]).toEqual([undefined, undefined]);
  });
});
