import { createFakeOperations } from '../operations/fake-operations.ts';
import { createConnections } from './connections.ts';
import type { Denials } from './denials.ts';
import { createEviction } from './eviction.ts';
import { createFakeIdentities } from './fake-identities.ts';
import { createFakeSfu } from './fake-sfu.ts';

export const ROOM = '!room:x';
export const LIVEKIT_ROOM = 'livekit-room';
export const BOB = { roomId: ROOM, userId: '@bob:x' };

/** Seat of one of them on the SFU. */
export const seatOf = (name: string): string => `@${name}:x:D`;

function createFakeDenials(): Denials {
  const seqs = new Map<string, number>();
  return {
    current: ({ userId }) => Promise.resolve(seqs.get(userId) ?? 0),
    add: ({ userId }) => Promise.resolve(void seqs.set(userId, (seqs.get(userId) ?? 0) + 1)),
    prune: () => Promise.resolve(),
  };
}

/** A call with alice and bob in it, for tests of what keeps people in and out. */
export function createFakeCall() {
  const { log, metrics, lines } = createFakeOperations();
  const now = () => call.nowMs;
  const sfu = createFakeSfu(now);
  const identities = createFakeIdentities(LIVEKIT_ROOM, ROOM);
  const denials = createFakeDenials();
  const connections = createConnections((count) => {
    call.sockets = count;
  });
  function isJoined(_roomId: string, userId: string): Promise<boolean> {
    if (!call.homeserverAnswers || call.unanswerable.has(userId)) return Promise.reject(new Error('no answer'));
    call.answered.push(userId);
    return Promise.resolve(call.joined.has(userId));
  }
  const eviction = createEviction({ sfu, denials, connections, identities, isJoined, log, metrics });
  const call = {
    nowMs: Date.now(),
    joined: new Set(['@alice:x', '@bob:x']),
    homeserverAnswers: true,
    /** The homeserver does not answer when asked about them. */
    unanswerable: new Set<string>(),
    /** People about whom it was asked and answered. */
    answered: [] as string[],
    /** Signalling sockets open through the gate. */
    sockets: 0,
    now,
    sfu,
    identities,
    denials,
    connections,
    eviction,
    isJoined,
    log,
    lines,
    metrics,
    isThere: (name: string) => sfu.has(LIVEKIT_ROOM, seatOf(name)),
  };
  for (const name of ['alice', 'bob']) {
    identities.put({ identity: seatOf(name), userId: `@${name}:x` });
    sfu.join(LIVEKIT_ROOM, seatOf(name));
  }
  return call;
}
export type FakeCall = ReturnType<typeof createFakeCall>;

/** Waits for something to become true by events of others. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}
