import {
  COMMAND_REACTIONS,
  CONSENT_PURPOSES,
  CONSENT_TEXT_VERSION,
  type ConsentGiven,
  type ConsentLevel,
  type ConsentMetadata,
  type ConsentPurpose,
  type ConsentState as ConsentAnswer,
  type RoomMetadata,
} from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { recall, remember } from '../memory.ts';
import { ApiError, type Api } from './api.ts';

/** What is kept of this meeting, who agreed to it, and what this person said. */
export interface ConsentState {
  readonly level: ConsentLevel;
  /** Kept now, or about to be. */
  readonly working: readonly ConsentPurpose[];
  /** This person's answers; absent where they have not given one. */
  readonly answers: Readonly<Partial<Record<ConsentPurpose, 'yes' | 'no'>>>;
  /** Under `ask`: who agreed to what, by user id. */
  readonly agreed: ConsentMetadata['agreed'];
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
  answers: {},
  agreed: {},
  way: 'none',
  sending: false,
  failure: undefined,
  levels: undefined,
};

/** How long an answer may take to show in what everybody sees. */
const EFFECT_TIMEOUT_MS = 15_000;

function workingOf(metadata: RoomMetadata): readonly ConsentPurpose[] {
  return CONSENT_PURPOSES.filter((purpose) => ['on', 'starting'].includes(metadata[purpose].phase));
}

export function createConsentDesk(
  host: Host,
  api: Pick<Api, 'available' | 'consent' | 'giveConsent' | 'chooseConsentLevel'>,
  sources: ConsentSources,
  ownEventId: () => string | undefined,
  onChange: () => void,
): ConsentDesk {
  const { userId, roomId } = host.parameters;
  /** Our ✅, to be taken back even by a later page. */
  const memory = `consent.${roomId}`;
  let standing = recall(memory) ?? '';
  let said: Partial<Record<ConsentPurpose, 'yes' | 'no'>> = {};
  /** What was seen as agreed. */
  let seen: readonly ConsentPurpose[] = [];
  let told: ConsentAnswer | undefined;
  let sending = false;
  let failure: string | undefined;
  let effect: ReturnType<typeof setTimeout> | undefined;
  /** Answers that were taken, until everybody could see them. */
  let expected: Partial<Record<ConsentPurpose, 'yes' | 'no'>> = {};
  /** Counts the calls: what was asked in an earlier one changes nothing in the next. */
  let generation = 0;

  /** One scribe at a time keeps something; ours comes first. */
  const source = (): { readonly metadata: RoomMetadata; readonly own: boolean } | undefined => {
    const all = sources();
    const at = Math.max(
      0,
      all.findIndex((metadata) => workingOf(metadata).length > 0),
    );
    const metadata = all[at];
    return metadata === undefined ? undefined : { metadata, own: at === 0 };
  };

  const wayTo = (own: boolean): ConsentState['way'] => {
    // The bridge of a partner reads reactions; ours knows nothing of its meeting.
    if (own && api.available()) return 'api';
    return ownEventId() !== undefined && host.maySend('m.reaction') ? 'room' : 'none';
  };

  const state = (): ConsentState => {
    const now = source();
    const { level = 'off', agreed = {} } = now?.metadata.consent ?? {};
    const levels = told && { standard: told.default_level, room: told.room_level ?? undefined };
    const common = { answers: said, sending, failure, levels, way: wayTo(now?.own ?? true) };
    // Before we are in, the bridge's word counts.
    if (now === undefined) return { ...common, level: told?.level ?? 'off', working: told?.working ?? [], agreed: {} };
    return { ...common, level, working: workingOf(now.metadata), agreed };
  };

  const agreedByMe = (): readonly ConsentPurpose[] => state().agreed[userId] ?? [];

  const look = (): void => {
    const consent = source()?.metadata.consent;
    const mine = consent?.agreed[userId] ?? [];
    // Where nothing is kept, nothing is said about anybody.
    if (consent?.level !== 'ask') {
      onChange();
      return;
    }
    for (const purpose of CONSENT_PURPOSES) {
      if (mine.includes(purpose)) said = { ...said, [purpose]: 'yes' };
      // Taken back elsewhere: by another client of ours, or with our reaction.
      else if (seen.includes(purpose)) said = { ...said, [purpose]: 'no' };
    }
    seen = mine;
    onChange();
  };

  /** As a reaction to our own membership: it stays as long as it counts. */
  const react = async (answer: 'yes' | 'no'): Promise<void> => {
    if (answer === 'no') {
      // The "yes" was given by another client, or this page's memory of it is gone.
      if (standing === '' && agreedByMe().length > 0) throw new ApiError('STILL_KEPT');
      if (standing !== '') await host.timeline.redact(standing);
      standing = '';
      remember(memory, standing);
      return;
    }
    const target = ownEventId();
    if (target === undefined) throw new ApiError('NETWORK');
    const relation = { rel_type: 'm.annotation', event_id: target, key: COMMAND_REACTIONS.consent };
    standing = await host.timeline.send('m.reaction', { 'm.relates_to': relation });
    remember(memory, standing);
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
  const expectEffect = (purposes: readonly ConsentPurpose[], answer: 'yes' | 'no'): void => {
    for (const purpose of purposes) expected = { ...expected, [purpose]: answer };
    clearTimeout(effect);
    effect = setTimeout(() => {
      const { working, level } = state();
      const mine = agreedByMe();
      const wrong = working.filter((one) => one in expected && mine.includes(one) !== (expected[one] === 'yes'));
      expected = {};
      if (source() === undefined || level !== 'ask' || wrong.length === 0) return;
      said = Object.fromEntries(Object.entries(said).filter(([purpose]) => !wrong.some((one) => one === purpose)));
      for (const purpose of mine) said = { ...said, [purpose]: 'yes' };
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
    for (const purpose of CONSENT_PURPOSES) {
      const last = answer.answers[purpose];
      if (last !== undefined) said = { ...said, [purpose]: last === 'yes' ? 'yes' : 'no' };
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
      // One reaction speaks for both.
      const meant = byApi ? purposes : CONSENT_PURPOSES;
      const done = await attempt(() =>
        byApi
          ? api.giveConsent({ purposes: [...purposes], answer, language, how, text_version: CONSENT_TEXT_VERSION })
          : react(answer),
      );
      if (!done) return;
      for (const purpose of meant) said = { ...said, [purpose]: answer };
      expectEffect(meant, answer);
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
      clearTimeout(effect);
      expected = {};
      said = {};
      seen = [];
      told = undefined;
      sending = false;
      failure = undefined;
      onChange();
    },
  };
}
