import { inviteLevel, moderatorLevel, powerOf, redactLevel } from '@palabre/protocol';
import type { Rights } from '@palabre/protocol';
import type { RoomRules } from './room-view.ts';

export interface Bots {
  readonly watcherUserId: string;
  readonly scribeUserId: string;
}

/**
 * What `userId` may do, by the room's own rules. Moderators (who may kick) may record and transcribe.
 * @param rules undefined: the watcher is not in the room, so nothing is known and nothing is allowed
 */
export function rightsFrom(rules: RoomRules | undefined, userId: string, bots: Bots): Omit<Rights, 'direct'> {
  const shared = { watcher_user_id: bots.watcherUserId, scribe_user_id: bots.scribeUserId };
  if (rules === undefined) {
    return {
      ...shared,
      power: 0,
      moderator: false,
      may_record: false,
      may_transcribe: false,
      may_admit: false,
      may_redact: false,
      may_caption: false,
      watcher_joined: false,
      watcher_may_invite: false,
    };
  }
  const power = powerOf(rules.create, rules.powerLevels, userId);
  const moderator = power >= moderatorLevel(rules.powerLevels);
  const watcherPower = powerOf(rules.create, rules.powerLevels, bots.watcherUserId);
  return {
    ...shared,
    power: Number.isFinite(power) ? power : null,
    moderator,
    may_record: moderator,
    may_transcribe: moderator,
    may_admit: moderator,
    may_redact: power >= redactLevel(rules.powerLevels),
    may_caption: true,
    watcher_joined: true,
    watcher_may_invite: watcherPower >= inviteLevel(rules.powerLevels),
  };
}
