import { RTC_NOTIFICATION_EVENT } from '@palabre/protocol';
import {
  ClientEvent,
  Direction,
  EventType,
  KnownMembership,
  MatrixEventEvent,
  RoomEvent,
  RoomMemberEvent,
  RoomStateEvent,
  SyncState,
} from 'matrix-js-sdk';
import type { MatrixClient, MatrixEvent, Room, RoomState } from 'matrix-js-sdk';
import type { Publishers } from '@palabre/transcript/documents';
import { call, rooms, session } from '../store/slices.ts';
import type { Store } from '../store/store.ts';
import { readMembersAnew } from './members-anew.ts';
import { personIn } from './people.ts';
import { readMembers } from './room-members.ts';
import { readRoom, unknownCallers } from './room-summary.ts';
import { readRing } from './ring.ts';
import { noteThread, threadOf } from './thread-of.ts';
import { createThreads } from './threads.ts';
import { readTimeline, reuseUnchanged } from './timeline-items.ts';
import type { ReadingContext } from './result-blocks.ts';

export interface Observer {
  /** Keeps timeline and members of a room in the store until the returned function is called. */
  watchRoom(roomId: string): () => void;
  /** The same for a thread. */
  watchThread(roomId: string, rootId: string): () => void;
  /** Asks again for the answers of a thread that could not be loaded, or for older ones. */
  loadThread(rootId: string): void;
  /** Everything that the store shows of this room is read again. */
  touch(roomId: string): void;
  close(): void;
}

/** Changes come in bursts; the store is written once for each. */
const SETTLE_MS = 25;
/** Memberships and rings end by themselves. */
const CLOCK_MS = 30_000;

