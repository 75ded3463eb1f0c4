import { CONSENT_PURPOSES, CONSENT_TEXT_VERSION, PalabreError, strictest } from '@palabre/protocol';
import type { ConsentLevel, ConsentPurpose, ConsentState } from '@palabre/protocol';
import type { Artefacts, Audit, AuditMeans } from '../governance/index.ts';
import type { ConsentWay } from './migrations.ts';
import { lastAnswers, standingOf } from './standing.ts';
import type { ConsentRules, Standing } from './standing.ts';
import type { ConsentStore, StoredAnswer } from './store.ts';

/** A person's answer, for the meeting that runs in a room. */
export interface Given {
  readonly roomId: string;
  readonly userId: string;
  readonly deviceId?: string | undefined;
  readonly purposes: readonly ConsentPurpose[];
  readonly answer: 'yes' | 'no';
  readonly how: ConsentWay;
  readonly language: string;
  readonly eventId?: string | undefined;
}

/** A meeting of which something is kept. */
export interface KeptMeeting {
  readonly roomId: string;
  readonly meetingId: string;
}

export interface Consent {
  readonly artefacts: Artefacts;
  /**
   * Who may be kept now. The level that a meeting reaches is written down first.
   * @param present user ids of everybody seen in the call
   */
  standing(meeting: KeptMeeting, present: readonly string[]): Promise<Standing>;
  /** Where consent was asked: who ever agreed to it in this meeting. undefined: it was not asked. */
  everAgreed(meetingId: string, purpose: ConsentPurpose): Promise<ReadonlySet<string> | undefined>;
  stateFor(roomId: string, userId: string): Promise<Omit<ConsentState, 'working'>>;
  /** @throws {PalabreError} PALABRE_WRONG_STATE where no meeting runs, M_LIMIT_EXCEEDED */
  answer(given: Given): Promise<void>;
  /** The reaction that an answer was is gone, whoever took it away. */
  takeBack(roomId: string, eventId: string, byEventId: string): Promise<void>;
  /** @param level undefined: as the administrator set it. Lowering it counts from the next meeting on */
  chooseLevel(roomId: string, level: ConsentLevel | undefined, by: string): Promise<void>;
  /** Told after something that concerns this room was written down. @returns ends it */
  onChange(roomId: string, listener: () => void): () => void;
}

export interface ConsentDeps {
  readonly store: ConsentStore;
  readonly audit: Audit;
  readonly rules: ConsentRules;
  readonly isExtern: (userId: string) => boolean;
  readonly currentMeeting: (roomId: string) => string | undefined;
  readonly now: () => number;
}

const MEANS: Readonly<Record<ConsentWay, AuditMeans>> = {
  lobby: 'button',
  dialog: 'button',
  panel: 'button',
  reaction: 'reaction',
  reply: 'command',
  command: 'command',
};

/** Nobody changes their mind more often in one meeting; beyond it a "no" still counts. */
const MOST_ANSWERS = 100;

