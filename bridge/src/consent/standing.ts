import { CONSENT_PURPOSES, strictest } from '@palabre/protocol';
import type { ConsentAnswer, ConsentLevel, ConsentPurpose } from '@palabre/protocol';
import type { StoredAnswer } from './store.ts';

/** Of whom something may be kept: everybody, or exactly these. */
type Kept = 'everybody' | readonly string[];
type KeptPeople = Readonly<Record<ConsentPurpose, Kept>>;

/** How a meeting stands. */
export interface Standing {
  readonly level: ConsentLevel;
  /** Since when people are asked in this meeting. */
  readonly askedMs?: number | undefined;
  /** Somebody of class `extern` is in the call, and without them nobody would be asked. */
  readonly forExterns: boolean;
  /** Under `ask`: who agreed to what. */
  readonly agreed: Readonly<Record<string, ConsentPurpose[]>>;
  readonly kept: KeptPeople;
}

/** What the administrator set. */
export interface ConsentRules {
  readonly default: ConsentLevel;
  /** At least this as soon as somebody of class `extern` is in the call. */
  readonly externPresent?: ConsentLevel | undefined;
}

/** Everybody's last answers. */
export function lastAnswers(
  answers: readonly StoredAnswer[],
): ReadonlyMap<string, Readonly<Partial<Record<ConsentPurpose, ConsentAnswer>>>> {
  const last = new Map<string, Partial<Record<ConsentPurpose, ConsentAnswer>>>();
  for (const { userId, purpose, answer } of answers) last.set(userId, { ...last.get(userId), [purpose]: answer });
  return last;
}

/** Whether somebody's answer was "yes" all the time from one moment to another, in ms. */
export type Agreement = (userId: string, startMs: number, endMs: number) => boolean;

/** @param answers to one purpose, in the order in which they were given */
export function agreementOf(answers: readonly StoredAnswer[]): Agreement {
  return (userId, startMs, endMs) => {
    const own = answers.filter((given) => given.userId === userId && given.atMs <= endMs);
    const before = own.findLast(({ atMs }) => atMs <= startMs);
    return before?.answer === 'yes' && own.every(({ atMs, answer }) => atMs <= startMs || answer === 'yes');
  };
}

/**
 * Who is kept, by the rules and by what people said.
 * @param facts.reached the level that this meeting has had before: it never falls, or a "no" would count no more
 * @param facts.present user ids of everybody whom the scribe sees in the call
 * @param facts.withExterns somebody of class `extern` is in the call, seen by the scribe or not
 */
export function standingOf(facts: {
  readonly rules: ConsentRules;
  readonly room: ConsentLevel | undefined;
  readonly reached: ConsentLevel | undefined;
  readonly present: readonly string[];
  readonly withExterns: boolean;
  readonly answers: readonly StoredAnswer[];
}): Standing {
  const { rules, room, reached, present, withExterns } = facts;
  const chosen = strictest([rules.default, room]);
  const now = withExterns ? strictest([chosen, rules.externPresent]) : chosen;
  const level = strictest([now, reached]);
  if (level !== 'ask') {
    // Whoever comes next may be an extern: nobody is kept who was not looked at.
    const kept = strictest([level, rules.externPresent]) === 'ask' ? [...new Set(present)] : 'everybody';
    return { level, forExterns: false, agreed: {}, kept: { recording: kept, transcription: kept } };
  }
  const agreed: Record<string, ConsentPurpose[]> = {};
  for (const [userId, said] of lastAnswers(facts.answers)) {
    const purposes = CONSENT_PURPOSES.filter((purpose) => said[purpose] === 'yes');
    if (purposes.length > 0) agreed[userId] = purposes;
  }
  const to = (purpose: ConsentPurpose) => Object.keys(agreed).filter((userId) => agreed[userId]?.includes(purpose));
  return {
    level,
    forExterns: now === 'ask' && chosen !== 'ask',
    agreed,
    kept: { recording: to('recording'), transcription: to('transcription') },
  };
}
