import { MatrixCapabilities, WidgetApiResponseError, type ISendEventFromWidgetResponseData } from 'matrix-widget-api';
import {
  UnsupportedDelayedEventsEndpointError,
  UnsupportedStickyEventsEndpointError,
} from 'matrix-js-sdk/lib/errors.js';
import type { MatrixRTCSession } from 'matrix-js-sdk/lib/matrixrtc/MatrixRTCSession.js';
import { CALL_MEMBER_EVENT, MEDIA_KEYS_EVENT } from '@palabre/protocol';
import {
  asMatrixError,
  describeHostError,
  type Host,
  type RoomEvent,
  type RoomState,
  type ToDeviceMessage,
} from '../host/index.ts';
import type { Device } from './device-trust.ts';
import { ClientEvent, RoomStateEvent, RoomStickyEventsEvent } from './sdk/names.ts';
import { backoffMs, wait } from './waiting.ts';

const KEY_ATTEMPTS = 5;
const KEY_RETRY_MS = 250;
const KEY_RETRY_LIMIT_MS = 5_000;

/** What a MatrixRTC session of matrix-js-sdk asks of a client and a room. */
export type SessionClient = ConstructorParameters<typeof MatrixRTCSession>[0];
export type SessionRoom = ConstructorParameters<typeof MatrixRTCSession>[1];

/** The few questions the session asks of an event. */
function asSdkEvent(event: Pick<RoomEvent, 'type' | 'sender' | 'content'> & Partial<RoomEvent>): object {
  return {
    getType: () => event.type,
    getSender: () => event.sender,
    getContent: () => event.content,
    getStateKey: () => event.state_key,
    getId: () => event.event_id,
    getTs: () => event.origin_server_ts ?? 0,
  };
}

/** Who has a say in the media keys that come and go. */
export interface SessionKeys {
  /** Decides about each to-device message before the session sees it. */
  accept(message: ToDeviceMessage): boolean;
  /** The session has seen it. */
  onDelivered(message: ToDeviceMessage): void;
  /** The session sends our newest key. */
  onOwnKey(content: object): void;
}

