import type { RoomMetadata } from '@palabre/protocol';
import { readCa, type DeleteMedia, type Inbox, type MatrixClient } from '../appservice/index.ts';
import type { Downloads } from '../downloads/index.ts';
import type { Egress } from '../egress/index.ts';
import type { Audit, Deletable } from '../governance/index.ts';
import type { Log, SpeechConfig } from '../operations/index.ts';
import { createMediaUploader, type PublishingTables, type RoomLanguage } from '../publishing/index.ts';
import {
  createAdmission,
  createRemuxer,
  mostInMemory,
  thisMachine,
  workMemoryBytes,
  type AdmissionRules,
} from '../recording/index.ts';
import type { Database } from '../storage/index.ts';
import {
  createCaptioner,
  createEngines,
  createTranscriber,
  createTranscriptionStore,
  type Sealer,
  type TranscriptionTables,
} from '../transcription/index.ts';
import { createChildStarter, type StartChild } from './child-process.ts';
import type { ChildConfig } from './contract.ts';
import { createCrossSigning, identitySeedsSchema } from './cross-signing.ts';
import { recorderPlace } from './deps.ts';
import type { ConsentPort, GrantMedia, MeetingDirectory, MinutesDesk, RunDeps, ScribePlaces } from './deps.ts';
import type { NamesIn } from './deletions.ts';
import { createDeletionStore } from './deletion-store.ts';
import { createScribeDevices } from './devices.ts';
import type { RecordingRules } from './recording-options.ts';
import { createSpareChild } from './spare-child.ts';
import { createScribeStore, type ScribeTables } from './store.ts';

/** What the scribe is given by the bridge. */
export interface ScribeDeps {
  readonly database: Database;
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  readonly meetings: MeetingDirectory;
  readonly grantMedia: GrantMedia;
  /** Other servers of the domain policy, with the transports that calls in such a room may use. */
  readonly partners: (room: { readonly encrypted: boolean }) => ChildConfig['partners'];
  readonly setMetadata: (livekitRoom: string, change: Partial<RoomMetadata>) => Promise<void>;
  /** Has this person's server the right to captions (domain policy)? */
  readonly maySeeCaptions: (userId: string) => boolean;
  readonly consent: ConsentPort;
  /** undefined: the watcher is not in the room. */
  readonly isEncrypted: (roomId: string) => Promise<boolean | undefined>;
  readonly tombstoneOf: RunDeps['tombstoneOf'];
  readonly succeeds: RunDeps['succeeds'];
  readonly downloads: Downloads;
  readonly recording: RecordingRules & AdmissionRules;
  readonly egress?: Egress | undefined;
  readonly egressFiles?: RunDeps['egressFiles'];
  readonly places: ScribePlaces;
  /** Speech engines, in the order of fallbacks. */
  readonly speech: SpeechConfig | undefined;
  /** Undefined: an extract is posted at once. */
  readonly minutes?: MinutesDesk | undefined;
  readonly scribeUserId: string;
  readonly watcherUserId: string;
  readonly audit: Audit;
  /** By the room's power levels, as they are now. */
  readonly mayRedact: (roomId: string, userId: string) => Promise<boolean>;
  readonly deleteMedia: DeleteMedia;
  /** How the people of a room are called. */
  readonly namesIn: NamesIn;
  /** What other capabilities keep of results, deleted with them. */
  readonly deletables: readonly Deletable[];
  /** The application service's token: uploads media, and keys what is sealed in the database. */
  readonly asToken: string;
  readonly language: RoomLanguage;
  readonly log: Log;
  readonly now: () => number;
  /** Replaced in tests. */
  readonly startChild?: StartChild;
  readonly pausesMs?: readonly number[];
  readonly gatherMs?: number;
  /** How often to look for what an administrator wants to be tried again. */
  readonly retriesEveryMs?: number;
  /** Memory in which films are put together that must not touch the disk. */
  readonly workMemoryBytes?: number;
}

