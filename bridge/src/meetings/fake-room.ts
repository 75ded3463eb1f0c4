import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createDomainPolicy, createMembership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { RunningWork, ScribePort } from './orders.ts';

export const ROOM = '!room:x';
export const WATCHER = '@palabre:x';
export const SCRIBE = '@palabre-scribe:x';

/** A room with the watcher in it: alice moderates, bob is a member, carol is banned. */
export function createFakeRoom(now: () => number, policy = createDomainPolicy('x', { classes: {}, servers: [] })) {
  const { log, metrics } = createFakeOperations();
  const matrix = createFakeMatrix(WATCHER);
  const room = matrix.createRoom(ROOM, '@alice:x');
  room.members.set(WATCHER, 'join').set('@bob:x', 'join').set('@carol:x', 'ban');
  const inbox = createFakeInbox(now);
  const direct = new Set<string>();
  const membership = createMembership({
    client: matrix.client,
    inbox,
    serverName: 'x',
    policy,
    watcherUserId: WATCHER,
    scribeUserId: SCRIBE,
    isDirect: (roomId) => Promise.resolve(direct.has(roomId)),
    metrics,
    now,
  });
  return { log, metrics, matrix, room, inbox, direct, membership };
}

/** A scribe that remembers what it was asked, and refuses when told to. */
export interface FakeScribe extends ScribePort {
  readonly asked: string[];
  /** Of the commands, where they had one. */
  readonly ids: (string | undefined)[];
  refusal: Error | undefined;
  runs: RunningWork[];
}

export function createFakeScribe(): FakeScribe {
  const scribe: FakeScribe = {
    asked: [],
    ids: [],
    refusal: undefined,
    runs: [],
    running: () => Promise.resolve(scribe.runs),
    command(roomId, userId, { action, what, recording }, id) {
      if (scribe.refusal !== undefined) return Promise.reject(scribe.refusal);
      scribe.asked.push(
        [roomId, userId, action, what, ...(recording === undefined ? [] : [recording.layout])].join(' '),
      );
      scribe.ids.push(id);
      return Promise.resolve();
    },
    isMeetingMessage: (roomId, eventId) => Promise.resolve(roomId === ROOM && eventId === '$meeting'),
  };
  return scribe;
}
