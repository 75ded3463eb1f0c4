/** Power levels: what a person may do in a room. Spec: m.room.power_levels; creators: room version 12 (MSC4289). */

/** The part of `m.room.create` that matters for power. */
export interface CreateEvent {
  readonly sender: string;
  readonly content: {
    readonly room_version?: string;
    readonly creator?: string;
    readonly additional_creators?: readonly string[];
  };
}

/** What is read of `m.room.power_levels`; every field may be absent, and values written by old clients may be strings. */
export interface PowerLevels {
  readonly users?: Readonly<Record<string, unknown>>;
  readonly users_default?: unknown;
  readonly events?: Readonly<Record<string, unknown>>;
  readonly state_default?: unknown;
  readonly invite?: unknown;
  readonly kick?: unknown;
  readonly ban?: unknown;
  readonly redact?: unknown;
}

/** Room versions before 12 know no privileged creators; unknown names are treated as new, as the specification moves forward. */
const VERSIONS_WITHOUT_CREATORS = new Set(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);

/** Old rooms allow levels written as strings ("50"); anything else counts as absent. */
function level(value: unknown, fallback: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === 'string' && /^\s*-?\d+\s*$/.test(value)) return Number.parseInt(value, 10);
  return fallback;
}

/** The creators of a room of version 12 or later; empty for older versions. */
export function privilegedCreators(create: CreateEvent): readonly string[] {
  if (VERSIONS_WITHOUT_CREATORS.has(create.content.room_version ?? '1')) return [];
  return [create.sender, ...(create.content.additional_creators ?? [])];
}

/**
 * Power of `userId`: `Infinity` for creators of a version 12 room, otherwise the listed level or the default.
 * Without a power level event the creator has 100 and everybody else 0 (spec).
 */
export function powerOf(create: CreateEvent, powerLevels: PowerLevels | undefined, userId: string): number {
  if (privilegedCreators(create).includes(userId)) return Infinity;
  if (powerLevels === undefined) return userId === (create.content.creator ?? create.sender) ? 100 : 0;
  const usersDefault = level(powerLevels.users_default, 0);
  const users = powerLevels.users ?? {};
  return Object.hasOwn(users, userId) ? level(users[userId], usersDefault) : usersDefault;
}

/** Power needed to kick (spec default 50): the line between members and moderators in Palabre. */
export function moderatorLevel(powerLevels: PowerLevels | undefined): number {
  return level(powerLevels?.kick, 50);
}

/** Power needed to change power levels (spec: `events`, else `state_default`, else 50): who has it administers the room. */
export function administratorLevel(powerLevels: PowerLevels | undefined): number {
  const events = powerLevels?.events ?? {};
  const own = Object.hasOwn(events, 'm.room.power_levels') ? events['m.room.power_levels'] : undefined;
  return level(own, level(powerLevels?.state_default, 50));
}

/** Power needed to invite (spec default 0 when the field or the event is absent). */
export function inviteLevel(powerLevels: PowerLevels | undefined): number {
  return level(powerLevels?.invite, 0);
}

/** Power needed to take back what others sent (spec default 50). */
export function redactLevel(powerLevels: PowerLevels | undefined): number {
  return level(powerLevels?.redact, 50);
}
