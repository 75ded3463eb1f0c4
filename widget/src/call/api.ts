import {
  consentStateSchema,
  earlierMeetingsSchema,
  lobbyListSchema,
  minutesListSchema,
  rightsSchema,
  type ApiSession,
  type ConsentGiven,
  type ConsentLevel,
  type ConsentState,
  type EarlierMeetings,
  type LobbyDecision,
  type LobbyList,
  type MinutesCommand,
  type MinutesList,
  type ReadingSession,
  type Rights,
  type ScribeCommand,
} from '@palabre/protocol';
import * as z from 'zod/mini';

const REQUEST_TIMEOUT_MS = 10_000;
const errorSchema = z.object({ errcode: z.string() });

/** A refusal of the bridge, by its stable code (`protocol/errors.ts`); `NETWORK` when it could not be asked. */
export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, cause?: unknown) {
    super(code, { cause });
    this.name = 'ApiError';
    this.code = code;
  }
}

export interface Api {
  /** The bridge can be asked: the homeserver's door has given us a session. */
  available(): boolean;
  useSession(session: ApiSession, serviceUrl: string): void;
  rights(): Promise<Rights>;
  command(command: ScribeCommand): Promise<void>;
  recheck(userId: string): Promise<void>;
  /** Who waits to be let in; for those who may let them in. */
  lobby(): Promise<LobbyList>;
  decide(userIds: readonly string[], decision: LobbyDecision): Promise<void>;
  /** Drafts of minutes; for moderators who belong to the bridge's server. */
  minutes(): Promise<MinutesList>;
  decideMinutes(command: MinutesCommand): Promise<void>;
  /** How it stands with consent, and what this person said. */
  consent(): Promise<ConsentState>;
  giveConsent(given: ConsentGiven): Promise<void>;
  /** A session that may read recordings which the bridge keeps, asked anew. @throws {@link ApiError} without the homeserver's door */
  readingSession(): Promise<ReadingSession>;
  /** A page of the meetings that the bridge has posted about; see `earlier.ts`. */
  earlierMeetings(beforeMs: number | undefined): Promise<EarlierMeetings>;
  /** For moderators of this server; undefined: as the server says. */
  chooseConsentLevel(level: ConsentLevel | undefined): Promise<void>;
}

/** The advertised token service is `<api>/livekit/jwt`. */
export function apiBaseOf(serviceUrl: string): string {
  return serviceUrl.replace(/\/+$/, '').replace(/\/livekit\/jwt$/, '');
}

/**
 * The bridge's own API. `renew` asks the homeserver's door again when the session has ended; it is tried once for each
 * request that was refused.
 */
export function createApi(roomId: string, renew: () => Promise<void>): Api {
  let session: (ApiSession & { readonly base: string }) | undefined;

  const once = async (path: string, body: unknown): Promise<Response> => {
    if (session === undefined) throw new ApiError('NO_SESSION');
    try {
      return await fetch(`${session.base}/api/rooms/${encodeURIComponent(roomId)}/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${session.token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        credentials: 'omit',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new ApiError('NETWORK', error);
    }
  };
  const request = async (path: string, body?: unknown): Promise<unknown> => {
    let response = await once(path, body);
    if (response.status === 401) {
      await renew();
      response = await once(path, body);
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const said = errorSchema.safeParse(answer);
    throw new ApiError(said.success ? said.data.errcode : 'M_UNKNOWN');
  };

  return {
    available: () => session !== undefined,
    useSession: (given, serviceUrl) => (session = { ...given, base: apiBaseOf(serviceUrl) }),
    rights: async () => rightsSchema.parse(await request('rights')),
    command: async (command) => {
      await request('scribe', command);
    },
    recheck: async (userId) => {
      await request('recheck', { user_id: userId });
    },
    lobby: async () => lobbyListSchema.parse(await request('lobby')),
    decide: async (userIds, decision) => {
      await request('lobby', { decision, user_ids: userIds });
    },
    minutes: async () => minutesListSchema.parse(await request('minutes')),
    decideMinutes: async (command) => {
      await request('minutes', command);
    },
    consent: async () => consentStateSchema.parse(await request('consent')),
    giveConsent: async (given) => {
      await request('consent', given);
    },
    readingSession: async () => {
      await renew();
      if (session === undefined) throw new ApiError('NO_SESSION');
      return { token: session.token, expires_in_ms: session.expires_in_ms, api_url: session.base };
    },
    earlierMeetings: async (beforeMs) => {
      const path = beforeMs === undefined ? 'meetings' : `meetings?before_ms=${beforeMs}`;
      return earlierMeetingsSchema.parse(await request(path));
    },
    chooseConsentLevel: async (level) => {
      await request('consent/level', { level: level ?? null });
    },
  };
}
