import { CALL_MEMBER_EVENT, CALL_REACTION_EVENT, RTC_MEMBER_EVENT, RTC_NOTIFICATION_EVENT } from '@palabre/protocol';
import { Preset, Visibility } from 'matrix-js-sdk';
import type { ICreateRoomOpts } from 'matrix-js-sdk';

/**
 * Levels of state events. A list given at creation replaces the homeserver's own entirely, so its usual entries are repeated
 * before those that let every member take part in a call.
 */
const EVENT_LEVELS: Readonly<Record<string, number>> = {
  'm.room.name': 50,
  'm.room.avatar': 50,
  'm.room.topic': 50,
  'm.room.canonical_alias': 50,
  'm.room.power_levels': 100,
  'm.room.history_visibility': 100,
  'm.room.encryption': 100,
  'm.room.server_acl': 100,
  'm.room.tombstone': 100,
  [CALL_MEMBER_EVENT]: 0,
  [RTC_MEMBER_EVENT]: 0,
  [RTC_NOTIFICATION_EVENT]: 0,
  'org.matrix.msc4075.call.notify': 0,
  'org.matrix.msc4310.rtc.decline': 0,
  [CALL_REACTION_EVENT]: 0,
  'm.reaction': 0,
  'm.room.redaction': 0,
};

/** A private room in which everybody may call; the watcher is always invited, so that calls have moderators and results. */
export function newRoom(options: {
  readonly name: string;
  readonly encrypted: boolean;
  readonly people: readonly string[];
  readonly watcherUserId: string;
}): ICreateRoomOpts {
  return {
    name: options.name.trim(),
    preset: Preset.PrivateChat,
    visibility: Visibility.Private,
    invite: [...new Set([...options.people, options.watcherUserId])],
    power_level_content_override: { state_default: 50, events: { ...EVENT_LEVELS } },
    initial_state: options.encrypted
      ? [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }]
      : [],
  };
}

/** `@name:server`. */
export function isUserId(text: string): boolean {
  return /^@[^\s:]+:[^\s:]+(?::\d+)?$/.test(text);
}

/** What a person types to name somebody: an id, or the local part of somebody on our own server. */
export function userIdFrom(text: string, serverName: string): string | undefined {
  const bare = text.trim();
  if (isUserId(bare)) return bare;
  return /^@?[a-z0-9._=/+-]+$/i.test(bare) ? `@${bare.replace(/^@/, '').toLowerCase()}:${serverName}` : undefined;
}
