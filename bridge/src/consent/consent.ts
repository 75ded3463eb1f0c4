import { CONSENT_PURPOSES, CONSENT_TEXT_VERSION, PalabreError, strictest } from '@palabre/protocol';
import type { ConsentLevel, ConsentPurpose, ConsentState } from '@palabre/protocol';
import type { Artefacts, Audit, AuditMeans } from '../governance/index.ts';
import type { ConsentWay } from './migrations.ts';
import { agreementOf, lastAnswers, standingOf } from './standing.ts';
import type { Agreement, ConsentRules, Standing } from './standing.ts';
import type { ConsentStore, StoredAnswer } from './store.ts';

/** A person's answer, for the meeting that runs in a room. */
export interface Given {
  readonly roomId: string;
  readonly userId: string;
  readonly deviceId?: string | undefined;
  readonly purposes: readonly ConsentPurpose[];
  readonly answer: 'yes' | 'no';
  readonly how: ConsentWay;
  /** Of the words that were shown, as their version is. */
  readonly language: string;
  readonly textVersion: string;
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
   * @param present user ids of everybody whom the scribe sees in the call
   */
  standing(meeting: KeptMeeting, present: readonly string[]): Promise<Standing>;
  /**
   * Whom the SFU holds now. The scribe cannot read every membership (encrypted ones from before it came), and sees nobody who has none.
   */
  readonly seen: (roomId: string, userIds: readonly string[]) => void;
  /**
   * Where consent was asked: whom results of this meeting may hold and name, by when they were there: whoever ever agreed, and everybody
   * before anybody was asked. undefined: it was never asked.
   */
  mayHold(meetingId: string, purpose: ConsentPurpose): Promise<((userId: string, atMs: number) => boolean) | undefined>;
  /** The same of what they did: not after they withdrew, nor while they refused. */
  mayName(meetingId: string, purpose: ConsentPurpose): Promise<((userId: string, atMs: number) => boolean) | undefined>;
  /** Where consent was asked: when people agreed to it in this meeting, or were not asked yet. undefined: it was never asked. */
  agreement(meetingId: string, purpose: ConsentPurpose): Promise<Agreement | undefined>;
  /** Was everybody asked during all of this time, and had nobody agreed by its end? Then nothing was kept. */
  nobodyAgreed(
    meetingId: string,
    purpose: ConsentPurpose,
    span: { readonly startMs: number; readonly endMs: number },
  ): Promise<boolean>;
  stateFor(roomId: string, userId: string): Promise<Omit<ConsentState, 'working' | 'paused'>>;
  /** @throws {PalabreError} PALABRE_WRONG_STATE where no meeting runs, M_LIMIT_EXCEEDED */
  answer(given: Given): Promise<void>;
  /**
   * Was something asked in this meeting, and was this event not taken for an answer to it?
   * @param meetingId without it, the meeting that runs in this room
   */
  lacks(roomId: string, userId: string, eventId: string, meetingId?: string): Promise<boolean>;
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
  /** Of these meetings, those that run or of which the room may still keep something. */
  readonly keptMeetings: (meetingIds: readonly string[]) => Promise<readonly string[]>;
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

/** Ways that exist whether or not anybody has been asked. */
const IN_ROOM: readonly ConsentWay[] = ['reaction', 'reply', 'command'];

/** Nobody changes their mind more often in one meeting; beyond it a "no" still counts. */
const MOST_ANSWERS = 100;

export function createConsent({
  store,
  audit,
  rules,
  isExtern,
  currentMeeting,
  keptMeetings,
  now,
}: ConsentDeps): Consent {
  const listeners = new Map<string, Set<() => void>>();
  /** Rooms in whose calls the SFU holds externs. */
  const onSfu = new Set<string>();
  const changed = (roomId: string): void => {
    for (const listener of [...(listeners.get(roomId) ?? [])]) listener();
  };

  /**
   * What was a yes before is withdrawn, not merely refused. Who says the same again says nothing new, except by an event: whoever takes
   * that away withdraws, however else they had agreed before.
   */
  const rowsOf = (given: Given, meetingId: string, before: readonly StoredAnswer[]): StoredAnswer[] => {
    const last = lastAnswers(before).get(given.userId) ?? {};
    return given.purposes.flatMap((purpose): StoredAnswer[] => {
      const answer = given.answer === 'no' && last[purpose] === 'yes' ? 'withdrawn' : given.answer;
      const same = last[purpose] === answer || (answer === 'no' && last[purpose] === 'withdrawn');
      const mayBeTakenBack = answer === 'yes' && given.eventId !== undefined;
      if (same && !mayBeTakenBack) return [];
      const { roomId, userId, deviceId, how, language, textVersion, eventId } = given;
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
    // In the room anybody can set a sign at any time: it agrees to something only where that is being asked there.
    if (given.answer === 'yes' && IN_ROOM.includes(given.how) && (await store.meetingLevel(meetingId)) !== 'ask')
      throw new PalabreError('PALABRE_WRONG_STATE', 'Nothing is asked in this meeting');
    const before = await store.ofMeeting(meetingId, given.userId);
    if (given.answer === 'yes' && before.length >= MOST_ANSWERS)
      throw new PalabreError('M_LIMIT_EXCEEDED', 'This answer was changed too often in one meeting');
    await write(rowsOf(given, meetingId, before), MEANS[given.how]);
  };
  const takeBack = async (roomId: string, eventId: string, byEventId: string): Promise<void> => {
    const given = (await store.byEvent(roomId, eventId)).filter(({ answer }) => answer === 'yes');
    const [first] = given;
    if (first === undefined) return;
    const { meetingId, userId, language, textVersion } = first;
    const before = await store.ofMeeting(meetingId, userId);
    const purposes = CONSENT_PURPOSES.filter((purpose) => given.some((row) => row.purpose === purpose));
    const words = { language, textVersion };
    const no = { roomId, userId, purposes, answer: 'no', how: 'reaction', ...words, eventId: byEventId } as const;
    await write(rowsOf(no, meetingId, before), 'redaction');
  };

  /** They say what results may hold, and go when the meeting itself is forgotten. */
  const forgotten = async (roomId: string, beforeMs: number): Promise<readonly string[]> => {
    const meetings = await store.meetingsBefore(roomId, beforeMs);
    const kept = await keptMeetings(meetings);
    return meetings.filter((id) => !kept.includes(id));
  };

  const mayHold: Consent['mayHold'] = async (meetingId, purpose) => {
    if ((await store.meetingLevel(meetingId)) !== 'ask') return undefined;
    const [askedMs, answers] = await Promise.all([store.askedSince(meetingId), store.ofMeeting(meetingId)]);
    const yes = answers.filter((row) => row.purpose === purpose && row.answer === 'yes');
    const agreed = new Set(yes.map(({ userId }) => userId));
    return (userId, atMs) => agreed.has(userId) || (askedMs !== undefined && atMs < askedMs);
  };

  return {
    artefacts: {
      rooms: () => store.rooms(),
      holdsBefore: async (roomId, beforeMs) => (await forgotten(roomId, beforeMs)).length > 0,
      deleteBefore: async (roomId, beforeMs) => store.forget(await forgotten(roomId, beforeMs)),
    },
    async standing({ roomId, meetingId }, present) {
      const [room, reached, answers] = await Promise.all([
        store.roomLevel(roomId),
        store.meetingLevel(meetingId),
        store.ofMeeting(meetingId),
      ]);
      const withExterns = present.some(isExtern) || onSfu.has(roomId);
      const standing = standingOf({ rules, room, reached, present, withExterns, answers });
      if (standing.level !== reached) await store.raiseMeeting(meetingId, roomId, standing.level, now());
      return standing.level === 'ask' ? { ...standing, askedMs: await store.askedSince(meetingId) } : standing;
    },
    seen(roomId, userIds) {
      const externs = userIds.some(isExtern);
      if (externs === onSfu.has(roomId)) return;
      if (externs) onSfu.add(roomId);
      else onSfu.delete(roomId);
      changed(roomId);
    },
    mayHold,
    async mayName(meetingId, purpose) {
      const holds = await mayHold(meetingId, purpose);
      if (holds === undefined) return undefined;
      const answers = (await store.ofMeeting(meetingId)).filter((row) => row.purpose === purpose);
      return (userId, atMs) => {
        const last = answers.findLast((row) => row.userId === userId && row.atMs <= atMs);
        return holds(userId, atMs) && (last === undefined || last.answer === 'yes');
      };
    },
    async agreement(meetingId, purpose) {
      if ((await store.meetingLevel(meetingId)) !== 'ask') return undefined;
      const [askedMs, answers] = await Promise.all([store.askedSince(meetingId), store.ofMeeting(meetingId)]);
      const agreed = agreementOf(answers.filter((row) => row.purpose === purpose));
      // Before anybody was asked, everybody was kept.
      return (userId, startMs, endMs) => (askedMs !== undefined && endMs < askedMs) || agreed(userId, startMs, endMs);
    },
    async nobodyAgreed(meetingId, purpose, { startMs, endMs }) {
      const askedMs = await store.askedSince(meetingId);
      if (askedMs === undefined || askedMs > startMs) return false;
      const said = await store.ofMeeting(meetingId);
      return !said.some((row) => row.purpose === purpose && row.answer === 'yes' && row.atMs <= endMs);
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
    async lacks(roomId, userId, eventId, meetingId = currentMeeting(roomId)) {
      if (meetingId === undefined || (await store.meetingLevel(meetingId)) !== 'ask') return false;
      return !(await store.ofMeeting(meetingId, userId)).some((given) => given.eventId === eventId);
    },
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
