import type { MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk';
import { rooms } from '../store/slices.ts';
import type { Store } from '../store/store.ts';
import { threadOf } from './thread-of.ts';
import { isRemovedResult, readItem, readRoot, reuseUnchanged } from './timeline-items.ts';
import type { ReadingContext } from './result-blocks.ts';

export interface Threads {
  watch(roomId: string, rootId: string): () => void;
  /** Asks again for what could not be loaded, or for what is older than what was. */
  load(rootId: string): void;
  refresh(room: Room): void;
}

interface View {
  readonly roomId: string;
  readonly rootId: string;
  count: number;
  loading: boolean;
  failed: boolean;
  /** The root, where the room's timeline does not hold it. */
  root: MatrixEvent | undefined;
  /** Answers as the server has them, the newest first. */
  fetched: MatrixEvent[];
  /** Where those go on that are older; undefined: from the newest. */
  from: string | undefined;
}

const PAGE = 100;
const MAX_PAGES = 10;

/** Threads that somebody looks at: what the timeline has of them, completed from the server. */
export function createThreads(options: {
  readonly client: MatrixClient;
  readonly contextOf: (room: Room) => ReadingContext;
  readonly store: Store;
}): Threads {
  const { client, store } = options;
  const views = new Map<string, View>();

  const show = (view: View): void => {
    const room = client.getRoom(view.roomId);
    if (room === null) return;
    const context = options.contextOf(room);
    // In the server's order: the clocks of senders may be wrong, and a later correction must not pass for an earlier one.
    const byId = new Map(view.fetched.toReversed().map((event) => [event.getId() ?? '', event]));
    if (view.root !== undefined) byId.set(view.rootId, view.root);
    // The timeline's own copies are the ones that edits and redactions reach.
    for (const event of room.getLiveTimeline().getEvents()) {
      if (threadOf(event) === view.rootId || event.getId() === view.rootId) byId.set(event.getId() ?? '', event);
    }
    const root = byId.get(view.rootId);
    byId.delete(view.rootId);
    const items = [...byId.values()]
      .map((event) => readItem(event, context))
      .filter((item) => item !== undefined)
      .filter((item) => !isRemovedResult(item, context));
    const before = store.getState().rooms.threads[view.rootId];
    store.dispatch(
      rooms.actions.threadChanged({
        rootId: view.rootId,
        root: root === undefined ? undefined : readRoot(root, items, context),
        items: reuseUnchanged(before?.items ?? [], items),
        loading: view.loading,
        failed: view.failed,
        older: view.from !== undefined,
      }),
    );
  };

  const load = async (view: View): Promise<void> => {
    const room = client.getRoom(view.roomId);
    if (room === null) return;
    try {
      if (room.findEventById(view.rootId) === undefined) {
        const mapper = client.getEventMapper();
        const root = mapper(await client.fetchRoomEvent(view.roomId, view.rootId));
        await client.decryptEventIfNeeded(root);
        view.root = root;
      }
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const answer = await client.relations(view.roomId, view.rootId, 'm.thread', null, {
          limit: PAGE,
          ...(view.from === undefined ? {} : { from: view.from }),
        });
        if (view.from === undefined) view.fetched = [];
        for (const event of answer.events) {
          room.relations.aggregateParentEvent(event);
          view.fetched.push(event);
        }
        view.from = answer.nextBatch ?? undefined;
        if (view.from === undefined) break;
      }
    } catch {
      // What the timeline holds is shown in any case, with a way to ask again for the rest.
      view.failed = true;
      // There may be newer ones by the time that it is asked again.
      view.from = undefined;
    } finally {
      view.loading = false;
      if (views.get(view.rootId) === view) show(view);
    }
  };

  return {
    watch: (roomId, rootId) => {
      const known = views.get(rootId);
      const view: View = known ?? {
        roomId,
        rootId,
        count: 0,
        loading: true,
        failed: false,
        root: undefined,
        fetched: [],
        from: undefined,
      };
      view.count += 1;
      if (known === undefined) {
        views.set(rootId, view);
        show(view);
        void load(view);
      }
      return () => {
        view.count -= 1;
        if (view.count > 0) return;
        views.delete(rootId);
        store.dispatch(rooms.actions.threadClosed(rootId));
      };
    },
    load: (rootId) => {
      const view = views.get(rootId);
      if (view === undefined || view.loading || !(view.failed || view.from !== undefined)) return;
      view.failed = false;
      view.loading = true;
      show(view);
      void load(view);
    },
    refresh: (room) => {
      for (const view of views.values()) if (view.roomId === room.roomId) show(view);
    },
  };
}
