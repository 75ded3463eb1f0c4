import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { WidgetApiResponseError } from 'matrix-widget-api';
import type { Host, RoomEvent } from '../host/index.ts';
import type { RtcMember } from './membership.ts';
import { KEYS_FIRST_MS } from './keys-first.ts';
import { createReactions, REACTIONS, type Reaction } from './reactions.ts';

const thumbsUp: Reaction = REACTIONS[0];
const member = (name: string): RtcMember => ({
  userId: `@${name}:x`,
  deviceId: 'D',
  identity: `@${name}:x:D`,
  serviceUrl: undefined,
  joinedMs: 0,
  eventId: `$${name}`,
});

/** A room with the three of us, whose messenger sends what it is given and knows the past. */
function open(past: Readonly<Record<string, RoomEvent[]>> = {}, encrypted = false) {
  const room = { members: [member('me'), member('a'), member('b')], refuses: undefined as Error | undefined };
  const sent: [string, unknown][] = [];
  let listener: (event: RoomEvent) => void = () => undefined;
  let counter = 0;
  const asked: string[] = [];
  const host = {
    parameters: { userId: '@me:x', deviceId: 'D', roomId: '!r:x', encrypted },
    maySend: () => true,
    timeline: {
      onEvent: (given: typeof listener) => {
        listener = given;
        return () => undefined;
      },
      reactionsTo: (eventId: string) => {
        asked.push(eventId);
        return past[eventId] === undefined ? Promise.reject(new Error('unknown')) : Promise.resolve(past[eventId]);
      },
      send: (type: string, content: unknown) => {
        if (room.refuses !== undefined) return Promise.reject(room.refuses);
        sent.push([type, content]);
        return Promise.resolve(`$sent${++counter}`);
      },
      redact: (eventId: string) => {
        sent.push(['redaction', eventId]);
        return Promise.resolve();
      },
    },
  } as unknown as Host;
  const reactions = createReactions(
    host,
    { members: () => room.members, own: () => room.members.find(({ userId }) => userId === '@me:x') },
    () => undefined,
  );
  return {
    reactions,
    room,
    sent,
    asked,
    hear: (event: RoomEvent) => listener(event),
    hands: () => reactions.state().hands.map(({ personId }) => personId),
  };
}
const event = (type: string, sender: string, id: string, content: Record<string, unknown>): RoomEvent => ({
  type,
  sender: `@${sender}:x`,
  event_id: id,
  origin_server_ts: Date.now(),
  content,
});
const raise = (name: string, id: string, more: Partial<RoomEvent> = {}): RoomEvent => ({
  ...event('m.reaction', name, id, {
    'm.relates_to': { rel_type: 'm.annotation', event_id: `$${name}`, key: '🖐️' },
  }),
  ...more,
});
const lower = (id: string): RoomEvent => event('m.room.redaction', 'mod', `$r${id}`, { redacts: id });
const react = (name: string, id: string): RoomEvent =>
  event('io.element.call.reaction', name, id, {
    'm.relates_to': { rel_type: 'm.reference', event_id: `$${name}` },
    emoji: '👏',
    name: 'clapping',
  });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('hands go up in the order in which we hear of them, whatever the clocks of their servers say, and down', () => {
  const { hear, hands } = open();
  hear(raise('a', '$1'));
  jest.advanceTimersByTime(10);
  hear(raise('b', '$2', { origin_server_ts: 5 }));
  expect(hands()).toEqual(['@a:x|D', '@b:x|D']);
  hear(lower('$1'));
  expect(hands()).toEqual(['@b:x|D']);
});

test('a hand stays up for a while when its membership is sent anew, and goes with it', () => {
  const { hear, hands, room, reactions } = open();
  hear(raise('a', '$1'));
  const renewed = { ...member('a'), eventId: '$renewed' };
  room.members = [member('me'), renewed];
  reactions.look();
  expect(hands()).toEqual(['@a:x|D']);
  room.members = [member('me')];
  reactions.look();
  room.members = [member('me'), renewed];
  reactions.look();
  expect(hands()).toEqual([]);
});

test('a hand goes down in the end where its owner does not raise it again on the new membership', () => {
  const { hear, hands, room, reactions } = open();
  hear(raise('a', '$1'));
  room.members = [member('me'), { ...member('a'), eventId: '$renewed' }];
  reactions.look();
  jest.advanceTimersByTime(44_999);
  reactions.look();
  expect(hands()).toEqual(['@a:x|D']);
  jest.advanceTimersByTime(1);
  expect(hands()).toEqual([]);
});

