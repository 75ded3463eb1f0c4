import type { RecordingLayout } from './api.ts';

/**
 * The recorder page (second entry of the widget, `recorder.html`) is opened by the bridge's scribe in headless Chromium.
 * The scribe calls `window.palabreRecorder`; the page calls back through the functions the scribe exposes on `window`.
 */

/** One SFU connection the page opens. */
export interface RecorderConnection {
  /** Key for later updates: the livekit_service_url of the transport. */
  readonly id: string;
  readonly url: string;
  readonly jwt: string;
  readonly encrypted: boolean;
}

/** A person to draw; identities that are not listed are neither drawn nor mixed. */
export interface RecorderParticipant {
  /** LiveKit identity on `connectionId`. */
  readonly identity: string;
  readonly connectionId: string;
  readonly name: string;
}

/** Everybody in the call: those to draw, and how many places stand for people who are not recorded. */
export interface RecorderStage {
  readonly participants: readonly RecorderParticipant[];
  readonly notRecorded: number;
}

export interface RecorderCaption {
  /** The same again: a newer text of it. */
  readonly segmentId: string;
  /** LiveKit identity of who says it. */
  readonly identity: string;
  readonly name: string;
  /** Empty: taken back. */
  readonly text: string;
}

export interface RecorderOptions {
  readonly layout: Exclude<RecordingLayout, 'audio'>;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly videoBitsPerSecond: number;
  readonly chunkMs: number;
  readonly title: string;
  readonly language: string;
  /** What stands in the place of somebody who is not recorded. */
  readonly notRecorded: string;
}

export interface RecorderApi {
  connect(connection: RecorderConnection): Promise<void>;
  disconnect(id: string): Promise<void>;
  setStage(stage: RecorderStage): void;
  /** `key` is base64; goes to the key provider of every connection. */
  setKey(identity: string, keyIndex: number, key: string): Promise<void>;
  /** Stands in the picture for a while. */
  setCaption(caption: RecorderCaption): void;
  /** Resolves with the wall clock (ms) of the first captured frame. */
  start(options: RecorderOptions): Promise<{ startedMs: number }>;
  /**
   * Resolves when the last chunk has been handed over. `pictureDelayMs`: how long after its arrival a picture was drawn (median);
   * absent when there was none.
   */
  stop(): Promise<{ stoppedMs: number; pictureDelayMs?: number }>;
}

/** Functions the scribe exposes to the page. `data` is base64. */
export interface RecorderHost {
  palabreChunk(data: string): Promise<void>;
  palabreRecorderError(message: string): Promise<void>;
  /** A connection has ended by itself and is forgotten. */
  palabreConnectionLost(id: string): Promise<void>;
}
