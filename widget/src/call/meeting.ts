import {
  COMMAND_REACTIONS,
  QUIET_METADATA,
  roomMetadataSchema,
  type ErrorCode,
  type Rights,
  type RoomMetadata,
  type ScribeCommand,
  type ScribeWork,
} from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { ApiError, type Api } from './api.ts';
import { createMinutesDesk, type MinutesDesk, type MinutesState } from './minutes-desk.ts';
import { createLobbyDesk, type LobbyDesk, type LobbyState } from './lobby-desk.ts';

/** What concerns each kind of work; absent when there is nothing to say. */
type PerWork<T> = Readonly<Record<ScribeWork, T | undefined>>;
const NONE = { recording: undefined, transcription: undefined, captions: undefined } as const;
const WORKS = ['recording', 'transcription', 'captions'] as const;

/** Recording, transcription and captions as everybody sees them, and what this person may do about them. */
export interface MeetingState {
  readonly recording: RoomMetadata['recording'];
  readonly transcription: RoomMetadata['transcription'];
  readonly captions: RoomMetadata['captions'];
  /** Absent until the bridge has answered. */
  readonly rights: Rights | undefined;
  /** A direct message, as the messenger or the bridge say: nothing can be recorded or transcribed. */
  readonly direct: boolean;
  /** The room was upgraded in mid-call: we may stay, nobody else comes in. */
  readonly replaced: boolean;
  /**
   * How commands travel. `api`: the bridge knows who we are. `room`: as reactions that the bridge reads; it decides and we learn
   * the outcome from the room. `none`: there is no way yet.
   */
  readonly way: 'api' | 'room' | 'none';
  /** Commands that were sent and whose effect is not visible yet. */
  readonly pending: PerWork<ScribeCommand['action']>;
  /** Stable error codes of the last commands. */
  readonly failures: PerWork<string>;
  readonly lobby: LobbyState;
  readonly minutes: MinutesState;
}

export interface Meeting {
  state(): MeetingState;
  readonly lobby: Pick<LobbyDesk, 'decide' | 'dismissFailure'>;
  readonly minutes: Pick<MinutesDesk, 'obey' | 'open'>;
  /** Metadata of our own SFU's room, which only the bridge can set. */
  useMetadata(metadata: string | undefined): void;
  /** Captions of a partner's scribe, for when ours makes none. */
  useCaptionsElsewhere(captions: RoomMetadata['captions'] | undefined): void;
  askRights(): Promise<void>;
  command(command: ScribeCommand): Promise<void>;
  dismissFailure(code: string): void;
  close(): void;
}

/** Power levels can change during a call, and the widget cannot see them. */
const RIGHTS_EVERY_MS = 120_000;
const RIGHTS_RETRY_MS = 5_000;

/** How long a command may take to show. */
const EFFECT_TIMEOUT_MS = 20_000;

const SCRIBE_ABSENT: ErrorCode = 'PALABRE_SCRIBE_ABSENT';

/** Reads the room's metadata; anything else than what the bridge writes means that nothing is going on. */
export function readMetadata(metadata: string | undefined): RoomMetadata {
  if (metadata === undefined || metadata === '') return QUIET_METADATA;
  try {
    const parsed = roomMetadataSchema.safeParse(JSON.parse(metadata));
    return parsed.success ? parsed.data : QUIET_METADATA;
  } catch {
    return QUIET_METADATA;
  }
}

/** Has the meeting reached what the command asked for (or failed at it)? */
export function commandShows(command: ScribeCommand, metadata: RoomMetadata): boolean {
  const { phase } = metadata[command.what];
  switch (command.action) {
    case 'start':
    case 'resume':
      return phase === 'on' || phase === 'starting' || phase === 'failed';
    case 'pause':
      return phase !== 'on' && phase !== 'starting';
    case 'stop':
      return phase === 'off' || phase === 'stopping' || phase === 'failed';
  }
}

const STARTING_REACTION = { recording: 'record', transcription: 'transcribe', captions: 'captions' } as const;

