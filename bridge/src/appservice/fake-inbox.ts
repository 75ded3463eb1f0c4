import type { Inbox, RoomEventHandler } from './inbox.ts';
import type { RoomEvent } from './room-event.ts';

/** An inbox in memory, for tests of those who listen to it. */
export interface FakeInbox extends Inbox {
  /** Delivers an event as a transaction would; resolves when every handler is done. */
  deliver(event: Partial<RoomEvent> & Pick<RoomEvent, 'type' | 'room_id' | 'sender'>): Promise<void>;
}

export function createFakeInbox(now: () => number): FakeInbox {
  const handlers: RoomEventHandler[] = [];
  const arrivals: ((event: RoomEvent) => void)[] = [];
  let count = 0;

  async function work(event: RoomEvent): Promise<void> {
    for (const arrival of arrivals) arrival(event);
    for (const handler of handlers) if (handler.wants(event)) await handler.handle(event);
  }

  return {
    onRoomEvent: (handler) => void handlers.push(handler),
    onArrival: (handler) => void arrivals.push(handler),
    async take(_txnId, _digest, events) {
      for (const event of events) await work(event);
      return true;
    },
    resume: () => Promise.resolve(),
    idle: () => Promise.resolve(),
    close: () => Promise.resolve(),
    deliver(event) {
      count += 1;
      return work({ event_id: `$fake-${count}`, origin_server_ts: now(), content: {}, ...event });
    },
  };
}
