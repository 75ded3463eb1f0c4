import type { Inbox, RoomEvent } from '../appservice/index.ts';
import type { Log } from '../operations/index.ts';
import type { Eviction } from './eviction.ts';
import type { Patrol } from './patrol.ts';
import type { IdentityDirectory, Person } from './people.ts';
import type { ParticipantHint } from './sfu.ts';

/** An event older than this may have been overtaken: the homeserver is asked first. */
const FRESH_MS = 10_000;

export interface DeparturesDeps {
  readonly inbox: Inbox;
  readonly eviction: Eviction;
  readonly identities: IdentityDirectory;
  readonly log: Log;
  readonly now: () => number;
}

/** Whose membership an event ends, by leaving, being kicked or being banned. */
function departed(event: RoomEvent): Person | undefined {
  if (event.type !== 'm.room.member' || event.state_key === undefined) return undefined;
  const { membership } = event.content;
  return membership === 'leave' || membership === 'ban'
    ? { roomId: event.room_id, userId: event.state_key }
    : undefined;
}

/** Who leaves a room, by whatever way, is out of its call: at once when the news is fresh. */
export function followDepartures({ inbox, eviction, identities, log, now }: DeparturesDeps): void {
  /** What was begun on arrival. */
  const begun = new WeakMap<RoomEvent, Promise<unknown>>();
  inbox.onArrival((event) => {
    const person = departed(event);
    if (person === undefined) return;
    const fresh = Math.abs(now() - event.origin_server_ts) < FRESH_MS;
    const done = fresh ? eviction.evict(person, 'event') : eviction.check(person, 'event');
    begun.set(event, done);
    done.catch((error: unknown) => {
      log.logger.warn({ err: error }, 'an eviction failed, it is tried again from the inbox');
    });
  });
  // The durable inbox keeps the event until that has come to a good end, and brings it back when it failed or the process died.
  inbox.onRoomEvent({
    wants: (event) => departed(event) !== undefined,
    async handle(event) {
      const person = departed(event);
      if (person === undefined) return;
      const first = begun.get(event);
      begun.delete(event);
      if (first !== undefined) await first;
      else if ((await identities.of(person.roomId, person.userId)).length > 0) await eviction.check(person, 'event');
    },
  });
}

/** Looks at the room a webhook speaks of, and again at the membership of whoever came in. */
export async function followHint(hint: ParticipantHint, patrol: Patrol, eviction: Eviction): Promise<void> {
  const people = await patrol.look(hint.livekitRoom);
  if (hint.kind !== 'joined') return;
  const person = people.find(({ record }) => record.identity === hint.identity);
  if (person !== undefined) await eviction.check(person.record, 'joined');
}