test('our own hand is raised again when our membership is sent anew, once, and keeps its place', async () => {
  const { reactions, sent, room, hands, hear } = open();
  await reactions.toggleHand();
  jest.advanceTimersByTime(10);
  hear(raise('a', '$1'));
  room.members = [{ ...member('me'), eventId: '$renewed' }, member('a')];
  reactions.look();
  reactions.look();
  await jest.advanceTimersByTimeAsync(60_000);
  const raised = (target: string) => [
    'm.reaction',
    { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: '🖐️' } },
  ];
  expect(sent).toEqual([raised('$me'), raised('$renewed')]);
  expect(hands()).toEqual(['@me:x|D', '@a:x|D']);
  await reactions.toggleHand();
  expect([sent.at(-1), hands()]).toEqual([['redaction', '$sent2'], ['@a:x|D']]);
});

test('our own hand that cannot be raised again is tried once, and goes down here as it does for others', async () => {
  const { reactions, room } = open();
  await reactions.toggleHand();
  room.refuses = new Error('Request timed out');
  room.members = [{ ...member('me'), eventId: '$renewed' }];
  reactions.look();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(reactions.state()).toMatchObject({ hand: 'up', failure: 'failed' });
  await jest.advanceTimersByTimeAsync(45_000);
  expect(reactions.state().hand).toBe('down');
});

test('who leaves and comes back has the hand down, although the room tells of both at once', async () => {
  const { reactions, sent, room } = open();
  await reactions.toggleHand();
  reactions.end();
  room.members = [{ ...member('me'), eventId: '$renewed' }];
  reactions.look();
  await jest.advanceTimersByTimeAsync(0);
  expect([reactions.state().hand, sent.length]).toEqual(['down', 1]);
});

test('who raises a hand again on a membership sent anew has one, and lowers it', () => {
  const { hear, hands, room, reactions } = open();
  hear(raise('a', '$1'));
  room.members = [member('me'), { ...member('a'), eventId: '$renewed' }];
  reactions.look();
  hear(
    event('m.reaction', 'a', '$2', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: '$renewed', key: '🖐️' },
    }),
  );
  expect(reactions.state().hands.map(({ eventId }) => eventId)).toEqual(['$2']);
  hear(lower('$2'));
  expect(hands()).toEqual([]);
});

test('a reaction that comes before the membership it belongs to counts when that is here', () => {
  const { hear, hands, room, reactions } = open();
  room.members = [member('me')];
  hear(raise('a', '$1'));
  expect(hands()).toEqual([]);
  room.members = [member('me'), member('a')];
  reactions.look();
  expect(hands()).toEqual(['@a:x|D']);
});

test('who comes later asks which hands are up; what was taken back meanwhile stays down', async () => {
  const past = { $a: [raise('a', '$1')], $b: [raise('b', '$2'), raise('a', '$3')] };
  const { reactions, asked, hands, hear } = open(past);
  reactions.begin();
  hear(lower('$2'));
  await jest.advanceTimersByTimeAsync(0);
  expect(asked.sort()).toEqual(['$a', '$b', '$me']);
  expect(hands()).toEqual(['@a:x|D']);
});

test('in an encrypted call the question waits for the keys, once for all who are there', async () => {
  const people = Array.from({ length: 40 }, (_, index) => member(`p${index}`));
  const past = Object.fromEntries(
    people.map(({ eventId }, index) => [eventId ?? '', [raise(`p${index}`, `$h${index}`)]]),
  );
  const { reactions, asked, hands, room } = open(past, true);
  room.members = [member('me'), ...people];
  reactions.begin();
  reactions.look();
  await jest.advanceTimersByTimeAsync(KEYS_FIRST_MS - 1);
  expect(asked).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(41);
  expect(hands()).toHaveLength(40);
  reactions.end();
  reactions.begin();
  reactions.close();
  await jest.advanceTimersByTimeAsync(KEYS_FIRST_MS);
  expect(asked).toHaveLength(41);
});

test('a call that is said to have begun twice, because the room was slow to tell, asks nothing once it is closed', async () => {
  const { reactions, asked } = open({}, true);
  reactions.begin();
  reactions.begin();
  reactions.close();
  await jest.advanceTimersByTimeAsync(KEYS_FIRST_MS);
  expect(asked).toEqual([]);
});

test('those whom the room names late are asked of too, each once; those who come later are not', async () => {
  const { reactions, asked, hands, room } = open({ $a: [raise('a', '$1')] });
  const everybody = room.members;
  room.members = [];
  reactions.begin();
  jest.advanceTimersByTime(10_000);
  room.members = [...everybody, { ...member('late'), joinedMs: Date.now() + 120_000 }];
  reactions.look();
  room.members = [...everybody, { ...member('b'), eventId: '$renewed' }];
  reactions.look();
  await jest.advanceTimersByTimeAsync(0);
  expect(asked.sort()).toEqual(['$a', '$b', '$me']);
  expect(hands()).toEqual(['@a:x|D']);
});