export function createConsent({ store, audit, rules, isExtern, currentMeeting, now }: ConsentDeps): Consent {
  const listeners = new Map<string, Set<() => void>>();
  const changed = (roomId: string): void => {
    for (const listener of [...(listeners.get(roomId) ?? [])]) listener();
  };

  /** What was a yes before is withdrawn, not merely refused; who says the same again says nothing new. */
  const rowsOf = (given: Given, meetingId: string, before: readonly StoredAnswer[]): StoredAnswer[] => {
    const last = lastAnswers(before).get(given.userId) ?? {};
    return given.purposes.flatMap((purpose): StoredAnswer[] => {
      const answer = given.answer === 'no' && last[purpose] === 'yes' ? 'withdrawn' : given.answer;
      const same = last[purpose] === answer || (answer === 'no' && last[purpose] === 'withdrawn');
      if (same) return [];
      const { roomId, userId, deviceId, how, language, eventId } = given;
      const textVersion = CONSENT_TEXT_VERSION;
      return [
        { roomId, meetingId, userId, deviceId, purpose, answer, how, language, textVersion, eventId, atMs: now() },
      ];
    });
  };

  /** Acknowledged once it is written down, in the audit trail as well. */
  const write = async (rows: readonly StoredAnswer[], means: AuditMeans): Promise<void> => {
    const [first] = rows;
    if (first === undefined) return;
    const { roomId, meetingId, userId, eventId: key } = first;
    const withdrawn = rows.some(({ answer }) => answer === 'withdrawn');
    const action = withdrawn ? 'consent.withdrawn' : first.answer === 'yes' ? 'consent.given' : 'consent.refused';
    await audit.during({ action, means, roomId, meetingId, userId, key }, () => store.add(rows));
    changed(roomId);
  };

  /** One answer after the other: each is measured by the last one that is written down. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const answer = async (given: Given): Promise<void> => {
    const meetingId = currentMeeting(given.roomId);
    if (meetingId === undefined) throw new PalabreError('PALABRE_WRONG_STATE', 'Nobody is in the call of this room');
    const before = await store.ofMeeting(meetingId, given.userId);
    if (given.answer === 'yes' && before.length >= MOST_ANSWERS)
      throw new PalabreError('M_LIMIT_EXCEEDED', 'This answer was changed too often in one meeting');
    await write(rowsOf(given, meetingId, before), MEANS[given.how]);
  };
  const takeBack = async (roomId: string, eventId: string, byEventId: string): Promise<void> => {
    const given = (await store.byEvent(roomId, eventId)).filter(({ answer }) => answer === 'yes');
    const [first] = given;
    if (first === undefined) return;
    const { meetingId, userId, language } = first;
    const before = await store.ofMeeting(meetingId, userId);
    const purposes = CONSENT_PURPOSES.filter((purpose) => given.some((row) => row.purpose === purpose));
    const no = { roomId, userId, purposes, answer: 'no', how: 'reaction', language, eventId: byEventId } as const;
    await write(rowsOf(no, meetingId, before), 'redaction');
  };

  return {
    artefacts: store.artefacts,
    async standing({ roomId, meetingId }, present) {
      const [room, reached, answers] = await Promise.all([
        store.roomLevel(roomId),
        store.meetingLevel(meetingId),
        store.ofMeeting(meetingId),
      ]);
      const standing = standingOf({ rules, room, reached, present, isExtern, answers });
      if (standing.level !== reached) await store.raiseMeeting(meetingId, roomId, standing.level);
      return standing;
    },
    async everAgreed(meetingId, purpose) {
      if ((await store.meetingLevel(meetingId)) !== 'ask') return undefined;
      const yes = (await store.ofMeeting(meetingId)).filter((row) => row.purpose === purpose && row.answer === 'yes');
      return new Set(yes.map(({ userId }) => userId));
    },
    async stateFor(roomId, userId) {
      const meetingId = currentMeeting(roomId);
      const room = await store.roomLevel(roomId);
      const reached = meetingId === undefined ? undefined : await store.meetingLevel(meetingId);
      const said = meetingId === undefined ? [] : await store.ofMeeting(meetingId, userId);
      return {
        // Whoever comes from outside is present as soon as they join.
        level: strictest([rules.default, room, reached, isExtern(userId) ? rules.externPresent : undefined]),
        default_level: rules.default,
        room_level: room ?? null,
        answers: lastAnswers(said).get(userId) ?? {},
        text_version: CONSENT_TEXT_VERSION,
      };
    },
    answer: (given) => inTurn(() => answer(given)),
    takeBack: (...taken) => inTurn(() => takeBack(...taken)),
    async chooseLevel(roomId, level, by) {
      await store.setRoomLevel(roomId, level, by, now());
      changed(roomId);
    },
    onChange(roomId, listener) {
      const known = listeners.get(roomId) ?? new Set();
      listeners.set(roomId, known.add(listener));
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.get(roomId) === known) listeners.delete(roomId);
      };
    },
  };
}
