import * as z from 'zod/mini';
import { consentMetadataSchema } from './consent.ts';
import { USER_ID_PATTERN } from './identity.ts';
import { minutesBlockSchema } from './results.ts';

/** What widget and bridge say to each other under `/api` (JSON over HTTP, `Authorization: Bearer <session token>`). */

/**
 * Key under which the homeserver door (MSC4195 `get_token`) returns an `/api` session beside `jwt`. Only that door gives one:
 * an OpenID token proves a name but not intent, and partners' services hold such tokens too.
 */
export const SESSION_FIELD = 'app.palabre.session';
/** In a request at that door: the person has not decided to come yet, so nobody is asked to let them in. */
export const AHEAD_FIELD = 'app.palabre.ahead';
export const sessionSchema = z.object({ token: z.string(), expires_in_ms: z.number() });
export type ApiSession = z.infer<typeof sessionSchema>;

/** `GET /api/rooms/{roomId}/rights`: what this person may do now, computed from the room's own power levels. */
export const rightsSchema = z.object({
  /** Power level; `null` stands for a creator of a version 12 room, who is above all numbers. */
  power: z.nullable(z.number()),
  moderator: z.boolean(),
  may_record: z.boolean(),
  may_transcribe: z.boolean(),
  /** May let in people whose class has a lobby. */
  may_admit: z.boolean(),
  /** May take back what others sent: lower somebody's hand. */
  may_redact: z.boolean(),
  /** May turn captions on for themselves; absent where an older bridge answers. */
  may_caption: z._default(z.boolean(), false),
  /** False: the bridge's watcher must be invited before rights, recording and transcription can work. */
  watcher_joined: z.boolean(),
  watcher_user_id: z.string(),
  scribe_user_id: z.string(),
  /** The watcher may invite the scribe itself; otherwise the moderator's client must. */
  watcher_may_invite: z.boolean(),
  /** A direct message, which the bots do not enter: there is no recording and no transcription. */
  direct: z.boolean(),
});
export type Rights = z.infer<typeof rightsSchema>;

/**
 * What a recording shows. `screen`: a shared screen large and people beside it, otherwise everybody alike; `grid`: everybody and a
 * shared screen alike; `speaker`: whoever speaks large, the others beside them; `audio`: sound only.
 */
export const RECORDING_LAYOUTS = ['screen', 'grid', 'speaker', 'audio'] as const;
export type RecordingLayout = (typeof RECORDING_LAYOUTS)[number];

export const recordingOptionsSchema = z.object({
  layout: z._default(z.enum(RECORDING_LAYOUTS), 'screen'),
  /** What is said stands in the picture for good. */
  captions: z._default(z.boolean(), false),
});
export type RecordingOptions = z.infer<typeof recordingOptionsSchema>;
export const USUAL_RECORDING: RecordingOptions = { layout: 'screen', captions: false };

/** `POST /api/rooms/{roomId}/scribe`. Only recordings are paused and resumed, and only their start takes options. */
export const scribeCommandSchema = z.object({
  action: z.enum(['start', 'stop', 'pause', 'resume']),
  what: z.enum(['recording', 'transcription', 'captions']),
  recording: z.optional(recordingOptionsSchema),
});
export type ScribeWork = z.infer<typeof scribeCommandSchema>['what'];
export type ScribeCommand = z.infer<typeof scribeCommandSchema>;

/**
 * `GET /api/rooms/{roomId}/meetings?before_ms=…`: messages of meetings that the bridge has posted, as far as whoever asks may read
 * them, the newest first. What they say is in the room alone. Any session that may read what is kept of the room.
 */
export const earlierMeetingsSchema = z.object({
  meetings: z.array(z.object({ event_id: z.string(), started_ms: z.number() })),
  /** `before_ms` of the next page; absent on the last. A page may be empty all the same. */
  next_before_ms: z.optional(z.number()),
});
export type EarlierMeetings = z.infer<typeof earlierMeetingsSchema>;
/** `POST` to the same path, where the messenger gives its calls no session: the same answer, and nothing else, by an OpenID token. */
export const earlierByOpenIdSchema = z.object({
  openid_token: z.object({ access_token: z.string(), matrix_server_name: z.string() }),
  before_ms: z.optional(z.int().check(z.minimum(0))),
});
export type EarlierByOpenId = z.infer<typeof earlierByOpenIdSchema>;

/** `POST /api/rooms/{roomId}/recheck`: "look at this person's membership again"; a hint, never an order. */
export const recheckSchema = z.object({ user_id: z.string().check(z.regex(USER_ID_PATTERN)) });

/** `GET /api/rooms/{roomId}/lobby`: who waits to be let in, longest first; for those who may let them in. */
export const lobbyListSchema = z.object({
  people: z.array(z.object({ user_id: z.string(), name: z.string(), since_ms: z.number() })),
});
export type LobbyList = z.infer<typeof lobbyListSchema>;

/** `POST /api/rooms/{roomId}/lobby`. Whoever is not waiting any more is passed over. */
export const lobbyDecisionSchema = z.object({
  decision: z.enum(['admit', 'turn_away']),
  user_ids: z.array(z.string().check(z.regex(USER_ID_PATTERN))).check(z.maxLength(500)),
});