/** The embedded speech server has two workers; more at once would only wait there. */
const SPEECH_AT_ONCE = 2;
const PAUSES_MS = [300, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const GATHER_MS = 1_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Builds what all runs share.
 * @param wrapping seals what would give the scribe away if it lay open in the database
 */
export function createRunDeps(deps: ScribeDeps, wrapping: Sealer): RunDeps {
  const { client, log, now, places, scribeUserId } = deps;
  const ca = readCa(places.homeserverCa);
  const store = createScribeStore(deps.database.$extendTables<ScribeTables>());
  const transcription = createTranscriptionStore(deps.database.$extendTables<TranscriptionTables>());
  const devices = createScribeDevices(client, scribeUserId);
  const onEngine = (position: number, works: boolean): void =>
    log.logger.warn({ position }, works ? 'a speech engine is back' : 'a speech engine is left out');
  const speech = deps.speech === undefined ? undefined : createEngines(deps.speech, now, onEngine);
  const onTrouble = (message: string, error: unknown): void => log.logger.warn({ err: error }, message);
  const hearing = speech === undefined ? undefined : { speech, concurrency: SPEECH_AT_ONCE, now, onTrouble };
  const startChild = deps.startChild ?? createChildStarter({ user: places.user, ca });
  const spareChild = createSpareChild({
    startChild,
    // Where Egress records, a browser is the exception.
    recorder: deps.egress === undefined && places.ffmpeg !== undefined ? recorderPlace(places) : undefined,
    now,
  });
  const mostInMemoryBytes = mostInMemory(deps.workMemoryBytes ?? workMemoryBytes());
  return {
    store,
    deletions: createDeletionStore(deps.database.$extendTables<ScribeTables>()),
    transcription,
    transcriber: hearing === undefined ? undefined : createTranscriber({ ...hearing, store: transcription }),
    captioner: hearing === undefined ? undefined : createCaptioner(hearing),
    failedStarts: new Map(),
    speechModel: deps.speech?.[0]?.model ?? '',
    publications: deps.database.$extendTables<PublishingTables>(),
    client,
    devices,
    crossSigning: createCrossSigning({
      client,
      userId: scribeUserId,
      loadSeeds: async () => {
        const sealed = await store.identitySeeds(scribeUserId);
        if (sealed === undefined) return undefined;
        return identitySeedsSchema.parse(JSON.parse(decoder.decode(wrapping.open(sealed, 'identity'))));
      },
      saveSeeds: (seeds) =>
        store.saveIdentitySeeds(scribeUserId, wrapping.seal(encoder.encode(JSON.stringify(seeds)), 'identity')),
    }),
    minutes: deps.minutes,
    meetings: deps.meetings,
    grantMedia: deps.grantMedia,
    partners: deps.partners,
    setMetadata: deps.setMetadata,
    maySeeCaptions: deps.maySeeCaptions,
    consent: deps.consent,
    upload: createMediaUploader({
      baseUrl: places.homeserverUrl,
      ca,
      asToken: deps.asToken,
      userId: scribeUserId,
    }),
    downloads: deps.downloads,
    recording: deps.recording,
    egress: deps.egress,
    egressFiles: deps.egressFiles,
    admission: createAdmission(deps.recording, thisMachine(places.filesDir, mostInMemoryBytes)),
    mostInMemoryBytes,
    remuxer: places.ffmpeg === undefined ? undefined : createRemuxer({ ffmpeg: places.ffmpeg, user: places.user }),
    isEncrypted: deps.isEncrypted,
    tombstoneOf: deps.tombstoneOf,
    succeeds: deps.succeeds,
    startChild: spareChild.start,
    spareChild,
    places,
    scribeUserId,
    language: deps.language,
    pausesMs: deps.pausesMs ?? PAUSES_MS,
    gatherMs: deps.gatherMs ?? GATHER_MS,
    log,
    now,
  };
}