test('whoever is there when we come is asked of, however far ahead the clock of their server is', async () => {
  const { reactions, hands, room } = open({ $a: [raise('a', '$1')], $b: [raise('b', '$2')] });
  const ahead = { joinedMs: Date.now() + 600_000 };
  room.members = [member('me'), { ...member('a'), ...ahead }];
  reactions.begin();
  // The room tells of its members a moment later.
  room.members = [...room.members, { ...member('b'), ...ahead }];
  reactions.look();
  await jest.advanceTimersByTimeAsync(0);
  expect(hands()).toEqual(['@a:x|D', '@b:x|D']);
});

test('a hand of before was not raised before somebody of another server came, whatever its clock says', async () => {
  const now = Date.now();
  const old = (name: string, server: string, ts: number): RoomEvent =>
    raise(name, `$${name}1`, { sender: `@${name}:${server}`, origin_server_ts: ts });
  const past = { $a: [old('a', 'evil', 5)], $b: [old('b', 'x', now - 1_000)], $c: [old('c', 'y', -9e15)] };
  const { reactions, room } = open(past);
  room.members = [
    { ...member('a'), userId: '@a:evil', joinedMs: 0 },
    { ...member('b'), joinedMs: now - 5_000 },
    { ...member('c'), userId: '@c:y', joinedMs: now - 3_000 },
  ];
  reactions.begin();
  await jest.advanceTimersByTimeAsync(0);
  expect(reactions.state().hands).toMatchObject([
    { personId: '@c:y|D', raisedMs: now - 24 * 3_600_000 },
    { personId: '@a:evil|D', raisedMs: now - 5_000 },
    { personId: '@b:x|D', raisedMs: now - 1_000 },
  ]);
});

test('our own hand goes up and down; once for each press', async () => {
  const { reactions, sent } = open();
  const going = reactions.toggleHand();
  expect(reactions.state().hand).toBe('changing');
  void reactions.toggleHand();
  await going;
  expect(reactions.state().hand).toBe('up');
  await reactions.toggleHand();
  expect(reactions.state().hand).toBe('down');
  expect(sent).toEqual([
    ['m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$me', key: '🖐️' } }],
    ['redaction', '$sent1'],
  ]);
});

test('an emoji is seen for three seconds, one of each person at a time, ours included', async () => {
  const { reactions, hear, sent } = open();
  hear(react('a', '$1'));
  hear(react('a', '$2'));
  await reactions.react(thumbsUp);
  await reactions.react(thumbsUp);
  expect(reactions.state().emojis.map(({ personId, emoji }) => [personId, emoji])).toEqual([
    ['@a:x|D', '👏'],
    ['@me:x|D', '👍'],
  ]);
  expect(sent).toHaveLength(1);
  expect(reactions.state().reacting).toBe(true);
  jest.advanceTimersByTime(3_000);
  expect(reactions.state()).toMatchObject({ emojis: [], reacting: false });
});

test('what does not get through is said, and whose fault it is', async () => {
  const { reactions, room } = open();
  room.refuses = new WidgetApiResponseError('Error sending event', {
    matrix_api_error: { http_status: 403, http_headers: {}, url: '', response: { errcode: 'M_FORBIDDEN', error: '' } },
  });
  await reactions.toggleHand();
  expect(reactions.state()).toMatchObject({ hand: 'down', failure: 'refused' });
  room.refuses = new Error('Request timed out');
  await reactions.react(thumbsUp);
  expect(reactions.state()).toMatchObject({ reacting: false, failure: 'failed' });
  reactions.dismissFailure();
  expect(reactions.state().failure).toBeUndefined();
});

test('a flood of hands at nothing does not take the raised ones away', () => {
  const { hear, hands } = open();
  hear(raise('a', '$1'));
  for (let n = 0; n < 2_000; n++)
    hear(
      event('m.reaction', 'b', `$f${n}`, {
        'm.relates_to': { rel_type: 'm.annotation', event_id: `$nothing${n}`, key: '🖐️' },
      }),
    );
  expect(hands()).toEqual(['@a:x|D']);
});

test('nothing can be sent before the room knows us', async () => {
  const { reactions, room, sent } = open();
  room.members = [member('a')];
  await reactions.toggleHand();
  await reactions.react(thumbsUp);
  expect(sent).toEqual([]);
  expect(reactions.state()).toMatchObject({ able: false, hand: 'down', reacting: false });
});
