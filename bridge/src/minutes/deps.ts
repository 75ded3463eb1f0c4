import type { MinutesBlock, MinutesFacts, Rights } from '@palabre/protocol';
import type { MatrixClient } from '../appservice/index.ts';
import type { Audit } from '../governance/index.ts';
import type { Log } from '../operations/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import type { Database } from '../storage/index.ts';
import type { LanguageModel, SourceLine } from '../summary/index.ts';
import type { Sealer } from '../transcription/index.ts';

/** What is known of a meeting whose minutes are to be made. */
export interface MinutesRequest {
  /** Of the transcription: asked for again after a crash, the minutes are made once. */
  readonly id: string;
  readonly roomId: string;
  /** Of the scribe: what it posted belongs together, also when somebody takes it back. */
  readonly runId: string;
  readonly meetingId: string;
  readonly meetingStartedMs: number;
  readonly facts: Pick<MinutesBlock, 'duration_ms' | 'participants'> & { readonly started_ms: number };
  readonly talk: { readonly lines: readonly SourceLine[]; readonly language: string };
}

/**
 * Posts minutes once, however often it is asked.
 * @returns false: what they were made of was taken back meanwhile, so they are not posted
 * @throws PublishRefused when the room takes them never
 */
export type PublishMinutes = (
  minutes: Pick<MinutesRequest, 'id' | 'roomId' | 'runId' | 'meetingId' | 'meetingStartedMs'> & {
    readonly facts: MinutesFacts;
  },
  signal: AbortSignal,
) => Promise<boolean>;

export interface MinutesDeps {
  readonly database: Database;
  readonly client: MatrixClient;
  readonly serverName: string;
  readonly scribeUserId: string;
  /** Undefined: extracts only. */
  readonly model: LanguageModel | undefined;
  readonly sealer: Sealer;
  readonly audit: Audit;
  /** As they are at this moment. */
  readonly rightsNow: (roomId: string, userId: string) => Promise<Rights>;
  readonly namesIn: (roomId: string) => Promise<ReadonlyMap<string, string>>;
  /** Lets the scribe in, or says what is missing for that. @throws {PalabreError} */
  readonly enter: (roomId: string) => Promise<void>;
  readonly publish: PublishMinutes;
  /** Everything about it is in the room: what was kept to be able to post it again is forgotten. */
  readonly forget: (id: string) => Promise<void>;
  /** Nothing is to be done for this room any more. */
  readonly release: (roomId: string) => Promise<void>;
  /** The call is told how many drafts wait. */
  readonly onWaiting: (roomId: string, count: number) => void;
  readonly language: RoomLanguage;
  readonly log: Log;
  readonly now: () => number;
  /** Before each further attempt at something that failed. */
  readonly pausesMs?: readonly number[];
}
