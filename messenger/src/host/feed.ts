import { ClientEvent, MatrixEventEvent, RoomStateEvent } from 'matrix-js-sdk';
import type { MatrixClient, MatrixEvent, RoomState } from 'matrix-js-sdk';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { EventDirection, EventKind, WidgetEventCapability } from 'matrix-widget-api';
import type { ClientWidgetApi, IRoomEvent } from 'matrix-widget-api';
import { mayFeedToDevice } from './media-keys.ts';
import type { SignedByOwner } from './media-keys.ts';
import { readStateEvents } from './room-reading.ts';
import { wireFormat } from './wire-format.ts';

export interface Feed {
  /** Hands over the state that these capabilities let the widget read. */
  tellState(allowed: ReadonlySet<string>): Promise<void>;
  close(): void;
}

/**
 * Passes what happens in `roomId`, and to-device messages, on to the widget for as long as it lives.
 * A widget that does not answer in time (closing, reloading) costs nothing but that event.
 */
export function createFeed(options: {
  readonly client: MatrixClient;
  readonly roomId: string;
  readonly api: ClientWidgetApi;
  readonly signedByOwner: SignedByOwner;
  readonly messages: { show(event: MatrixEvent): IRoomEvent | undefined };
}): Feed {
  const { client, roomId, api } = options;
  const ignore = (): void => undefined;
  const waitingForKeys = new Set<MatrixEvent>();
  const fed = new Set<string>();

  const pass = (event: MatrixEvent): void => {
    const id = event.getId();
    // One and the same event may come from timeline, state and sticky section of a sync.
    if (id === undefined || fed.has(id)) return;
    fed.add(id);
    const shown = options.messages.show(event);
    if (shown !== undefined) void api.feedEvent(shown).catch(ignore);
  };

  const onEvent = (event: MatrixEvent): void => {
    if (event.getRoomId() !== roomId || event.isSending()) return;
    if (!event.isEncrypted()) {
      pass(event);
      return;
    }
    waitingForKeys.add(event);
    void client.decryptEventIfNeeded(event).then(() => onDecrypted(event));
  };
  const onDecrypted = (event: MatrixEvent): void => {
    if (event.isDecryptionFailure() || event.isBeingDecrypted() || !waitingForKeys.delete(event)) return;
    pass(event);
  };
  const onState = (event: MatrixEvent, state: RoomState): void => {
    if (state.roomId === roomId) void api.feedStateUpdate(wireFormat(event)).catch(ignore);
  };
  const onToDevice = ({ message, encryptionInfo }: ReceivedToDeviceMessage): void => {
    void mayFeedToDevice(message, encryptionInfo, options.signedByOwner)
      .then((allowed) => (allowed ? api.feedToDevice(message, true) : undefined))
      .catch(ignore);
  };

  client.on(ClientEvent.Event, onEvent);
  client.on(MatrixEventEvent.Decrypted, onDecrypted);
  client.on(RoomStateEvent.Events, onState);
  client.on(ClientEvent.ReceivedToDeviceMessage, onToDevice);
  return {
    tellState: async (allowed) => {
      const room = client.getRoom(roomId);
      if (room === null) return;
      for (const { kind, direction, eventType, keyStr } of WidgetEventCapability.findEventCapabilities(allowed)) {
        if (kind !== EventKind.State || direction !== EventDirection.Receive) continue;
        for (const event of await readStateEvents(room, eventType, keyStr ?? undefined))
          await api.feedStateUpdate(event).catch(ignore);
      }
    },
    close: () => {
      client.off(ClientEvent.Event, onEvent);
      client.off(MatrixEventEvent.Decrypted, onDecrypted);
      client.off(RoomStateEvent.Events, onState);
      client.off(ClientEvent.ReceivedToDeviceMessage, onToDevice);
      waitingForKeys.clear();
    },
  };
}
