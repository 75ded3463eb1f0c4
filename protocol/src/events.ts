/** Event types, capabilities and relation names, each with the document that defines it. */

/** MSC3401, as used by MSC4143 clients in compatibility mode: one state event for each member device. */
export const CALL_MEMBER_EVENT = 'org.matrix.msc3401.call.member';
/** MSC4143 over sticky events (MSC4354): the membership of `matrix_2_0` clients. */
export const RTC_MEMBER_EVENT = 'org.matrix.msc4143.rtc.member';
/** MSC4075: "a call has started", sent by the first member. */
export const RTC_NOTIFICATION_EVENT = 'org.matrix.msc4075.rtc.notification';
/** To-device media keys, the form Element Call and matrix-js-sdk 43 use. */
export const MEDIA_KEYS_EVENT = 'io.element.call.encryption_keys';
/**
 * In the content of a {@link MEDIA_KEYS_EVENT}, beside the sender's own key: their client cannot decrypt what it receives of us and
 * asks for our current key again. Others see a key like any other.
 */
export const KEY_WANTED_FIELD = 'app.palabre.key_wanted';
/** MSC4143: the one call of a room. */
export const CALL_SLOT = 'm.call#ROOM';

/** Content block on every message Palabre posts; other bots and our messenger read it. See {@link resultBlockSchema}. */
export const RESULT_BLOCK = 'app.palabre.result';

/** Commands as reactions (Matrix never encrypts `m.reaction`), on one's own `call.member` event or on the meeting's message. */
export const COMMAND_REACTIONS = {
  record: '🔴',
  pause: '⏸',
  resume: '▶',
  transcribe: '📝',
  captions: '💬',
  stop: '⏹',
  consent: '✅',
  refuse: '❌',
} as const;
export type RoomCommand = keyof typeof COMMAND_REACTIONS;

/**
 * Element Call: this reaction to one's own RTC membership is a raised hand, and its redaction lowers it. No command, though it
 * stands on the same event.
 */
export const RAISED_HAND_REACTION = '🖐️';
/** Element Call: an emoji that shows for a moment; refers (`m.reference`) to its sender's own RTC membership. */
export const CALL_REACTION_EVENT = 'io.element.call.reaction';

/** Commands as text, where the bridge can read it: `!palabre record` (words: bridge/src/meetings/command-table.ts). */
export const TEXT_COMMAND_PREFIX = '!palabre';

/** Without the emoji variation selector (U+FE0F), which clients add or leave out. */
const bareKey = (key: string): string => key.replaceAll('\uFE0F', '');

export function isRaisedHand(key: string): boolean {
  return bareKey(key) === bareKey(RAISED_HAND_REACTION);
}

/** Reactions to the message that names people who wait to be let in. */
export const LOBBY_REACTIONS = { admit: '✅', turn_away: '❌' } as const;
export type LobbyDecision = keyof typeof LOBBY_REACTIONS;

/** Reads a reaction key as a decision about people who wait. */
export function lobbyDecisionOf(key: string): LobbyDecision | undefined {
  const bare = bareKey(key);
  return (Object.keys(LOBBY_REACTIONS) as LobbyDecision[]).find((decision) => LOBBY_REACTIONS[decision] === bare);
}

/**
 * Reads a reaction key as a command.
 * @returns the command, or undefined for any other reaction
 */
export function commandOfReaction(key: string): RoomCommand | undefined {
  const bare = bareKey(key);
  return (Object.keys(COMMAND_REACTIONS) as RoomCommand[]).find((command) => COMMAND_REACTIONS[command] === bare);
}
