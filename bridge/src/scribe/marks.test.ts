import { describe, expect, test } from '@jest/globals';
import { marksOf, type MarkSources, type PresenceChange } from './marks.ts';

const WINDOW = { startMs: 1_000_000, endMs: 1_600_000 };
const NAMES = new Map([
  ['@a:x', 'Alice'],
  ['@b:x', 'Bob'],
]);
const presence = (...changes: readonly (readonly [string, number, PresenceChange['change']])[]): PresenceChange[] =>
  changes.map(([name, atS, change]) => ({ userId: `@${name}:x`, atMs: WINDOW.startMs + atS * 1000, change }));
const marks = (sources: Partial<MarkSources>) =>
  marksOf({ presence: [], recordings: [], messages: [], ...sources }, NAMES, WINDOW);

describe('marks', () => {
  test('who came and who went, by name, from the start of the transcript', () => {
    expect(marks({ presence: presence(['a', 0, 'present'], ['b', 60, 'joined'], ['a', 300, 'left']) })).toEqual([
      { at_ms: 60_000, kind: 'joined', user_id: '@b:x', name: 'Bob' },
      { at_ms: 300_000, kind: 'left', user_id: '@a:x', name: 'Alice' },
    ]);
  });

  test('who is back at once never left; who comes back later did', () => {
    const brief = presence(['a', 100, 'left'], ['b', 101, 'left'], ['a', 110, 'joined'], ['b', 200, 'joined']);
    expect(marks({ presence: brief }).map(({ name, kind }) => [name, kind])).toEqual([
      ['Bob', 'left'],
      ['Bob', 'joined'],
    ]);
  });

  test('the coming together in the beginning and the parting in the end are not told', () => {
    expect(marks({ presence: presence(['b', 2, 'joined'], ['b', 598, 'left'], ['a', 700, 'left']) })).toEqual([]);
  });

  test('recordings and messages within the transcript, all in order', () => {
    const at = (seconds: number) => WINDOW.startMs + seconds * 1000;
    const all = marks({
      presence: presence(['b', 60, 'joined']),
      recordings: [
        {
          startedMs: at(-20),
          pauses: [{ startMs: at(-5), endMs: at(4), pausedBy: '@b:x', resumedBy: '@a:x' }],
          stoppedMs: at(10),
        },
        {
          startedMs: at(50),
          pauses: [{ startMs: at(70), endMs: undefined, pausedBy: undefined, resumedBy: undefined }],
          stoppedMs: at(80),
        },
      ],
      messages: [
        { userId: '@a:x', atMs: at(55), eventId: '$said' },
        { userId: '@a:x', atMs: at(-1), eventId: '$before' },
      ],
    });
    expect(all.map(({ kind, at_ms: atMs, event_id: eventId }) => [kind, atMs / 1000, eventId])).toEqual([
      ['recording_resumed', 4, undefined],
      ['recording_stopped', 10, undefined],
      ['recording_started', 50, undefined],
      ['message', 55, '$said'],
      ['joined', 60, undefined],
      ['recording_paused', 70, undefined],
      ['recording_stopped', 80, undefined],
    ]);
    expect(all.map(({ name }) => name).slice(0, 2)).toEqual(['Alice', undefined]);
    expect(all.find(({ kind }) => kind === 'recording_paused')).not.toHaveProperty('user_id');
  });
});
