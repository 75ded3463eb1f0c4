import type { RecordingLayout } from '@palabre/protocol';

/** How a room is to be recorded. */
export interface EgressRequest {
  readonly livekitRoom: string;
  /** Of the file, and what the recording is found by later: unique. */
  readonly name: string;
  readonly layout: RecordingLayout;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly videoBitsPerSecond: number;
}

/** How far a recording is, as the SFU tells. `absent`: it does not know it, or not any more. */
export type EgressState = 'absent' | 'starting' | 'active' | 'ending' | 'ended' | 'failed';

/** Recorders beside the SFU. Methods reject when the SFU does not answer. */
export interface Egress {
  /**
   * Starts a recording; resolves when it captures.
   * @returns wall clock of its first frame, in milliseconds: never earlier than that by a clock that differs from ours
   * @throws when it does not capture soon. It may do so all the same, until it is stopped
   */
  start(request: EgressRequest, signal: AbortSignal): Promise<number>;
  /** Is this participant of the SFU a recorder that was started here, that could be stopped if it was asked to, and that goes soon if it was? */
  isRecorder(identity: string): boolean;
  look(livekitRoom: string, name: string): Promise<EgressState>;
  /** No error when it does not run. */
  stop(livekitRoom: string, name: string): Promise<void>;
  /** Stops what runs in this room under a name that is meant. */
  stopThose(livekitRoom: string, isMeant: (name: string) => boolean): Promise<void>;
  /** Stops it if need be; resolves when its file grows no more. @throws when that takes too long */
  settle(livekitRoom: string, name: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the SFU told something of this room, or after a while. */
  news(livekitRoom: string, signal: AbortSignal): Promise<void>;
  /** undefined when there is no file, or it was taken already. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}