export function createMeeting(
  host: Host,
  api: Omit<Api, 'consent' | 'giveConsent' | 'chooseConsentLevel' | 'readingSession' | 'earlierMeetings'>,
  ownEventId: () => string | undefined,
  onChange: () => void,
): Meeting {
  let metadata: RoomMetadata = QUIET_METADATA;
  let rights: Rights | undefined;
  let captionsElsewhere: RoomMetadata['captions'] | undefined;
  let pending: MeetingState['pending'] = NONE;
  let failures: MeetingState['failures'] = NONE;
  const timers: Partial<Record<ScribeWork, ReturnType<typeof setTimeout>>> = {};
  let rightsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the calls: what was asked in an earlier one changes nothing in the next. */
  let generation = 0;

  const lobby = createLobbyDesk(api, () => onChange());
  const followLobby = (): void => lobby.follow(metadata.waiting, rights?.may_admit === true);
  const minutes = createMinutesDesk(
    api,
    (work) => withScribe(work),
    () => onChange(),
  );
  const followMinutes = (): void => minutes.follow(metadata.drafts, rights?.moderator === true);

  const settle = (what: ScribeWork, code?: string): void => {
    clearTimeout(timers[what]);
    pending = { ...pending, [what]: undefined };
    failures = { ...failures, [what]: code };
    onChange();
  };

  /** Captions may be made by a partner's scribe where ours makes none. */
  const seen = (): RoomMetadata => {
    const { captions } = metadata;
    const ours = captionsElsewhere === undefined || (captions.phase !== 'off' && captions.phase !== 'failed');
    return ours ? metadata : { ...metadata, captions: captionsElsewhere ?? captions };
  };
  const settleWhatShows = (): void => {
    for (const what of WORKS) {
      const action = pending[what];
      if (action !== undefined && commandShows({ action, what }, seen())) settle(what);
    }
  };
  /** In a room of a partner's our own bridge can do nothing, but the partner's reads reactions. */
  const isForApi = ({ what }: ScribeCommand): boolean =>
    api.available() && !(what === 'captions' && rights?.watcher_joined === false && captionsElsewhere !== undefined);

  const askRights = async (): Promise<void> => {
    if (!api.available()) return;
    clearTimeout(rightsTimer);
    const began = generation;
    let answered = true;
    let next: Rights | undefined;
    try {
      next = await api.rights();
    } catch (error) {
      answered = false;
      // The network says nothing about rights. Any other refusal does: nobody is offered what they may not do.
      next = error instanceof ApiError && error.code === 'NETWORK' ? rights : undefined;
    }
    if (began !== generation) return;
    rights = next;
    followLobby();
    followMinutes();
    clearTimeout(rightsTimer);
    rightsTimer = setTimeout(() => void askRights(), answered ? RIGHTS_EVERY_MS : RIGHTS_RETRY_MS);
    onChange();
  };

  /** As a reaction to our own membership. The homeserver refuses the same one twice, so it is taken back after a while. */
  const react = async ({ action, what }: ScribeCommand): Promise<void> => {
    // One reaction stops both: the second would be the same one.
    if (action === 'stop' && pending.recording === pending.transcription) return;
    const target = ownEventId();
    if (target === undefined) throw new ApiError('NETWORK');
    const key = COMMAND_REACTIONS[action === 'start' ? STARTING_REACTION[what] : action];
    const { roomId } = host.parameters;
    const sent = await host.api.sendRoomEvent(
      'm.reaction',
      { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
      roomId,
    );
    const takeBack = (): void => {
      if (sent.event_id === undefined) return;
      host.api.sendRoomEvent('m.room.redaction', { redacts: sent.event_id }, roomId).catch(() => undefined);
    };
    setTimeout(takeBack, EFFECT_TIMEOUT_MS / 2);
  };

  /** By the bridge. It may not invite the scribe where only moderators do: then we do, whose room this is. */
  const withScribe = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError && error.code === SCRIBE_ABSENT) || rights === undefined) throw error;
      try {
        await host.invite(rights.scribe_user_id);
      } catch (cause) {
        throw new ApiError(SCRIBE_ABSENT, cause);
      }
      await work();
    }
  };

  return {
    state: () => ({
      recording: metadata.recording,
      transcription: metadata.transcription,
      captions: seen().captions,
      rights,
      direct: host.parameters.direct || rights?.direct === true,
      replaced: metadata.replaced === true,
      way: api.available() ? 'api' : ownEventId() === undefined ? 'none' : 'room',
      pending,
      failures,
      lobby: lobby.state(),
      minutes: minutes.state(),
    }),
    lobby,
    minutes,
    useMetadata(text) {
      metadata = readMetadata(text);
      followLobby();
      followMinutes();
      settleWhatShows();
      onChange();
    },
    useCaptionsElsewhere(captions) {
      if (captions === undefined && captionsElsewhere === undefined) return;
      captionsElsewhere = captions;
      settleWhatShows();
      onChange();
    },
    askRights,
    async command(command) {
      const { action, what } = command;
      if (pending[what] !== undefined) return;
      pending = { ...pending, [what]: action };
      failures = { ...failures, [what]: undefined };
      onChange();
      const began = generation;
      timers[what] = setTimeout(() => settle(what, 'NO_EFFECT'), EFFECT_TIMEOUT_MS);
      try {
        if (isForApi(command)) await withScribe(() => api.command(command));
        else await react(command);
        if (began === generation && commandShows(command, seen())) settle(what);
      } catch (error) {
        if (began !== generation) return;
        settle(what, error instanceof ApiError ? error.code : 'M_UNKNOWN');
        void askRights();
      }
    },
    dismissFailure(code) {
      const without = (failure: string | undefined) => (failure === code ? undefined : failure);
      failures = {
        recording: without(failures.recording),
        transcription: without(failures.transcription),
        captions: without(failures.captions),
      };
      onChange();
    },
    close() {
      for (const what of WORKS) clearTimeout(timers[what]);
      clearTimeout(rightsTimer);
      generation++;
      pending = NONE;
      failures = NONE;
      captionsElsewhere = undefined;
      rights = undefined;
      minutes.close();
      lobby.close();
      onChange();
    },
  };
}
