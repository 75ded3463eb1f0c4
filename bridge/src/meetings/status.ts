import { commandTextsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import { shortName } from '../transcription/index.ts';
import type { Meetings } from './meetings.ts';
import type { ScribePort } from './orders.ts';

/** What goes on in the call of a room, in words: what runs, for how long, and who started it. */
export type StatusText = (roomId: string) => Promise<string>;

export interface StatusDeps {
  readonly meetings: Pick<Meetings, 'current' | 'attendance'>;
  readonly scribe: Pick<ScribePort, 'running'>;
  /** People whose RTC membership stands, bots included. */
  readonly inCall: (roomId: string) => Promise<readonly string[]>;
  readonly namesIn: (roomId: string) => Promise<ReadonlyMap<string, string>>;
  readonly isBot: (userId: string) => boolean;
  readonly language: RoomLanguage;
  readonly now: () => number;
}

/** A display name is anybody's own choice: the user id stands beside it. */
function called(userId: string, names: ReadonlyMap<string, string>): string {
  const name = shortName(names.get(userId) ?? '');
  return name === '' || name === userId ? userId : `${name} (${userId})`;
}

export function createStatusText(deps: StatusDeps): StatusText {
  const texts = commandTextsFor(deps.language);
  return async (roomId) => {
    const meeting = deps.meetings.current(roomId);
    if (meeting === undefined) return texts.noCall;
    const [running, names, inCall] = await Promise.all([
      deps.scribe.running(roomId),
      deps.namesIn(roomId),
      deps.inCall(roomId),
    ]);
    const people = new Set(inCall.filter((userId) => !deps.isBot(userId)));
    const lines = running.map(({ what, phase, sinceMs, startedBy }) => ({
      what,
      paused: phase === 'paused',
      forMs: phase === 'on' && sinceMs !== undefined ? Math.max(0, deps.now() - sinceMs) : undefined,
      // Who reads captions is their own business.
      by: startedBy === undefined || what === 'captions' ? undefined : called(startedBy, names),
    }));
    return texts.status(Math.max(0, deps.now() - meeting.startedMs), people.size, lines);
  };
}
