import { describe, expect, test } from '@jest/globals';
import { callHistoryOf } from './call-history.ts';
import type { HistoryEvent } from './call-history.ts';

const SCRIBE = '@palabre-scribe:home.example';
let next = 0;
const present = { application: 'm.call' };
const event = (sender: string, sentMs: number, content: object): HistoryEvent => ({
  id: `$${next++}`,
  type: 'call-member',
  sender,
  stateKey: `_${sender}_DEV_m.call`,
  sentMs,
  content,
});
const leaves = (stateKey: string, sentMs: number): HistoryEvent => ({
  id: `$${next++}`,
  type: 'room-leave',
  sender: '@admin:home.example',
  stateKey,
  sentMs,
  content: { membership: 'leave' },
});

describe('callHistoryOf', () => {
  test('from the first who comes to the last who leaves', () => {
    const calls = callHistoryOf(
      [event('@a:x', 1, present), event('@b:x', 2, present), event('@a:x', 5, {}), event('@b:x', 9, {})],
      SCRIBE,
    );
    expect(calls).toEqual([
      expect.objectContaining({ startMs: 1, starterId: '@a:x', endMs: 9, peopleIds: ['@a:x', '@b:x'] }),
    ]);
  });

  test('two calls, one after the other; the second still runs', () => {
    const calls = callHistoryOf([event('@a:x', 1, present), event('@a:x', 2, {}), event('@b:x', 3, present)], SCRIBE);
    expect(calls.map((call) => call.endMs)).toEqual([2, undefined]);
  });

  test('whoever is removed from the room is out of its call', () => {
    const calls = callHistoryOf([event('@a:x', 1, present), leaves('@a:x', 4)], SCRIBE);
    expect(calls[0]?.endMs).toBe(4);
  });

  test('who is announced by a sticky event starts a call like anybody', () => {
    const sticky = (sentMs: number, content: object): HistoryEvent => ({
      ...event('@a:x', sentMs, content),
      stateKey: '@a:x_some-member-id',
    });
    const joined = { application: { type: 'm.call' }, slot_id: 'm.call#ROOM' };
    const calls = callHistoryOf(
      [sticky(1, joined), event('@b:x', 2, present), sticky(3, {}), event('@b:x', 4, {})],
      SCRIBE,
    );
    expect(calls).toMatchObject([{ startMs: 1, starterId: '@a:x', endMs: 4, peopleIds: ['@a:x', '@b:x'] }]);
  });

  test('the scribe neither starts a call nor keeps it going', () => {
    const calls = callHistoryOf([event(SCRIBE, 1, present), event('@a:x', 2, present), event('@a:x', 3, {})], SCRIBE);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ startMs: 2, endMs: 3, peopleIds: ['@a:x'] });
  });

  test('a leave that was never a join changes nothing', () => {
    expect(callHistoryOf([event('@a:x', 1, {})], SCRIBE)).toEqual([]);
  });
});
