import { inviteLevel, moderatorLevel, powerOf, privilegedCreators } from '@palabre/protocol';
import type { CreateEvent, PowerLevels } from '@palabre/protocol';
import { Direction, KnownMembership } from 'matrix-js-sdk';
import type { Room } from 'matrix-js-sdk';
import type { Bot, MemberRow, Members } from '../store/model.ts';
import type { Publishers } from '@palabre/transcript/documents';
import { personIn } from './people.ts';

interface Powers {
  readonly create: CreateEvent;
  readonly levels: PowerLevels | undefined;
}

function powersOf(room: Room): Powers {
  const state = room.getLiveTimeline().getState(Direction.Forward);
  const create = state?.getStateEvents('m.room.create', '');
  const levels = state?.getStateEvents('m.room.power_levels', '');
  return {
    create: { sender: create?.getSender() ?? '', content: create?.getContent() ?? {} },
    levels: levels?.getContent(),
  };
}

/** A level of the power levels event as protocol's own readers read it; 50 when it is missing or no number. */
function banLevel(levels: PowerLevels | undefined): number {
  return moderatorLevel(levels === undefined ? undefined : { kick: levels.ban });
}

function roleOf(powers: Powers, userId: string, power: number): MemberRow['role'] {
  if (privilegedCreators(powers.create).includes(userId)) return 'creator';
  if (power >= 100) return 'admin';
  return power >= moderatorLevel(powers.levels) ? 'moderator' : 'member';
}

/** As a bridge registers it unless its administrator names it otherwise. */
const USUAL_WATCHER = 'palabre';

/**
 * Who looks after rooms for other organisations is known by name only: `watcherUserId`'s own, or the usual one, on another server.
 * Good for a sentence that names the account, for nothing else.
 */
export function otherWatchers(
  rows: readonly Pick<MemberRow, 'userId' | 'membership'>[],
  watcherUserId: string,
): readonly string[] {
  const localparts = new Set([USUAL_WATCHER, localpartOf(watcherUserId)]);
  return rows.flatMap(({ userId, membership }) =>
    membership === 'join' && userId !== watcherUserId && localparts.has(localpartOf(userId)) ? userId : [],
  );
}

const localpartOf = (userId: string): string => userId.slice(1).split(':', 1)[0] ?? '';

const ROLE_ORDER = { creator: 0, admin: 1, moderator: 2, member: 3 } as const;

/** Who is in the room, with what this person may do about it. */
export function readMembers(room: Room, myUserId: string, publishers: Publishers): Members {
  const powers = powersOf(room);
  const power = (userId: string): number => powerOf(powers.create, powers.levels, userId);
  const mine = power(myUserId);
  const present = [
    ...room.getMembersWithMembership(KnownMembership.Join),
    ...room.getMembersWithMembership(KnownMembership.Invite),
  ];
  const botOf = (userId: string): Bot | undefined =>
    userId === publishers.watcherUserId ? 'watcher' : userId === publishers.scribeUserId ? 'scribe' : undefined;
  const rows = present.map((member): MemberRow => {
    const theirs = power(member.userId);
    const below = member.userId !== myUserId && mine > theirs;
    return {
      ...personIn(room, member.userId),
      membership: member.membership === KnownMembership.Join ? 'join' : 'invite',
      power: Number.isFinite(theirs) ? theirs : null,
      role: roleOf(powers, member.userId, theirs),
      bot: botOf(member.userId),
      mayKick: below && mine >= moderatorLevel(powers.levels),
      mayBan: below && mine >= banLevel(powers.levels),
      me: member.userId === myUserId,
    };
  });
  rows.sort(
    (a, b) =>
      (a.membership === b.membership ? 0 : a.membership === 'join' ? -1 : 1) ||
      Number(a.bot !== undefined) - Number(b.bot !== undefined) ||
      ROLE_ORDER[a.role] - ROLE_ORDER[b.role] ||
      a.name.localeCompare(b.name),
  );
  return {
    rows,
    mayInvite: mine >= inviteLevel(powers.levels),
    watched: rows.some((row) => row.bot === 'watcher'),
    otherWatchers: otherWatchers(rows, publishers.watcherUserId),
  };
}
