import type { Rights } from '@palabre/protocol';

/** What a moderator may in a room with both bots. */
export const RIGHTS: Rights = {
  power: 100,
  moderator: true,
  may_record: true,
  may_transcribe: true,
  may_admit: false,
  may_redact: true,
  may_caption: true,
  watcher_joined: true,
  watcher_user_id: '@p:x',
  scribe_user_id: '@s:x',
  watcher_may_invite: true,
  direct: false,
};
