import {
  CONSENT_PURPOSES,
  CONSENT_TEXT_VERSION,
  type ConsentBlock,
  type ConsentGiven,
  type ConsentLevel,
  type ConsentMetadata,
  type ConsentPurpose,
  type ConsentState as ConsentAnswer,
  type RoomMetadata,
} from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { ApiError, type Api } from './api.ts';
import { createConsentReactions } from './consent-reactions.ts';

/** What is kept of this meeting, who agreed to it, and what this person said. */
export interface ConsentState {
  readonly level: ConsentLevel;
  /** Kept now, about to be, or paused: whoever has agreed is kept as soon as it goes on. */
  readonly working: readonly ConsentPurpose[];
  /** Of these, what is paused: for now, nothing of it is kept. */
  readonly paused: readonly ConsentPurpose[];
  /** What another organisation's scribe does, as its SFU says; undefined where none keeps anything. */
  readonly elsewhere: Pick<RoomMetadata, ConsentPurpose> | undefined;
  /** This person's answers; absent where they have not given one. */
  readonly answers: Readonly<Partial<Record<ConsentPurpose, 'yes' | 'no'>>>;
  /** Under `ask`: who agreed to what, by user id. */
  readonly agreed: ConsentMetadata['agreed'];
  /** It is asked only because an external participant is in the call. */
  readonly forExterns: boolean;
  /** `room`: by one reaction, which answers for both purposes. */
  readonly way: 'api' | 'room' | 'none';
  readonly sending: boolean;
  /** Stable error code of the last answer that did not get through. */
  readonly failure: string | undefined;
  /** Levels of server and room; undefined until the bridge has told. */
  readonly levels: { readonly standard: ConsentLevel; readonly room: ConsentLevel | undefined } | undefined;
}

export interface ConsentDesk {
  state(): ConsentState;
  /** Metadata of an SFU has changed. */
  readonly look: () => void;
  /** Asks the bridge, before the call says anything and for what this person said before. */
  ask(): Promise<void>;
  answer(
    purposes: readonly ConsentPurpose[],
    answer: 'yes' | 'no',
    shown: Pick<ConsentGiven, 'language' | 'how'>,
  ): Promise<void>;
  /** For moderators of this server. @param level undefined: as the server says */
  chooseLevel(level: ConsentLevel | undefined): Promise<void>;
  dismissFailure(): void;
  close(): void;
}

/** What the SFUs say, that of our own organisation first; none before we are in the call. */
export type ConsentSources = () => readonly RoomMetadata[];

export const QUIET_CONSENT: ConsentState = {
  level: 'off',
  working: [],
  paused: [],
  answers: {},
  agreed: {},
  forExterns: false,
  elsewhere: undefined,
  way: 'none',
  sending: false,
  failure: undefined,
  levels: undefined,
};

/** How long an answer may take to show in what everybody sees. */
const EFFECT_TIMEOUT_MS = 15_000;

type Said = Partial<Record<ConsentPurpose, 'yes' | 'no'>>;

/** What this person answered to one scribe. */
interface Answers {
  said: Said;
  /** What was seen as agreed. */
  seen: readonly ConsentPurpose[];
  /** Answers that were taken, until everybody could see them. */
  expected: Said;
  effect: ReturnType<typeof setTimeout> | undefined;
}

/** Our own organisation's scribe, of which the bridge tells before its SFU does. */
const OWN = 'own';

function isKeeping(metadata: RoomMetadata): boolean {
  return CONSENT_PURPOSES.some((purpose) => ['on', 'starting'].includes(metadata[purpose].phase));
}

function pausedOf(metadata: RoomMetadata): readonly ConsentPurpose[] {
  return CONSENT_PURPOSES.filter((purpose) => metadata[purpose].phase === 'paused');
}

function workingOf(metadata: RoomMetadata): readonly ConsentPurpose[] {
  return CONSENT_PURPOSES.filter((purpose) => ['on', 'starting', 'paused'].includes(metadata[purpose].phase));
}