/** Who sees minutes before the room does: nobody, or the moderators of this server, who approve them. */
export const minutesModeSchema = z.enum(['post', 'draft']);
export type MinutesMode = z.infer<typeof minutesModeSchema>;

/** `GET /api/rooms/{roomId}/minutes`: for moderators who belong to the bridge's own server, and nobody else. */
export const minutesListSchema = z.object({
  mode: minutesModeSchema,
  /** Oldest first. */
  drafts: z.array(
    z.object({
      id: z.string(),
      /** Of what is edited; an edit of an older one is refused (409). */
      revision: z.number(),
      meeting_started_ms: z.number(),
      /** When it is deleted unless somebody approves it. */
      until_ms: z.number(),
      minutes: minutesBlockSchema,
    }),
  ),
});
export type MinutesList = z.infer<typeof minutesListSchema>;
export type MinutesDraft = MinutesList['drafts'][number];

export const MOST_STATEMENTS = 30;
const editedText = z.string().check(z.trim(), z.minLength(1), z.maxLength(1000));
const editedFact = z.string().check(z.trim(), z.maxLength(200));
/** `from`: which statement of the draft this was, by its place in its list; null: a new one, which rests on no lines. */
const editedStatement = z.object({ from: z.nullable(z.int().check(z.minimum(0))), text: editedText });
const editedAction = z.extend(editedStatement, { who: editedFact, due: editedFact });

/** A draft as a moderator leaves it. What was said stays as it was said: sentences of an extract can only be taken out. */
export const minutesEditSchema = z.object({
  purpose: z.string().check(z.trim(), z.maxLength(1000)),
  decisions: z.array(editedStatement).check(z.maxLength(MOST_STATEMENTS)),
  actions: z.array(editedAction).check(z.maxLength(MOST_STATEMENTS)),
  questions: z.array(editedStatement).check(z.maxLength(MOST_STATEMENTS)),
  /** Places of the sentences that stay. */
  extract: z.array(z.int().check(z.minimum(0))).check(z.maxLength(MOST_STATEMENTS)),
});
export type MinutesEdit = z.infer<typeof minutesEditSchema>;

/** `POST /api/rooms/{roomId}/minutes` */
export const minutesCommandSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('mode'), mode: minutesModeSchema }),
  z.object({ action: z.literal('save'), id: z.string(), revision: z.int(), edit: minutesEditSchema }),
  z.object({ action: z.literal('approve'), id: z.string(), revision: z.int(), edit: minutesEditSchema }),
  z.object({ action: z.literal('discard'), id: z.string(), revision: z.int() }),
]);
export type MinutesCommand = z.infer<typeof minutesCommandSchema>;

/** `paused`: nothing is kept until it is resumed; recordings only. */
export const scribePhaseSchema = z.enum(['off', 'starting', 'on', 'paused', 'stopping', 'failed']);
export type ScribePhase = z.infer<typeof scribePhaseSchema>;

/**
 * Attribute that the bridge sets on somebody's LiveKit participant when their time in this meeting ends: the whole minutes that
 * are left at most (`5`, `1`). Only a warning: the bridge keeps the time.
 */
export const MINUTES_LEFT_ATTRIBUTE = 'app.palabre.minutes_left';

/**
 * Metadata of the LiveKit room, JSON. Only the bridge can set it (clients get no `roomAdmin`), so unlike a data channel
 * message it can be believed on our own SFU. It holds no content of the meeting.
 */
export const roomMetadataSchema = z.object({
  v: z.literal(1),
  /**
   * `since_ms` is moved on by what was paused: now less that is how much was recorded. While it is paused, and until it
   * runs again, `elapsed_ms` is.
   */
  recording: z.object({
    phase: scribePhaseSchema,
    since_ms: z.optional(z.number()),
    elapsed_ms: z.optional(z.number()),
  }),
  transcription: z.object({ phase: scribePhaseSchema, since_ms: z.optional(z.number()) }),
  /** People who wait to be let in: how many, and when that last changed. Who they are is for those who may let them in. */
  waiting: z.optional(z.object({ count: z.number(), changed_ms: z.number() })),
  /** Minutes that wait to be approved: how many, and when that last changed. What they say is for those who may approve them. */
  drafts: z.optional(z.object({ count: z.number(), changed_ms: z.number() })),
  /** The room was upgraded: whoever is in its call may stay, nobody else comes in. */
  replaced: z.optional(z.boolean()),
  /** `late`: they come more slowly than people speak. */
  captions: z._default(
    z.object({ phase: scribePhaseSchema, since_ms: z.optional(z.number()), late: z.optional(z.boolean()) }),
    { phase: 'off' },
  ),
  /** User id of this deployment's scribe, for people who cannot ask its API. */
  scribe: z.optional(z.string()),
  /** Whose consent counts, while something is kept. */
  consent: z.optional(consentMetadataSchema),
});
export type RoomMetadata = z.infer<typeof roomMetadataSchema>;

export const QUIET_METADATA: RoomMetadata = {
  v: 1,
  recording: { phase: 'off' },
  transcription: { phase: 'off' },
  captions: { phase: 'off' },
};