/** A client for the session that reaches the homeserver through the messenger only. */
export function createSessionClient(host: Host, keys: SessionKeys) {
  const { api, parameters } = host;
  const toDevice = new Set<(event: object) => void>();
  const unsubscribe = host.onToDevice((message) => {
    if (keys.accept(message)) deliver(message);
  });
  const deliver = (message: ToDeviceMessage): void => {
    const event = asSdkEvent(message);
    for (const listener of toDevice) listener(event);
    keys.onDelivered(message);
  };
  const sendTo = (type: string, devices: readonly Device[], content: object): Promise<unknown> => {
    const byUser: Record<string, Record<string, object>> = {};
    for (const { userId, deviceId } of devices) (byUser[userId] ??= {})[deviceId] = content;
    return api.sendToDevice(type, true, byUser);
  };

  const ask = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw asMatrixError(error);
    }
  };
  const eventId = (answer: ISendEventFromWidgetResponseData): { event_id: string } => {
    if (answer.event_id === undefined) throw new Error('The messenger did not name the event it sent');
    return { event_id: answer.event_id };
  };
  const delayId = (answer: ISendEventFromWidgetResponseData): { delay_id: string } => {
    if (answer.delay_id === undefined) throw new Error('The messenger did not name the delayed event');
    return { delay_id: answer.delay_id };
  };
  const need = (capability: string): void => {
    if (!host.has(capability)) throw new UnsupportedDelayedEventsEndpointError('Not granted', 'sendDelayedStateEvent');
  };
  const update = async (change: Promise<unknown>): Promise<object> => {
    await ask(change);
    return {};
  };

  /**
   * The session takes a key for delivered however its sending went (matrix-js-sdk, `ToDeviceKeyTransport.sendKey`): whoever did
   * not get it would see nothing until the next rotation. Sending it twice does no harm.
   */
  const insist = async (send: () => Promise<unknown>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await send();
        return;
      } catch (error) {
        if (attempt === KEY_ATTEMPTS) throw asMatrixError(error);
        const { retryAfterMs = 0 } = describeHostError(error);
        await wait(Math.max(retryAfterMs, backoffMs(attempt, KEY_RETRY_MS, KEY_RETRY_LIMIT_MS)));
      }
    }
  };

  let abandoned = false;
  const client = {
    getUserId: () => parameters.userId,
    getDeviceId: () => parameters.deviceId,
    sendEvent: async (_roomId: string, type: string, content: object) =>
      eventId(await ask(api.sendRoomEvent(type, content, parameters.roomId))),
    sendStateEvent: async (_roomId: string, type: string, content: object, key = '') =>
      abandoned ? { event_id: '' } : eventId(await ask(api.sendStateEvent(type, key, content, parameters.roomId))),
    _unstable_sendDelayedStateEvent: async (
      _roomId: string,
      options: { delay: number },
      type: string,
      content: object,
      key = '',
    ) => {
      need(MatrixCapabilities.MSC4157SendDelayedEvent);
      return delayId(await ask(api.sendStateEvent(type, key, content, parameters.roomId, options.delay)));
    },
    _unstable_updateDelayedEvent: (id: string, action: string) =>
      action === 'cancel'
        ? update(api.cancelScheduledDelayedEvent(id))
        : action === 'send'
          ? update(api.sendScheduledDelayedEvent(id))
          : update(api.restartScheduledDelayedEvent(id)),
    _unstable_cancelScheduledDelayedEvent: (id: string) => update(api.cancelScheduledDelayedEvent(id)),
    _unstable_restartScheduledDelayedEvent: (id: string) => update(api.restartScheduledDelayedEvent(id)),
    _unstable_sendScheduledDelayedEvent: (id: string) =>
      update(abandoned ? api.cancelScheduledDelayedEvent(id) : api.sendScheduledDelayedEvent(id)),
    _unstable_sendStickyEvent: async (
      _roomId: string,
      durationMs: number,
      _threadId: string | null,
      type: string,
      content: object,
    ) => {
      if (!host.has(MatrixCapabilities.MSC4407SendStickyEvent))
        throw new UnsupportedStickyEventsEndpointError('Not granted', 'sendStickyEvent');
      try {
        return eventId(await api.sendRoomEvent(type, content, parameters.roomId, undefined, durationMs));
      } catch (error) {
        // Without details from the homeserver the refusal is the messenger's own: it cannot send sticky events.
        const own = error instanceof WidgetApiResponseError && error.data.matrix_api_error === undefined;
        if (!own) throw asMatrixError(error);
        throw new UnsupportedStickyEventsEndpointError('Refused by the messenger', 'sendStickyEvent', { cause: error });
      }
    },
    _unstable_sendStickyDelayedEvent: async (
      _roomId: string,
      durationMs: number,
      options: { delay: number },
      _threadId: string | null,
      type: string,
      content: object,
    ) => delayId(await ask(api.sendRoomEvent(type, content, parameters.roomId, options.delay, durationMs))),
    encryptAndSendToDevice: async (type: string, devices: readonly Device[], content: object) => {
      keys.onOwnKey(content);
      await insist(() => sendTo(type, devices, content));
    },
    cancelPendingEvent: () => undefined,
    decryptEventIfNeeded: () => Promise.resolve(),
    on: (name: string, listener: (event: object) => void) => {
      if (name === ClientEvent.ToDeviceEvent) toDevice.add(listener);
    },
    off: (name: string, listener: (event: object) => void) => {
      if (name === ClientEvent.ToDeviceEvent) toDevice.delete(listener);
    },
  };

  return {
    // The session uses only what is above; the SDK's types name the whole event and client classes.
    client: client as unknown as SessionClient,
    /** Hands a message to the session that was held back before. */
    deliver,
    /** A key outside of the session's own turns, tried once. */
    sendKey: async (devices: readonly Device[], content: object): Promise<void> => {
      await sendTo(MEDIA_KEYS_EVENT, devices, content);
    },
    /** While on, leaving leaves no trace: the membership belongs to another window of this device. */
    abandon: (on: boolean) => (abandoned = on),
    close: unsubscribe,
  };
}

/** The room as the session wants to read it. */
export function createSessionRoom(room: RoomState, now: () => number): SessionRoom {
  const state = {
    getStateEvents: (type: string, key?: string) => {
      if (key === undefined) return room.all(type).map(asSdkEvent);
      const event = room.get(type, key);
      return event === undefined ? null : asSdkEvent(event);
    },
  };
  /** The session lets a sticky event take the place of the state with the same key, whoever sent it. */
  const hidesNobody = (event: RoomEvent): boolean => {
    const key = event.content['msc4354_sticky_key'];
    const hidden = typeof key === 'string' ? room.get(CALL_MEMBER_EVENT, key) : undefined;
    return hidden === undefined || hidden.sender === event.sender;
  };
  const stops = new Map<unknown, () => void>();
  const facade = {
    roomId: room.roomId,
    getVersion: () => room.version(),
    getLiveTimeline: () => ({ getState: () => state }),
    hasMembershipState: (userId: string, membership: string) => room.member(userId)?.membership === membership,
    _unstable_getStickyEvents: () => room.sticky(now()).filter(hidesNobody).map(asSdkEvent),
    on: (name: string, listener: (...values: unknown[]) => void) => {
      const stop = room.onChange((change) => {
        if (name === RoomStateEvent.Members && change.type === 'm.room.member') listener();
        if (name === RoomStateEvent.Events && change.kind === 'state') {
          const event = room.get(change.type, change.stateKey);
          if (event !== undefined) listener(asSdkEvent(event));
        }
        if (name === RoomStickyEventsEvent.Update && change.kind === 'sticky')
          listener([asSdkEvent({ type: change.type, sender: '', content: {} })], [], []);
      });
      stops.set(listener, stop);
    },
    off: (_name: string, listener: unknown) => {
      stops.get(listener)?.();
      stops.delete(listener);
    },
  };
  // As above: a subset, typed by the SDK as its whole classes.
  return facade as unknown as SessionRoom;
}
