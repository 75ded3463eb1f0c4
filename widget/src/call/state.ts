import type { ReadingSession } from '@palabre/protocol';
import type { Publishers } from '@palabre/transcript/documents';
import type { Track } from 'livekit-client';
import type { Host } from '../host/index.ts';
import type { Captions, CaptionsState } from './captions.ts';
import type { ConsentDesk, ConsentState } from './consent.ts';
import type { EarlierPages } from './earlier.ts';
import type { LocalMedia, LocalMediaState } from './local-media.ts';
import type { Meeting, MeetingState } from './meeting.ts';
import type { Person } from './people.ts';
import type { ProblemCode } from './problem.ts';
import type { Reactions, ReactionsState } from './reactions.ts';

export type CallPhase = 'preparing' | 'lobby' | 'waiting' | 'joining' | 'joined' | 'ended';
/**
 * Why a call is over: we left or did not go in, the room or the messenger took us out, the same device joined in another
 * place, somebody turned us away, our time is over, or we must be let in anew.
 */
export type CallEnd = 'left' | 'cancelled' | 'removed' | 'elsewhere' | 'turned_away' | 'time_over' | 'must_wait';

/** An SFU of another organisation that does not have us, and why. */
export interface Barrier {
  /** Server that keeps it. */
  readonly host: string;
  readonly why: 'waiting' | 'turned_away' | 'time_over';
}

/** Key of our own camera, which is shown before it is published. */
export const OWN_CAMERA = 'own camera';

/** The call as plain data. */
export interface CallState {
  readonly phase: CallPhase;
  readonly connection: 'connecting' | 'connected' | 'reconnecting';
  readonly end: CallEnd | undefined;
  readonly problem: ProblemCode | undefined;
  readonly roomName: string | undefined;
  readonly encrypted: boolean;
  /** The browser will not play sound before the person touches the page. */
  readonly soundBlocked: boolean;
  /** Somebody must let this person in: they have been asked or will be; `alone` when nobody who could is in the call. */
  readonly mustWait: 'no' | 'yes' | 'alone';
  /** Warning that our time ends: whole minutes at most. */
  readonly minutesLeft: number | undefined;
  readonly barriers: readonly Barrier[];
  /** Whose server our own media goes to, where that is not our organisation's. Known before joining. */
  readonly operator: string | undefined;
  /** The room may already show us as gone because the heartbeat did not get through. */
  readonly probablyLeft: boolean;
}

export interface CallObserver {
  onState(state: CallState): void;
  onPeople(people: readonly Person[]): void;
  onLocal(state: LocalMediaState): void;
  onMeeting(state: MeetingState): void;
  onReactions(state: ReactionsState): void;
  onCaptions(state: CaptionsState): void;
  onConsent(state: ConsentState): void;
}

/** What it takes to read results of the room's meetings; it is only used when somebody wants to see them. */
export interface ResultsAccess {
  readonly host: Host;
  bots(): Promise<Publishers | undefined>;
  /** For what our own bridge keeps. */
  readingSession(): Promise<ReadingSession>;
  /** @throws when the bridge cannot be asked */
  readonly earlier: EarlierPages;
}

export interface Call {
  readonly local: LocalMedia;
  readonly meeting: Meeting;
  readonly reactions: Reactions;
  readonly captions: Pick<Captions, 'want' | 'speak'>;
  readonly consent: Pick<ConsentDesk, 'answer' | 'chooseLevel' | 'dismissFailure'>;
  readonly results: ResultsAccess;
  join(): Promise<void>;
  /** Out of the call, or of the lobby. */
  leave(): Promise<void>;
  /** After a problem, or after leaving: begin again. */
  retry(): void;
  unblockSound(): Promise<void>;
  /** The track behind a key of the store, for a picture on the screen. */
  track(key: string): Track | undefined;
}
