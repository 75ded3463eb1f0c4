import { QUIET_METADATA } from '@palabre/protocol';
import type { RoomMetadata } from '@palabre/protocol';
import type { Door } from './people.ts';
import type { PublishSource, Sfu, SfuGrants } from './sfu.ts';
import { SfuUnavailable } from './sfu.ts';

interface FakeParticipant {
  joinedMs: number;
  silenced: boolean;
  publish: readonly PublishSource[];
  readonly door: Door | undefined;
  readonly attributes: Record<string, string>;
}

interface FakeToken {
  readonly livekitRoom: string;
  readonly identity: string;
  readonly grants: SfuGrants;
  readonly untilMs: number;
}

/** An SFU that remembers, for tests. Tokens are `fake-<n>`. */
export interface FakeSfu extends Sfu {
  readonly rooms: Map<string, Map<string, FakeParticipant>>;
  readonly metadata: Map<string, RoomMetadata>;
  readonly tokens: Map<string, FakeToken>;
  /** Somebody comes in, as if through the gate. */
  join(livekitRoom: string, identity: string, door?: Door): void;
  leave(livekitRoom: string, identity: string): void;
  has(livekitRoom: string, identity: string): boolean;
  /** Answers nothing while true. */
  down: boolean;
}

export function createFakeSfu(now: () => number): FakeSfu {
  const rooms: FakeSfu['rooms'] = new Map();

  function ask<T>(what: () => T): Promise<T> {
    return fake.down ? Promise.reject(new SfuUnavailable('the fake SFU is down')) : Promise.resolve(what());
  }

  const fake: FakeSfu = {
    rooms,
    metadata: new Map(),
    tokens: new Map(),
    down: false,
    join(livekitRoom, identity, door) {
      const room = rooms.get(livekitRoom) ?? new Map<string, FakeParticipant>();
      room.set(identity, {
        joinedMs: now(),
        silenced: false,
        door,
        publish: ['microphone', 'camera', 'screen'],
        attributes: {},
      });
      rooms.set(livekitRoom, room);
    },
    leave: (livekitRoom, identity) => void rooms.get(livekitRoom)?.delete(identity),
    has: (livekitRoom, identity) => rooms.get(livekitRoom)?.has(identity) ?? false,
    ensureRoom: (livekitRoom) =>
      ask(() => {
        if (!rooms.has(livekitRoom)) rooms.set(livekitRoom, new Map());
      }),
    listRooms: () => ask(() => [...rooms].filter(([, people]) => people.size > 0).map(([name]) => name)),
    listParticipants: (livekitRoom) =>
      ask(() =>
        [...(rooms.get(livekitRoom) ?? [])].map(([identity, { joinedMs, door, attributes, publish }]) => ({
          identity,
          joinedMs,
          door,
          publish,
          attributes: { ...attributes },
        })),
      ),
    setPublishing: (livekitRoom, identity, sources) =>
      ask(() => {
        const participant = rooms.get(livekitRoom)?.get(identity);
        if (participant !== undefined) participant.publish = sources;
        return participant !== undefined;
      }),
    setAttributes: (livekitRoom, identity, attributes) =>
      ask(() => {
        const participant = rooms.get(livekitRoom)?.get(identity);
        if (participant !== undefined) Object.assign(participant.attributes, attributes);
        return participant !== undefined;
      }),
    silence: (livekitRoom, identity) =>
      ask(() => {
        const participant = rooms.get(livekitRoom)?.get(identity);
        if (participant !== undefined) participant.silenced = true;
        return participant !== undefined;
      }),
    removeParticipant: (livekitRoom, identity) => ask(() => rooms.get(livekitRoom)?.delete(identity) ?? false),
    setRoomMetadata: (livekitRoom, change) =>
      ask(
        () => void fake.metadata.set(livekitRoom, { ...(fake.metadata.get(livekitRoom) ?? QUIET_METADATA), ...change }),
      ),
    signToken(livekitRoom, identity, grants, ttlMs) {
      const token = `fake-${fake.tokens.size + 1}`;
      fake.tokens.set(token, { livekitRoom, identity, grants, untilMs: now() + ttlMs });
      return Promise.resolve(token);
    },
    verifyToken(token) {
      const found = fake.tokens.get(token);
      return Promise.resolve(
        found === undefined || found.untilMs < now() ? undefined : { ...found, door: found.grants.door },
      );
    },
  };
  return fake;
}
