import type { RoomMetadata } from '@palabre/protocol';
import type { Kysely } from 'kysely';
import type { MatrixClient } from '../appservice/index.ts';
import type { Consent } from '../consent/index.ts';
import type { Downloads } from '../downloads/index.ts';
import type { Egress } from '../egress/index.ts';
import type { Membership, Tombstone } from '../membership/index.ts';
import type { Minutes } from '../minutes/index.ts';
import type { Log } from '../operations/index.ts';
import type { PublishingTables, RoomLanguage, UploadMedia } from '../publishing/index.ts';
import type { Admission, Remuxer } from '../recording/index.ts';
import type { Files } from '../storage/index.ts';
import type { Captioner, Sealer, Transcriber, TranscriptionStore } from '../transcription/index.ts';
import type { StartChild } from './child-process.ts';
import type { ChildConfig, MediaGrant, RecorderPlace } from './contract.ts';
import type { DeletionStore } from './deletion-store.ts';
import type { CrossSigning } from './cross-signing.ts';
import type { ScribeDevices } from './devices.ts';
import type { RecordingRules } from './recording-options.ts';
import type { SpareChild } from './spare-child.ts';
import type { ScribeStore, SeenPerson } from './store.ts';

/** What a scribe needs to know of a meeting. */
export interface ScribeMeeting {
  readonly id: string;
  readonly livekitRoom: string;
  readonly startedMs: number;
}

/** Who may be heard of a meeting (meetings/). */
export interface MeetingDirectory {
  current(roomId: string): ScribeMeeting | undefined;
  /** Everybody who was there, with names, in the order in which they came. */
  people(roomId: string, meetingId: string): Promise<readonly SeenPerson[]>;
}

/** Where minutes are made that are more than an extract, or wait for approval (minutes/). */
export type MinutesDesk = Pick<Minutes, 'take' | 'worksIn'>;

/** Media rights for the scribe (rtc-auth/). */
export type GrantMedia = (request: {
  readonly roomId: string;
  readonly deviceId: string;
  readonly what: 'scribe' | 'recorder';
}) => Promise<MediaGrant>;

/** Addresses and programs. */
export interface ScribePlaces {
  readonly homeserverUrl: string;
  /** Certificate authority of the homeserver, where it is a private one: PEM text, or the path of a PEM file. */
  readonly homeserverCa?: string | undefined;
  readonly tokenServiceUrl: string;
  readonly recorderUrl: string;
  readonly chromium: string | undefined;
  readonly ffmpeg: string | undefined;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Where people open a room in their browser. */
  readonly messengerUrl: string;
  /** Folder of files; the scribe uses `recordings/` in it. */
  readonly filesDir: string;
  readonly uploadLimitBytes: number;
}

/** undefined: there is no browser. */
export function recorderPlace({ chromium, recorderUrl }: ScribePlaces): RecorderPlace | undefined {
  return chromium === undefined ? undefined : { chromium, recorderUrl };
}

/** Who may be kept (consent/). */
export type ConsentPort = Pick<Consent, 'standing' | 'mayHold' | 'mayName' | 'agreement' | 'nobodyAgreed' | 'onChange'>;

/** Everything a run works with; shared by all runs. */
export interface RunDeps {
  readonly store: ScribeStore;
  readonly deletions: DeletionStore;
  readonly transcription: TranscriptionStore;
  readonly transcriber: Transcriber | undefined;
  readonly captioner: Captioner | undefined;
  /** By id: each until it is as if it had never been asked for, and can be asked for again. */
  readonly failedStarts: Map<string, Promise<void>>;
  readonly maySeeCaptions: (userId: string) => boolean;
  readonly consent: ConsentPort;
  /** Of the first engine: named where nothing was said. */
  readonly speechModel: string;
  readonly publications: Kysely<PublishingTables>;
  readonly client: MatrixClient;
  readonly devices: ScribeDevices;
  readonly crossSigning: CrossSigning;
  readonly minutes: MinutesDesk | undefined;
  readonly meetings: MeetingDirectory;
  readonly grantMedia: GrantMedia;
  /** Other servers of the domain policy, with the transports that calls in such a room may use. */
  readonly partners: (room: { readonly encrypted: boolean }) => ChildConfig['partners'];
  readonly setMetadata: (livekitRoom: string, change: Partial<RoomMetadata>) => Promise<void>;
  readonly upload: UploadMedia;
  /** For what is too large to be uploaded. */
  readonly downloads: Downloads;
  readonly recording: RecordingRules;
  readonly admission: Admission;
  /** How much may be captured of one recording that must not be readable on disk. */
  readonly mostInMemoryBytes: number;
  /** undefined: the scribe's own page records always. */
  readonly egress: Egress | undefined;
  /** Where it put its files, also before it was given up. undefined: no such place is configured. */
  readonly egressFiles: Pick<Files, 'remove'> | undefined;
  /** undefined: recording is not set up. */
  readonly remuxer: Remuxer | undefined;
  /** undefined: the watcher is not in the room. */
  readonly isEncrypted: (roomId: string) => Promise<boolean | undefined>;
  /** Was the room upgraded? Unknown, so undefined, where the watcher is not in the room. */
  readonly tombstoneOf: (roomId: string) => Promise<Tombstone | undefined>;
  readonly succeeds: Membership['succeeds'];
  readonly startChild: StartChild;
  readonly spareChild: Pick<SpareChild, 'expect' | 'close'>;
  readonly places: ScribePlaces;
  readonly scribeUserId: string;
  readonly language: RoomLanguage;
  /** Before each further attempt at something that failed. */
  readonly pausesMs: readonly number[];
  /** People who answer at the same time are counted in one edit of the meeting's message. */
  readonly gatherMs: number;
  readonly log: Log;
  readonly now: () => number;
}

/** One run: what one scribe does in one room during one meeting. */
export interface RunFacts {
  readonly id: string;
  readonly roomId: string;
  readonly meetingId: string;
  readonly meetingStartedMs: number;
  readonly livekitRoom: string;
  /** When it began; rooms can be encrypted later (RoomVoice.isEncrypted). */
  readonly encrypted: boolean;
  readonly sealer: Sealer;
}
