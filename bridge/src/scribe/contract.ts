import type { RecorderOptions } from '@palabre/protocol';
import type { CaptionRequest, CaptionText } from '../transcription/index.ts';

/** What supervisor and child say to each other (see rpc.ts). The child gets its own access token and nothing stronger. */

/** What the recorder page needs to be there; it learns of a meeting only later. */
export interface RecorderPlace {
  readonly chromium: string;
  /** Address of the recorder page. */
  readonly recorderUrl: string;
}

export interface ChildConfig {
  readonly baseUrl: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  readonly roomId: string;
  readonly encrypted: boolean;
  /** Our transport, as written into the scribe's own membership. */
  readonly serviceUrl: string;
  /** Further transports, and whose members may publish there (domain policy). */
  readonly partners: readonly {
    readonly match: string;
    /** User ids of its scribes, which are neither heard nor drawn nor anybody in the meeting. */
    readonly scribes?: readonly string[] | undefined;
    /** A lobby or a time limit stands before its people. */
    readonly guarded: boolean;
    readonly transports: readonly {
      readonly service: string;
      readonly sfu: string;
      /** Who gives tokens for it through federation. */
      readonly homeserver?: string | undefined;
    }[];
  }[];
  readonly ffmpeg: string;
  /** undefined: nothing can be drawn here. */
  readonly recorder: RecorderPlace | undefined;
  /** A recording with a picture is about to begin. If not, a browser that waits for one is closed. */
  readonly drawsSoon: boolean;
}

/** Of whom something may be kept: everybody, or exactly these user ids. */
export type Kept = 'everybody' | readonly string[];
export type KeptPeople = Readonly<Record<'recording' | 'transcription', Kept>>;

export const NOBODY: KeptPeople = { recording: [], transcription: [] };

export const isKept = (kept: Kept, userId: string): boolean => kept === 'everybody' || kept.includes(userId);

/** A person seen in the call, by the RTC membership of one of their devices. */
export interface SeenMember {
  readonly userId: string;
  readonly deviceId: string;
  readonly name: string;
}

/** One stretch of speech of one person. Times are wall clock. */
export interface Utterance {
  readonly id: string;
  readonly userId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Mono, `UTTERANCE_SAMPLE_RATE`. */
  readonly pcm: Int16Array;
  /** How much of `pcm` lies before `startMs`. */
  readonly leadMs: number;
  /** What the speaker set (ISO 639-1), if anything. */
  readonly language?: string;
}

/** Somebody spoke, or could have, and could not be heard. Times are wall clock. */
export interface UnheardSpan {
  readonly id: string;
  /** undefined: everybody. */
  readonly userId: string | undefined;
  /** No key for it was there, no sound came, the SFU they publish on could not be reached, or our own connection was interrupted. */
  readonly reason: 'keys_missing' | 'track_lost' | 'sfu_unreachable' | 'connection_lost';
  readonly startMs: number;
  readonly endMs: number;
}

export interface MediaGrant {
  readonly url: string;
  readonly jwt: string;
}

/** A recording is two files that share the wall clock until they are put together. */
export type RecordedStream = 'picture' | 'sound';

/** What a recorder is to capture. */
export interface RecordRequest {
  /** undefined: sound only, and no browser. */
  readonly picture: RecorderOptions | undefined;
  /** What is said stands in the picture. */
  readonly captions: boolean;
}

export interface RecordingBegun {
  /** Wall clock of the first frame; of the first sample where there are none. */
  readonly startedMs: number;
  /** Wall clock of the first sample. */
  readonly soundStartedMs: number;
}

/** Methods of the child. */
export interface ScribeChild {
  /** A recording with a picture may be about to begin: its browser is started before {@link boot}, and waits. */
  prepareRecorder(place: RecorderPlace): Promise<void>;
  /** Starts the Matrix client; resolves once this device's keys are on the homeserver and the room is known. */
  boot(config: ChildConfig): Promise<{ ed25519: string; curve25519: string }>;
  /** Once this device is signed: learns it. Needed before anything is encrypted. */
  trust(): Promise<void>;
  /** Joins the call as RTC member and connects to the SFU. */
  join(): Promise<void>;
  /**
   * From now on exactly these are kept; before the first call, nobody. Resolves when nothing more comes of anybody else: what they
   * were just saying is dropped.
   */
  keep(people: KeptPeople): Promise<void>;
  listen(): Promise<{ startedMs: number }>;
  /** Hands over what is still open; resolves with the time up to which everything was handed over. */
  stopListening(): Promise<{ stoppedMs: number }>;
  /** Captions for those who ask the scribe for them. */
  caption(): Promise<{ startedMs: number }>;
  stopCaptions(): Promise<{ stoppedMs: number }>;
  record(options: RecordRequest): Promise<RecordingBegun>;
  /** `pictureDelayMs`: how much later than its arrival the picture was drawn; undefined when there was none. */
  stopRecording(): Promise<{ stoppedMs: number; pictureDelayMs: number | undefined }>;
  /** Encrypts content for the room; gives content of an `m.room.encrypted` event. */
  encrypt(type: string, content: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Leaves the call (not the room) but stays able to encrypt. */
  leaveCall(): Promise<void>;
  close(): Promise<void>;
}

export interface ChildBeat {
  readonly rssBytes: number;
  /** The connection to our SFU is interrupted: nothing is captured. */
  readonly isAway: boolean;
  /** Everything heard before this moment has been handed over. Absent while not listening. */
  readonly heardUntilMs?: number;
}

/** `wanted`: somebody asked for captions not long ago. `late`: they come more slowly than people speak. */
export interface CaptionsState {
  readonly wanted: boolean;
  readonly late: boolean;
}

/** Methods of the supervisor that the child may call. */
export interface ScribeParent {
  /** A short-lived grant for the child's own device, or for its recorder page. */
  grant(what: 'scribe' | 'recorder'): Promise<MediaGrant>;
  utterance(utterance: Utterance): Promise<void>;
  /** Text of what is being said; undefined: none this time. */
  captionText(request: CaptionRequest): Promise<CaptionText | undefined>;
  /** Nobody waits any more for text of speakers whose name begins so: what engines still have of their speech is given up. */
  forgetSpeech(prefix: string): Promise<void>;
  /** May this person be sent captions (domain policy)? */
  maySeeCaptions(userId: string): Promise<boolean>;
  captionsState(state: CaptionsState): Promise<void>;
  /** Told again with the same id while it lasts. */
  unheard(span: UnheardSpan): Promise<void>;
  chunk(of: RecordedStream, data: Uint8Array): Promise<void>;
  members(members: readonly SeenMember[]): Promise<void>;
  /** The room metadata on the SFU, as clients see it. */
  metadata(text: string): Promise<void>;
  /** The recorder page is gone; what it handed over stays. */
  recorderLost(reason: string): Promise<void>;
  beat(beat: ChildBeat): Promise<void>;
  log(
    level: 'info' | 'warn' | 'error',
    message: string,
    fields: Record<string, string | number | boolean>,
  ): Promise<void>;
}
