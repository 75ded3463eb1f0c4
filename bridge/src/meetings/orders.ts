import { PalabreError } from '@palabre/protocol';
import type { Rights, ScribeCommand, ScribePhase, ScribeWork } from '@palabre/protocol';
import type { Audit, AuditMeans } from '../governance/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import type { Meetings } from './meetings.ts';

/** What the scribe is at work on in a room. */
export interface RunningWork {
  readonly what: ScribeWork;
  readonly phase: ScribePhase;
  /** Wall clock of when it was asked for. */
  readonly askedMs: number;
  /** Wall clock; undefined: it has not begun yet. */
  readonly sinceMs: number | undefined;
  /** Undefined where an older version started it. */
  readonly startedBy: string | undefined;
}

/** What the meeting asks of the scribe. Rights were checked; the scribe checks its own state. */
export interface ScribePort {
  /**
   * @param id of a command that may come again: what it started is not started a second time
   * @throws {PalabreError} with a sentence for the person who asked
   */
  command(roomId: string, userId: string, command: ScribeCommand, id?: string): Promise<void>;
  running(roomId: string): Promise<readonly RunningWork[]>;
  /** Is this event the message that opens the thread of the meeting that runs in the room? */
  isMeetingMessage(roomId: string, eventId: string): Promise<boolean>;
}

export interface Order {
  readonly roomId: string;
  /** Joined to the room, as the caller has made sure. */
  readonly userId: string;
  readonly command: ScribeCommand;
  readonly means: AuditMeans;
  /** Of an order that may come again. */
  readonly id?: string;
}

/**
 * The one way to the scribe, for buttons and for commands in the room: rights as they are at this moment, then the audit trail, then the scribe.
 * @throws {PalabreError} with a sentence for the person who asked, in the language of the deployment
 */
export type GiveOrder = (order: Order) => Promise<void>;

/** Captions are for everybody; ending them for all, as everything else, is for moderators. */
function mayOrder(rights: Rights, { action, what }: ScribeCommand): boolean {
  switch (what) {
    case 'recording':
      return rights.may_record;
    case 'transcription':
      return rights.may_transcribe;
    case 'captions':
      return action === 'start' ? rights.may_caption : rights.moderator;
  }
}

export interface OrdersDeps {
  /** Read anew: whoever lost their power a moment ago has none. */
  readonly rightsNow: (roomId: string, userId: string) => Promise<Rights>;
  readonly scribe: Pick<ScribePort, 'command'>;
  readonly meetings: Pick<Meetings, 'current'>;
  readonly audit: Audit;
  readonly language: RoomLanguage;
}

export function createOrders({ rightsNow, scribe, meetings, audit, language }: OrdersDeps): GiveOrder {
  const { refusals } = textsFor(language);

  function refusalOf(rights: Rights, command: ScribeCommand): PalabreError | undefined {
    if (rights.direct) return new PalabreError('PALABRE_DIRECT_ROOM', refusals.directRoom);
    if (!rights.watcher_joined) return new PalabreError('PALABRE_WATCHER_ABSENT', refusals.inviteWatcher);
    if (mayOrder(rights, command)) return undefined;
    const { noCaptions, notModerator, notOfThisServer } = refusals;
    if (command.what === 'captions') return new PalabreError('M_FORBIDDEN', noCaptions);
    return new PalabreError('M_FORBIDDEN', rights.moderator ? notOfThisServer : notModerator);
  }

  return async ({ roomId, userId, command, means, id }) => {
    const { action, what } = command;
    const meetingId = meetings.current(roomId)?.id;
    const audited = { action: `${what}.${action}`, means, userId, roomId, meetingId, key: id } as const;
    const refusal = refusalOf(await rightsNow(roomId, userId), command);
    if (refusal !== undefined) {
      await audit.refused(audited, refusal.code);
      throw refusal;
    }
    await audit.during(audited, () => scribe.command(roomId, userId, command, id));
  };
}
