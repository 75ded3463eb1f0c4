import { MOST_STATEMENTS, type MinutesFacts } from '@palabre/protocol';
import { fitting, jsonBytes, LARGEST_CONTENT_BYTES } from './event-size.ts';
import { minutesMessage } from './minutes-message.ts';
import type { RoomLanguage } from './texts.ts';

/** Minutes are one event. Pure. */

/** For the name of whoever approves them. */
const APPROVAL_BYTES = 2_000;
/** Some fifty are named where not all can be. */
const MOST_PARTICIPANT_BYTES = 5_000;

function bytesOf(facts: MinutesFacts, roomId: string, language: RoomLanguage): number {
  return jsonBytes(minutesMessage(facts, '$'.padEnd(44, 'x'), roomId, language));
}

export function minutesFit(facts: MinutesFacts, roomId: string, language: RoomLanguage): boolean {
  return bytesOf(facts, roomId, language) <= LARGEST_CONTENT_BYTES;
}

const firstSource = <T extends MinutesFacts['decisions'][number]>(statement: T): T => ({
  ...statement,
  sources: statement.sources.slice(0, 1),
});

/** Without the last statement of the longest list. @returns undefined when there is none */
function withoutOne(facts: MinutesFacts): MinutesFacts | undefined {
  const lists = ['questions', 'actions', 'decisions', 'extract'] as const;
  const longest = lists.reduce((one, other) => (facts[other].length > facts[one].length ? other : one));
  if (facts[longest].length === 0) return undefined;
  return { ...facts, [longest]: facts[longest].slice(0, -1) };
}

/**
 * As much of what a program made as one message, and the form in which it is corrected, can hold: first sources beyond the
 * first of each statement go, then names, then statements from the end. What lacks names or statements says so.
 */
export function fittedMinutes(facts: MinutesFacts, roomId: string, language: RoomLanguage): MinutesFacts {
  const fits = (some: MinutesFacts): boolean =>
    bytesOf(some, roomId, language) <= LARGEST_CONTENT_BYTES - APPROVAL_BYTES;
  const { purpose, decisions, actions, questions, extract, participants } = facts;
  const isLong = [decisions, actions, questions, extract].some(({ length }) => length > MOST_STATEMENTS);
  let next: MinutesFacts = isLong
    ? {
        ...facts,
        decisions: decisions.slice(0, MOST_STATEMENTS),
        actions: actions.slice(0, MOST_STATEMENTS),
        questions: questions.slice(0, MOST_STATEMENTS),
        extract: extract.slice(0, MOST_STATEMENTS),
        shortened: true,
      }
    : facts;
  if (fits(next)) return next;
  next = {
    ...next,
    ...(purpose === undefined ? {} : { purpose: firstSource(purpose) }),
    decisions: next.decisions.map(firstSource),
    actions: next.actions.map(firstSource),
    questions: next.questions.map(firstSource),
  };
  if (fits(next)) return next;
  const { kept, left } = fitting(participants, MOST_PARTICIPANT_BYTES);
  next = {
    ...next,
    participants: [...kept],
    ...(left === 0 ? {} : { participants_left_out: left }),
    shortened: true,
  };
  for (let less: MinutesFacts | undefined = next; less !== undefined && !fits(next); less = withoutOne(next))
    next = less;
  return next;
}
