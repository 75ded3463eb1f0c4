import { describe, expect, test } from '@jest/globals';
import { minutesEditSchema, type MinutesFacts, type MinutesSource } from '@palabre/protocol';
import { minutesMessage } from './minutes-message.ts';
import { fittedMinutes, minutesFit } from './minutes-size.ts';

const ROOM = '!room:hs';
const SOURCE: MinutesSource = {
  user_id: '@somebody.with.a.name:server.example.org',
  name: 'Somebody with a Name',
  start_ms: 1_000_000,
  end_ms: 1_001_000,
  event_id: '$'.padEnd(44, 'e'),
};
const statements = (count: number, sources = 4) =>
  Array.from({ length: count }, (_, index) => ({
    text: `${index} `.padEnd(300, 'words '),
    sources: Array.from({ length: sources }, () => SOURCE),
  }));
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    user_id: `@person.number.${index}:hs`,
    name: `Person Number ${index}`,
  }));
const factsOf = (some: Partial<MinutesFacts>): MinutesFacts => ({
  meeting_id: 'meeting',
  duration_ms: 1,
  participants: people(3),
  method: 'model',
  decisions: [],
  actions: [],
  questions: [],
  left_out: 0,
  edited: false,
  extract: [],
  ...some,
});
const fitted = (some: Partial<MinutesFacts>) => fittedMinutes(factsOf(some), ROOM, 'en');

describe('minutes as large as one message', () => {
  test('stay as they are', () => {
    const facts = factsOf({ decisions: statements(3) });
    expect(fittedMinutes(facts, ROOM, 'en')).toBe(facts);
  });

  test('keep one source of each statement rather than lose one', () => {
    const next = fitted({ decisions: statements(12), actions: statements(12), questions: statements(6) });
    expect([next.decisions.length, next.actions.length, next.questions.length]).toEqual([12, 12, 6]);
    expect(next.decisions[0]?.sources).toHaveLength(1);
    expect(next.shortened).toBeUndefined();
  });

  test.each([
    ['hundreds of statements', { decisions: statements(240), actions: statements(240), questions: statements(240) }],
    ['hundreds of people', { participants: people(800), decisions: statements(5) }],
    [
      'hundreds of people with long names',
      { participants: people(800).map((one) => ({ ...one, name: '😀'.repeat(100) })) },
    ],
    ['an extract with thousands of people', { method: 'extractive' as const, participants: people(5_000) }],
  ])('%s: what is missing is said, and a moderator can save the rest', (_what, some) => {
    const next = fitted(some);
    expect(minutesFit(next, ROOM, 'en')).toBe(true);
    expect(minutesFit({ ...next, approved_by: { user_id: '@a:hs', name: 'x'.repeat(255) } }, ROOM, 'en')).toBe(true);
    expect(next.shortened).toBe(true);
    expect(minutesMessage(next, '$root', ROOM, 'en')['body']).toContain('Shortened');
    const kept = (list: readonly { text: string }[]) => list.map(({ text }, from) => ({ from, text }));
    const edit = {
      purpose: '',
      decisions: kept(next.decisions),
      actions: next.actions.map(({ text }, from) => ({ from, text, who: '', due: '' })),
      questions: kept(next.questions),
      extract: [],
    };
    expect(minutesEditSchema.safeParse(edit).success).toBe(true);
  });

  test('people go before statements', () => {
    expect(fitted({ participants: people(800), decisions: statements(5) }).decisions).toHaveLength(5);
  });
});