export function createConsentDesk(
  host: Host,
  api: Pick<Api, 'available' | 'consent' | 'giveConsent' | 'chooseConsentLevel'>,
  sources: ConsentSources,
  ownEventId: () => string | undefined,
  onChange: () => void,
): ConsentDesk {
  const { userId } = host.parameters;
  const reactions = createConsentReactions(host, ownEventId);
  /** By scribe: who agreed to one organisation's scribe has told another's nothing. */
  const answers = new Map<string, Answers>();
  let told: ConsentAnswer | undefined;
  let sending = false;
  let failure: string | undefined;
  /** Counts the calls: what was asked in an earlier one changes nothing in the next. */
  let generation = 0;

  /** One scribe at a time keeps something; ours comes first. What is paused keeps nothing: it comes after what goes on. */
  const source = (): { readonly metadata: RoomMetadata; readonly own: boolean } | undefined => {
    const all = sources();
    const keeping = all.findIndex(isKeeping);
    const paused = all.findIndex((metadata) => pausedOf(metadata).length > 0);
    const at = Math.max(0, keeping === -1 ? paused : keeping);
    const metadata = all[at];
    return metadata === undefined ? undefined : { metadata, own: at === 0 };
  };

  const answersTo = (scribe: string): Answers => {
    const known = answers.get(scribe) ?? { said: {}, seen: [], expected: {}, effect: undefined };
    answers.set(scribe, known);
    return known;
  };
  const answersNow = (): Answers => {
    const now = source();
    return answersTo(now === undefined || now.own ? OWN : (now.metadata.scribe ?? ''));
  };

  const wayTo = (own: boolean): ConsentState['way'] => {
    // The bridge of a partner reads reactions; ours knows nothing of its meeting.
    if (own && api.available()) return 'api';
    return ownEventId() !== undefined && host.maySend('m.reaction') ? 'room' : 'none';
  };

  const state = (): ConsentState => {
    const now = source();
    const { level = 'off', agreed = {}, for_externs: forExterns = false } = now?.metadata.consent ?? {};
    const levels = told && { standard: told.default_level, room: told.room_level ?? undefined };
    const elsewhere = sources()
      .slice(1)
      .find((metadata) => CONSENT_PURPOSES.some((purpose) => metadata[purpose].phase !== 'off'));
    const common = {
      forExterns,
      elsewhere,
      answers: answersNow().said,
      sending,
      failure,
      levels,
      way: wayTo(now?.own ?? true),
    };
    // Before we are in, the bridge's word counts.
    if (now === undefined)
      return {
        ...common,
        level: told?.level ?? 'off',
        working: told?.working ?? [],
        paused: told?.paused ?? [],
        agreed: {},
      };
    return { ...common, level, working: workingOf(now.metadata), paused: pausedOf(now.metadata), agreed };
  };

  const agreedByMe = (): readonly ConsentPurpose[] => state().agreed[userId] ?? [];

  const isAgreedToAll = (): boolean => CONSENT_PURPOSES.every((purpose) => agreedByMe().includes(purpose));

  const look = (): void => {
    const consent = source()?.metadata.consent;
    const mine = consent?.agreed[userId] ?? [];
    // Where nothing is kept, nothing is said about anybody.
    if (consent?.level !== 'ask') {
      onChange();
      return;
    }
    const to = answersNow();
    for (const purpose of CONSENT_PURPOSES) {
      if (mine.includes(purpose)) to.said = { ...to.said, [purpose]: 'yes' };
      // Taken back elsewhere: by another client of ours, or with our reaction.
      else if (to.seen.includes(purpose)) to.said = { ...to.said, [purpose]: 'no' };
    }
    to.seen = mine;
    onChange();
  };

  /** What was shown, and who asked; none where an SFU does not say who that is. */
  const blockFor = (language: ConsentGiven['language']): ConsentBlock | undefined => {
    const scribe = source()?.metadata.scribe;
    return scribe === undefined ? undefined : { scribe, language, text_version: CONSENT_TEXT_VERSION };
  };

  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    const began = generation;
    sending = true;
    failure = undefined;
    onChange();
    try {
      await work();
      return began === generation;
    } catch (error) {
      if (began === generation) failure = error instanceof ApiError ? error.code : 'M_UNKNOWN';
      return false;
    } finally {
      if (began === generation) {
        sending = false;
        onChange();
      }
    }
  };

  /** An answer that nobody else sees is none. */
  const expectEffect = (to: Answers, purposes: readonly ConsentPurpose[], answer: 'yes' | 'no'): void => {
    for (const purpose of purposes) to.expected = { ...to.expected, [purpose]: answer };
    clearTimeout(to.effect);
    to.effect = setTimeout(() => {
      const { expected } = to;
      to.expected = {};
      // Another scribe is at work by now: what it tells says nothing of this answer.
      if (answersNow() !== to) return;
      const { working, level } = state();
      const mine = agreedByMe();
      const wrong = working.filter((one) => one in expected && mine.includes(one) !== (expected[one] === 'yes'));
      if (source() === undefined || level !== 'ask' || wrong.length === 0) return;
      const right = Object.entries(to.said).filter(([purpose]) => !wrong.some((one) => one === purpose));
      to.said = Object.fromEntries(right);
      for (const purpose of mine) to.said = { ...to.said, [purpose]: 'yes' };
      failure = wrong.some((one) => mine.includes(one)) ? 'STILL_KEPT' : 'NO_EFFECT';
      onChange();
    }, EFFECT_TIMEOUT_MS);
  };

  const ask = async (): Promise<void> => {
    if (!api.available()) return;
    const began = generation;
    // Without an answer nothing is offered before the call; there the SFU says how it stands.
    const answer = await api.consent().catch(() => undefined);
    if (began !== generation || answer === undefined) return;
    told = answer;
    const own = answersTo(OWN);
    for (const purpose of CONSENT_PURPOSES) {
      const last = answer.answers[purpose];
      if (last !== undefined) own.said = { ...own.said, [purpose]: last === 'yes' ? 'yes' : 'no' };
    }
    onChange();
  };

  return {
    state,
    look,
    ask,
    async answer(purposes, answer, { language, how }) {
      if (purposes.length === 0) return;
      const byApi = state().way === 'api';
      const to = answersNow();
      // One reaction speaks for both.
      const meant = byApi ? purposes : CONSENT_PURPOSES;
      const done = await attempt(() =>
        byApi
          ? api.giveConsent({ purposes: [...purposes], answer, language, how, text_version: CONSENT_TEXT_VERSION })
          : reactions.say(answer, blockFor(language), isAgreedToAll()),
      );
      if (!done) return;
      for (const purpose of meant) to.said = { ...to.said, [purpose]: answer };
      expectEffect(to, meant, answer);
      onChange();
    },
    async chooseLevel(level) {
      if (await attempt(() => api.chooseConsentLevel(level))) await ask();
    },
    dismissFailure() {
      failure = undefined;
      onChange();
    },
    close() {
      generation++;
      for (const { effect } of answers.values()) clearTimeout(effect);
      answers.clear();
      told = undefined;
      sending = false;
      failure = undefined;
      onChange();
    },
  };
}
