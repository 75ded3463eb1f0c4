import {
  operatorsOf,
  type CallState,
  type ConsentState,
  type MeetingState,
  type Person,
  type ReactionsState,
} from '../call/index.ts';

/** Something a screen reader should say: a key of the catalogue with its values. */
export interface Announcement {
  readonly key:
    | 'joined'
    | 'left'
    | 'sharing'
    | 'sharingEnded'
    | 'through'
    | 'recordingOn'
    | 'recordingPaused'
    | 'recordingInterrupted'
    | 'recordingFailed'
    | 'recordingOff'
    | 'transcriptionOn'
    | 'transcriptionInterrupted'
    | 'transcriptionFailed'
    | 'transcriptionOff'
    | 'reconnecting'
    | 'reconnected'
    | 'youJoined'
    | 'handUp'
    | 'handDown'
    | 'yourHandUp'
    | 'yourHandDown'
    | 'reacted'
    | 'waits'
    | 'consentAsked'
    | 'youWait';
  readonly name?: string;
  readonly emoji?: string;
  /** Tells two equal announcements apart. */
  readonly id: number;
}
type Unnumbered = Omit<Announcement, 'id'>;

/** With more arrivals at once than this, only the crowd would be heard. */
const MAX_NAMES = 3;

/** Who came, went, began or ended sharing, between two lists. Nothing on the first list, nor about ourselves. */
export function announcePeople(before: readonly Person[], now: readonly Person[]): readonly Unnumbered[] {
  if (before.length === 0) return [];
  const earlier = new Map(before.map((person) => [person.id, person]));
  const later = new Map(now.map((person) => [person.id, person]));
  const others = (list: readonly Person[]): Person[] => list.filter((person) => !person.self);
  const told: Unnumbered[] = [];
  for (const person of others(now)) {
    const known = earlier.get(person.id);
    if (known === undefined) told.push({ key: 'joined', name: person.name });
    else if (person.screen !== undefined && known.screen === undefined)
      told.push({ key: 'sharing', name: person.name });
    else if (person.screen === undefined && known.screen !== undefined)
      told.push({ key: 'sharingEnded', name: person.name });
  }
  for (const person of others(before)) if (!later.has(person.id)) told.push({ key: 'left', name: person.name });
  return told.length > MAX_NAMES ? told.slice(0, MAX_NAMES) : told;
}

type Progress = Pick<MeetingState, 'recording' | 'transcription'>;
const NOTHING_KEPT: Progress = { recording: { phase: 'off' }, transcription: { phase: 'off' } };

/** Said once: what is ending has ended for those who are in the call. What begins anew by itself was interrupted, and goes on. */
function announceWork(
  what: 'recording' | 'transcription',
  { phase: former }: MeetingState['recording'],
  { phase }: MeetingState['recording'],
): readonly Unnumbered[] {
  if (phase === former) return [];
  switch (phase) {
    case 'on':
      return [{ key: `${what}On` }];
    case 'paused':
      // Only recordings are paused.
      return [{ key: 'recordingPaused' }];
    case 'starting':
      return former === 'on' ? [{ key: `${what}Interrupted` }] : [];
    case 'failed':
      return [{ key: `${what}Failed` }];
    case 'stopping':
      return [{ key: `${what}Off` }];
    case 'off':
      return former === 'stopping' || former === 'failed' ? [] : [{ key: `${what}Off` }];
  }
}

function announceProgress(before: Progress, now: Progress): readonly Unnumbered[] {
  return [
    ...announceWork('recording', before.recording, now.recording),
    ...announceWork('transcription', before.transcription, now.transcription),
  ];
}

/** What another organisation's scribe keeps; and that this person is asked: the question may stand where they do not look. */
export function announceConsent(before: ConsentState, now: ConsentState): readonly Unnumbered[] {
  const open = ({ level, working, answers }: ConsentState): number =>
    level === 'ask' ? working.filter((purpose) => answers[purpose] === undefined).length : 0;
  const elsewhere = announceProgress(before.elsewhere ?? NOTHING_KEPT, now.elsewhere ?? NOTHING_KEPT);
  return open(now) > open(before) ? [...elsewhere, { key: 'consentAsked' }] : elsewhere;
}

/** Whose servers unencrypted media passes through from now on. */
export function announceOperators(before: readonly Person[], now: readonly Person[]): readonly Unnumbered[] {
  const known = operatorsOf(before);
  const added = operatorsOf(now).filter((operator) => !known.includes(operator));
  return added.length === 0 ? [] : [{ key: 'through', name: added.join(', ') }];
}

/** Recording and transcription going on or off; who waits to be let in. */
export function announceMeeting(before: MeetingState, now: MeetingState): readonly Unnumbered[] {
  const told = announceProgress(before, now);
  const known = new Set(before.lobby.people.map(({ userId }) => userId));
  const fresh = now.lobby.people.filter(({ userId }) => !known.has(userId));
  return [...told, ...fresh.slice(0, MAX_NAMES).map(({ name }): Unnumbered => ({ key: 'waits', name }))];
}

/** Our own coming in, and losing and finding the connection. */
export function announceCall(before: CallState, now: CallState): readonly Unnumbered[] {
  if (now.phase === 'waiting' && before.phase !== 'waiting') return [{ key: 'youWait' }];
  if (now.phase !== 'joined') return [];
  if (before.phase !== 'joined') return [{ key: 'youJoined' }];
  if (before.connection !== 'reconnecting' && now.connection === 'reconnecting') return [{ key: 'reconnecting' }];
  if (before.connection === 'reconnecting' && now.connection === 'connected') return [{ key: 'reconnected' }];
  return [];
}

/**
 * Hands going up and down, and emoji: of several that are seen at once, the first. Ours are said too: a hand that a moderator lowered
 * would else go down unnoticed.
 */
export function announceReactions(
  before: ReactionsState,
  now: ReactionsState,
  people: readonly Person[],
): readonly Unnumbered[] {
  const named = (id: string): Person | undefined => people.find((person) => person.id === id);
  const moved = (
    from: ReactionsState,
    to: ReactionsState,
    own: 'yourHandUp' | 'yourHandDown',
    key: 'handUp' | 'handDown',
  ) =>
    to.hands
      .filter(({ personId }) => !from.hands.some((hand) => hand.personId === personId))
      .flatMap(({ personId }): readonly Unnumbered[] => {
        // Whoever left took their hand with them: that they left is said already.
        const person = named(personId);
        if (person === undefined) return [];
        return [person.self ? { key: own } : { key, name: person.name }];
      });
  const told = [...moved(before, now, 'yourHandUp', 'handUp'), ...moved(now, before, 'yourHandDown', 'handDown')];
  const [first] = now.emojis;
  const person = first === undefined || before.emojis.length > 0 ? undefined : named(first.personId);
  if (first !== undefined && person !== undefined && !person.self)
    told.push({ key: 'reacted', name: person.name, emoji: first.emoji });
  return told.slice(0, MAX_NAMES);
}
