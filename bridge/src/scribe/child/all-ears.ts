import { NOBODY } from '../contract.ts';
import type { MediaGrant } from '../contract.ts';
import type { CallMember, MediaKey } from './call.ts';
import type { CaptionSink, CaptionUse } from './captions/index.ts';
import { openEars, type Ears, type EarsEvents } from './ears.ts';
import { LOOK_EVERY_MS, watchUnreached } from './unreached.ts';
import { watchUndecrypted } from './undecrypted.ts';
import { createVisits } from './visits.ts';

export interface AllEarsOptions {
  readonly ownService: string;
  readonly ownGrant: MediaGrant;
  /** For the SFU of a partner. */
  readonly grantFor: (service: string) => Promise<MediaGrant>;
  readonly encrypted: boolean;
  readonly events: EarsEvents;
}

type Sink = Parameters<Ears['setMixing']>[0];

/**
 * Ears on every SFU that somebody publishes on: ours, without which there is no scribe, and partners', each of which may come
 * and go without the others.
 */
export async function openAllEars({
  ownService,
  ownGrant,
  grantFor,
  encrypted,
  events,
}: AllEarsOptions): Promise<Ears> {
  let members: readonly CallMember[] = [];
  const keys = new Map<string, MediaKey>();
  let listening = false;
  let sink: Sink;
  const captioning = new Map<CaptionUse, CaptionSink>();
  let ownKey: MediaKey | undefined;
  let kept = NOBODY;

  const membersOf = (service: string): CallMember[] => members.filter((member) => member.service === service);
  const own = await openEars(ownGrant, encrypted, events);
  const partners = createVisits<Ears>({
    open: async (service, lost) => {
      const ears = await openEars(await grantFor(service), encrypted, {
        ...events,
        // What a partner's SFU says of the meeting counts for nothing here.
        onMetadata: () => undefined,
        onDisconnected: lost,
      });
      for (const key of keys.values()) ears.setKey(key);
      if (ownKey !== undefined) ears.setOwnKey(ownKey);
      await ears.keep(kept);
      ears.setMembers(membersOf(service));
      if (sink !== undefined) await ears.setMixing(sink);
      for (const [use, sinkOfUse] of captioning) await ears.setCaptioning(use, sinkOfUse);
      if (listening) void ears.listen().catch(events.onFailure);
      return ears;
    },
    close: (ears) => ears.close(),
    onFailure: events.onFailure,
  });
  const all = (): readonly Ears[] => [own, ...partners.open()];
  const unreached = watchUnreached();
  const lost = watchUndecrypted(LOOK_EVERY_MS);
  const isOpen = (service: string): boolean => partners.get(service)?.isAway() === false;
  const looking = setInterval(() => {
    // Nothing is missing in what nobody captures.
    const captures = listening || sink !== undefined;
    const elsewhere = captures ? members.filter(({ service }) => service !== ownService) : [];
    for (const span of unreached.look(elsewhere, isOpen, Date.now())) events.onUnheard(span);
    const interrupted = lost.frame(!captures || !own.isAway(), Date.now());
    if (interrupted !== undefined) events.onUnheard({ ...interrupted, userId: undefined, reason: 'connection_lost' });
  }, LOOK_EVERY_MS);

  return {
    // Captions go out where the scribe is announced: everybody who may be in the call is connected there.
    room: own.room,
    setMembers: (next) => {
      members = next;
      own.setMembers(membersOf(ownService));
      const services = new Set(next.map(({ service }) => service).filter((service) => service !== ownService));
      partners.want(services);
      for (const service of services) partners.get(service)?.setMembers(membersOf(service));
    },
    setKey: (key) => {
      keys.set(`${key.identity} ${key.index}`, key);
      for (const ears of all()) ears.setKey(key);
    },
    setOwnKey: (key) => {
      ownKey = key;
      for (const ears of all()) ears.setOwnKey(key);
    },
    keep: async (people) => {
      kept = people;
      await Promise.all(all().map((ears) => ears.keep(people)));
    },
    listen: async () => {
      listening = true;
      const begun = await Promise.all(all().map((ears) => ears.listen()));
      return { startedMs: Math.min(...begun.map(({ startedMs }) => startedMs)) };
    },
    whenHeard: async (purpose) => {
      await Promise.all(all().map((ears) => ears.whenHeard(purpose)));
    },
    stopListening: async () => {
      listening = false;
      const ended = await Promise.all(all().map((ears) => ears.stopListening()));
      return { stoppedMs: Math.max(...ended.map(({ stoppedMs }) => stoppedMs)) };
    },
    setMixing: async (next) => {
      sink = next;
      await Promise.all(all().map((ears) => ears.setMixing(next)));
    },
    setCaptioning: async (use, next) => {
      if (next === undefined) captioning.delete(use);
      else captioning.set(use, next);
      await Promise.all(all().map((ears) => ears.setCaptioning(use, next)));
    },
    heardUntilMs: () => {
      const until = all().flatMap((ears) => ears.heardUntilMs() ?? []);
      return until.length === 0 ? undefined : Math.min(...until);
    },
    isAway: () => own.isAway(),
    close: async () => {
      clearInterval(looking);
      await Promise.all([partners.close(), own.close()]);
    },
  };
}
