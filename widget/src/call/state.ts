import type { Track } from 'livekit-client';
import type { LocalMedia, LocalMediaState } from './local-media.ts';
import type { Meeting, MeetingState } from './meeting.ts';
import type { Person } from './people.ts';
import type { ProblemCode } from './problem.ts';
import type { Reactions, ReactionsState } from './reactions.ts';

export type CallPhase = 'preparing' | 'lobby' | 'joining' | 'joined' | 'ended';
/**
 * Why a call is over: we left or did not go in, the room or the messenger took us out, or the same device joined in another
 * place.
 */
export type CallEnd = 'left' | 'cancelled' | 'removed' | 'elsewhere';

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
  /** The room may already show us as gone because the heartbeat did not get through. */
  readonly probablyLeft: boolean;
}

export interface CallObserver {
  onState(state: CallState): void;
  onPeople(people: readonly Person[]): void;
  onLocal(state: LocalMediaState): void;
  onMeeting(state: MeetingState): void;
  onReactions(state: ReactionsState): void;
}

export interface Call {
  readonly local: LocalMedia;
  readonly meeting: Meeting;
  readonly reactions: Reactions;
  join(): Promise<void>;
  /** Out of the call, or of the lobby. */
  leave(): Promise<void>;
  /** After a problem, or after leaving: begin again. */
  retry(): void;
  unblockSound(): Promise<void>;
  /** The track behind a key of the store, for a picture on the screen. */
  track(key: string): Track | undefined;
}
