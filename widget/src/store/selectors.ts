import { createSelector } from '@reduxjs/toolkit';
import type { ConsentPurpose } from '@palabre/protocol';
import { operatorsOf, type Person } from '../call/index.ts';
import type { State } from './index.ts';

/** One rectangle of the stage. */
export interface Tile {
  /** Stable as long as it shows the same thing. */
  readonly id: string;
  readonly personId: string;
  readonly kind: 'camera' | 'screen';
}

const selectEverybody = (state: State): readonly Person[] => state.people.list;
/** Known by the user id that the bridge names, never by a display name. */
const selectScribeId = (state: State): string | undefined => state.meeting.rights?.scribe_user_id;

/**
 * The first device of the scribe that its owner has not left unconfirmed. Whatever else is in the call under its name may have been
 * added by somebody else, and is not taken for it.
 */
export const selectScribe = createSelector([selectEverybody, selectScribeId], (everybody, scribeId) =>
  everybody.find((person) => person.userId === scribeId && person.trust !== 'unsigned'),
);
/** The people in the call. The scribe is none of them; any further device of its account is, so that everybody sees it. */
export const selectPeople = createSelector([selectEverybody, selectScribe], (everybody, scribe) =>
  scribe === undefined ? everybody : everybody.filter((person) => person !== scribe),
);
export const selectOthers = createSelector([selectPeople], (people) => people.filter((person) => !person.self));

/** Raised hands of people who are here, first raised first. */
export const selectHands = createSelector([(state: State) => state.reactions.hands, selectPeople], (hands, people) =>
  hands.flatMap((hand) => {
    const person = people.find((item) => item.id === hand.personId);
    return person === undefined ? [] : [{ ...hand, person }];
  }),
);
/** May this person lower the hands of others? */
export const selectMayLowerHands = (state: State): boolean =>
  state.meeting.way === 'api' && state.meeting.rights?.may_redact === true;
/** Whose device its owner has not confirmed, the scribe included. */
export const selectUnconfirmed = createSelector([selectEverybody], (everybody) =>
  everybody.filter((person) => person.trust === 'unsigned'),
);

/**
 * What the stage shows, in an order in which nobody jumps about: shared screens, then the people in the order in which they
 * came.
 */
export const selectTiles = createSelector([selectPeople], (people): readonly Tile[] => [
  ...people
    // Our own shared screen would show itself in itself without end.
    .filter((person) => person.screen !== undefined && !person.self)
    .map((person): Tile => ({ id: `${person.id} screen`, personId: person.id, kind: 'screen' })),
  ...people.map((person): Tile => ({ id: `${person.id} camera`, personId: person.id, kind: 'camera' })),
]);

/** Where there is room for one tile only: who speaks, else whoever came first. */
export const selectMainTile = createSelector(
  [selectTiles, selectPeople, (state: State) => state.people.speakerId],
  (tiles, people, speakerId): readonly Tile[] => {
    const other =
      people.find((person) => person.id === speakerId) ?? people.find((person) => !person.self) ?? people[0];
    return tiles.filter((tile) => tile.kind === 'camera' && tile.personId === other?.id);
  },
);

/** When the call began: the first membership that is still there. */
export const selectStartedMs = createSelector([selectPeople], (people) =>
  people.length === 0 ? undefined : Math.min(...people.map((person) => person.joinedMs)),
);

/** Servers that are not ours and have people in this call. */
export const selectOtherServers = createSelector([selectPeople], (people) => [
  ...new Set(people.flatMap((person) => person.otherServer ?? [])),
]);

/** Who runs the SFUs that unencrypted media passes through, as far as that is not ourselves; they could look and listen. */
export const selectOperators = createSelector(
  [selectEverybody, (state: State) => state.call.encrypted],
  (everybody, encrypted) => (encrypted ? [] : operatorsOf(everybody)),
);

/** The same before joining, whether it is encrypted or not, and with the server that our own media will go to. */
export const selectOperatorsAhead = createSelector(
  [selectEverybody, (state: State) => state.call.operator],
  (everybody, own) => [...new Set([...operatorsOf(everybody), ...(own === undefined ? [] : [own])])].sort(),
);

/** Is somebody out of reach because this room is not encrypted? */
export const selectNeedsEncryption = (state: State): boolean =>
  selectEverybody(state).some((person) => person.media === 'needs_encryption');

/** May this person command the scribe, and how? */
export const selectMayCommand = createSelector([(state: State) => state.meeting], (meeting) => {
  const byReaction = meeting.way === 'room' && !meeting.direct;
  return {
    record: meeting.way === 'api' ? meeting.rights?.may_record === true : byReaction,
    /** Say how it is to look: a reaction cannot. */
    recordingOptions: meeting.way === 'api' && meeting.rights?.may_record === true,
    transcribe: meeting.way === 'api' ? meeting.rights?.may_transcribe === true : byReaction,
    // Only a bridge that knows the room can say no; where there is none yet, asking says what is missing.
    caption:
      byReaction ||
      (meeting.way === 'api' &&
        !meeting.direct &&
        meeting.rights !== undefined &&
        (meeting.rights.may_caption || !meeting.rights.watcher_joined)),
  };
});

/** Why nobody at all can record or transcribe here. */
export const selectWhyNoScribe = ({ meeting }: State): 'direct' | 'replaced' | 'no_watcher' | undefined => {
  if (meeting.direct) return 'direct';
  if (meeting.replaced) return 'replaced';
  return meeting.rights?.watcher_joined === false ? 'no_watcher' : undefined;
};

const selectConsent = (state: State) => state.consent;

/** How far recording or transcription are: ours, or where ours does nothing, another organisation's. */
export const selectProgress = ({ meeting, consent }: State, what: ConsentPurpose): State['meeting']['recording'] =>
  meeting[what].phase === 'off' ? (consent.elsewhere?.[what] ?? meeting[what]) : meeting[what];
/** What this person is asked and has not answered. */
export const selectAsked = createSelector([selectConsent], ({ level, working, answers }): readonly ConsentPurpose[] =>
  level === 'ask' ? working.filter((purpose) => answers[purpose] === undefined) : [],
);
/** What is kept at this moment, or is about to be. */
export const selectKeptNow = createSelector([selectConsent], ({ working, paused }): readonly ConsentPurpose[] =>
  working.filter((purpose) => !paused.includes(purpose)),
);
/** Nothing of these is kept yet. What resumes was kept before. */
export const selectIsAhead = (state: State, purposes: readonly ConsentPurpose[]): boolean =>
  purposes.every((purpose) => {
    const { phase, since_ms: sinceMs } = selectProgress(state, purpose);
    return phase === 'starting' && sinceMs === undefined;
  });
/** What is kept of the others and not of this person. `undefined`: there is nothing to say. */
export const selectNotKept = (state: State, userId: string): ConsentPurpose | 'both' | undefined => {
  const { level, agreed } = state.consent;
  if (level !== 'ask') return undefined;
  const without = selectKeptNow(state).filter((purpose) => !(agreed[userId] ?? []).includes(purpose));
  return without.length === 2 ? 'both' : without[0];
};