/** Turns what matrix-js-sdk knows into the plain data of the store, and keeps it current. */
export function createObserver(options: {
  readonly client: MatrixClient;
  readonly store: Store;
  readonly publishers: Publishers;
}): Observer {
  const { client, store, publishers } = options;
  const myUserId = client.getSafeUserId();
  const myDeviceId = client.getDeviceId() ?? '';
  const dirty = new Set<string>();
  const watched = new Map<string, { count: number; firstUnreadKey: string | undefined }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let prepared = false;

  const contextOf = (room: Room): ReadingContext => ({ room, myUserId, publishers });
  const threads = createThreads({ client, contextOf, store });

  const flushTimeline = (room: Room): void => {
    const view = watched.get(room.roomId);
    if (view === undefined) return;
    const state = store.getState().rooms;
    const before = state.timelines[room.roomId];
    const running = state.byId[room.roomId]?.call !== undefined;
    const items = readTimeline(room.getLiveTimeline().getEvents(), contextOf(room), running);
    store.dispatch(
      rooms.actions.timelineChanged({
        roomId: room.roomId,
        timeline: {
          items: reuseUnchanged(before?.items ?? [], items),
          more: room.getLiveTimeline().getPaginationToken(Direction.Backward) !== null,
          firstUnreadKey: view.firstUnreadKey,
          canSend: room.maySendMessage(),
        },
      }),
    );
    store.dispatch(
      rooms.actions.membersChanged({ roomId: room.roomId, members: readMembers(room, myUserId, publishers) }),
    );
  };

  const flush = (): void => {
    timer = undefined;
    const ids = [...dirty];
    dirty.clear();
    const nowMs = Date.now();
    for (const id of ids) {
      const room = client.getRoom(id);
      const summary = room === null ? undefined : readRoom(contextOf(room), myDeviceId, nowMs);
      store.dispatch(rooms.actions.roomChanged({ id, summary }));
      // Nor does a call ring that is over for us because we are no longer in its room.
      if (summary?.call === undefined || summary.call.here) store.dispatch(call.actions.silenced(id));
      if (room === null || summary === undefined) continue;
      if (summary.membership === 'join' && unknownCallers(room)) {
        void room.loadMembersIfNeeded().then(
          () => touch(id),
          () => undefined,
        );
      }
      flushTimeline(room);
      threads.refresh(room);
    }
  };

  const touch = (roomId: string): void => {
    dirty.add(roomId);
    if (prepared) timer ??= setTimeout(flush, SETTLE_MS);
  };

  const ring = (event: MatrixEvent): void => {
    const room = client.getRoom(event.getRoomId());
    if (room === null || event.getType() !== (RTC_NOTIFICATION_EVENT as string)) return;
    const untilMs = readRing(event.getContent(), event.getTs(), {
      sender: event.getSender() ?? '',
      myUserId,
      nowMs: Date.now(),
    });
    if (untilMs === undefined) return;
    const caller = personIn(room, event.getSender() ?? '');
    store.dispatch(call.actions.rang({ roomId: room.roomId, eventId: event.getId() ?? '', caller, untilMs }));
  };

  const touchEvent = (event: MatrixEvent): void => {
    const roomId = event.getRoomId();
    if (roomId !== undefined) touch(roomId);
  };
  const onTimeline = (event: MatrixEvent): void => {
    noteThread(event);
    touchEvent(event);
    if (!event.isEncrypted()) ring(event);
  };
  const onDecrypted = (event: MatrixEvent): void => {
    touchEvent(event);
    ring(event);
  };
  const onState = (_event: MatrixEvent, state: RoomState): void => touch(state.roomId);
  const onRoom = (room: Room): void => touch(room.roomId);
  const onMyMembership = (room: Room, membership: string, before: string | undefined): void => {
    touch(room.roomId);
    // Without a former one the room is new here, and so is what is known of it.
    if (membership !== 'join' || before === undefined) return;
    void readMembersAnew(room).then(
      () => touch(room.roomId),
      () => undefined,
    );
  };
  const onReceipt = (_event: MatrixEvent, room: Room): void => touch(room.roomId);
  const onSync = (state: SyncState): void => {
    store.dispatch(session.actions.onlineChanged(state !== SyncState.Reconnecting && state !== SyncState.Error));
    if (state !== SyncState.Prepared || prepared) return;
    prepared = true;
    for (const room of client.getRooms()) dirty.add(room.roomId);
    flush();
  };
  const onEvent = (event: MatrixEvent): void => {
    // Sticky memberships may come outside timeline and state.
    if (event.unstableStickyInfo !== undefined || event.getType() === (EventType.Receipt as string)) touchEvent(event);
  };

  client.on(RoomEvent.Timeline, onTimeline);
  client.on(MatrixEventEvent.Decrypted, onDecrypted);
  client.on(MatrixEventEvent.Replaced, touchEvent);
  client.on(RoomStateEvent.Events, onState);
  client.on(RoomMemberEvent.Name, touchEvent);
  client.on(RoomMemberEvent.PowerLevel, touchEvent);
  client.on(ClientEvent.Room, onRoom);
  client.on(RoomEvent.Name, onRoom);
  client.on(RoomEvent.Redaction, onReceipt);
  client.on(RoomEvent.Receipt, onReceipt);
  client.on(RoomEvent.LocalEchoUpdated, touchEvent);
  client.on(RoomEvent.MyMembership, onMyMembership);
  client.on(ClientEvent.Event, onEvent);
  client.on(ClientEvent.Sync, onSync);
  const clock = setInterval(() => {
    store.dispatch(call.actions.expired(Date.now()));
    for (const [id, summary] of Object.entries(store.getState().rooms.byId)) {
      if (summary.call !== undefined) touch(id);
    }
  }, CLOCK_MS);

  return {
    watchRoom: (roomId) => {
      const view = watched.get(roomId);
      if (view !== undefined) view.count += 1;
      else {
        watched.set(roomId, { count: 1, firstUnreadKey: firstUnread(client.getRoom(roomId), myUserId) });
        const room = client.getRoom(roomId);
        if (room?.getMyMembership() === KnownMembership.Join) {
          void room.loadMembersIfNeeded().then(
            () => touch(roomId),
            () => undefined,
          );
          void room.decryptAllEvents();
        }
        dirty.add(roomId);
        if (prepared) flush();
      }
      return () => {
        const current = watched.get(roomId);
        if (current === undefined || --current.count > 0) return;
        watched.delete(roomId);
        store.dispatch(rooms.actions.roomClosed(roomId));
      };
    },
    watchThread: (roomId, rootId) => threads.watch(roomId, rootId),
    loadThread: (rootId) => threads.load(rootId),
    touch,
    close: () => {
      clearInterval(clock);
      clearTimeout(timer);
      client.removeAllListeners();
    },
  };
}

/** Key of the first message after what the person has read; undefined when nothing is new. */
function firstUnread(room: Room | null, myUserId: string): string | undefined {
  if (room === null) return undefined;
  const events = room.getLiveTimeline().getEvents();
  const readUpTo = room.getEventReadUpTo(myUserId);
  const readIndex = events.findIndex((event) => event.getId() === readUpTo);
  if (readIndex < 0) return undefined;
  const next = events
    .slice(readIndex + 1)
    .find((event) => !event.isState() && event.getSender() !== myUserId && threadOf(event) === undefined);
  return next?.getTxnId() ?? next?.getId();
}
