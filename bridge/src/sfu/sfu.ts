import type { RoomMetadata } from '@palabre/protocol';
import type { Door } from './people.ts';

/** What a participant may send; `screen` with its sound. */
export type PublishSource = 'microphone' | 'camera' | 'screen';

/** One participant as the SFU reports it. */
export interface SfuParticipant {
  readonly identity: string;
  readonly joinedMs: number;
  /** What their token says; undefined when it was signed before tokens said so. */
  readonly door: Door | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** What it may send now. */
  readonly publish: readonly PublishSource[];
}

export interface SfuGrants {
  readonly door: Door;
  /** Empty: nothing may be published. */
  readonly publish: readonly PublishSource[];
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  /** Not shown to others (recorder page). */
  readonly hidden?: boolean;
  readonly recorder?: boolean;
}

/** What happened to a participant, as far as the SFU told: a hint, never relied on. */
export interface ParticipantHint {
  readonly kind: 'joined' | 'left';
  readonly livekitRoom: string;
  readonly identity: string;
}

/** A token of ours that was verified. */
export interface VerifiedToken {
  readonly door: Door | undefined;
  readonly identity: string;
  readonly livekitRoom: string;
}

/** The SFU as the bridge sees it. Methods reject with {@link SfuUnavailable} when it does not answer. */
export interface Sfu {
  /** Makes sure that the room exists, with the metadata it had. Harmless when repeated. */
  ensureRoom(livekitRoom: string): Promise<void>;
  /** Names of the rooms that have somebody in them. */
  listRooms(): Promise<readonly string[]>;
  /** Empty when there is no such room. */
  listParticipants(livekitRoom: string): Promise<readonly SfuParticipant[]>;
  /** Takes away publishing and subscribing. @returns false when the participant is not there */
  silence(livekitRoom: string, identity: string): Promise<boolean>;
  /** From now on it may send these only; what else it sends ends. @returns false when the participant is not there */
  setPublishing(livekitRoom: string, identity: string, sources: readonly PublishSource[]): Promise<boolean>;
  /** @returns false when the participant is not there */
  removeParticipant(livekitRoom: string, identity: string): Promise<boolean>;
  /** Changes these attributes of a participant; an empty text takes one away. @returns false when the participant is not there */
  setAttributes(livekitRoom: string, identity: string, attributes: Readonly<Record<string, string>>): Promise<boolean>;
  /** Changes parts of what everybody in the room is told. Clients believe it because only the bridge can set it. Remembered while something goes on, and set again when the SFU has lost the room. */
  setRoomMetadata(livekitRoom: string, change: Partial<RoomMetadata>): Promise<void>;
  /** Signs a token. Its text holds ASCII only, so that clients may read it with plain `atob` (matrixrtc.md 1.6). */
  signToken(livekitRoom: string, identity: string, grants: SfuGrants, ttlMs: number): Promise<string>;
  /** @returns undefined when it is not a valid token of this deployment to join a room */
  verifyToken(token: string): Promise<VerifiedToken | undefined>;
}

/** The SFU did not answer. */
export class SfuUnavailable extends Error {
  override readonly name = 'SfuUnavailable';
}
