import { MatrixCapabilities, WidgetEventCapability, EventDirection } from 'matrix-widget-api';
import {
  CALL_MEMBER_EVENT,
  CALL_REACTION_EVENT,
  MEDIA_KEYS_EVENT,
  RTC_MEMBER_EVENT,
  RTC_NOTIFICATION_EVENT,
} from '@palabre/protocol';

/** Room state we ask to see. */
export const STATE_WE_READ = [
  'm.room.create',
  'm.room.name',
  'm.room.member',
  'm.room.encryption',
  CALL_MEMBER_EVENT,
  'org.matrix.msc4143.rtc.slot',
] as const;

const SENT_AND_RECEIVED = ['m.reaction', 'm.room.redaction', CALL_REACTION_EVENT, RTC_MEMBER_EVENT];

/** The capability of sending events of one type to the room. */
export function sendingOf(type: string): string {
  return WidgetEventCapability.forRoomEvent(EventDirection.Send, type).raw;
}

/**
 * What the widget asks of the messenger: Element Call's list less what we do not use, so that messengers which approve Element
 * Call by name or by list approve us, and the two MSC4533 actions for tokens through the homeserver.
 */
export function capabilitiesFor(parameters: { userId: string; deviceId: string; roomId: string }): string[] {
  const { userId, deviceId, roomId } = parameters;
  const memberKeys = [`_${userId}_${deviceId}_m.call`, `${userId}_${deviceId}_m.call`, userId];
  const room = (direction: EventDirection, type: string): string =>
    WidgetEventCapability.forRoomEvent(direction, type).raw;
  const state = (direction: EventDirection, type: string, key?: string): string =>
    WidgetEventCapability.forStateEvent(direction, type, key).raw;
  const toDevice = (direction: EventDirection, type: string): string =>
    WidgetEventCapability.forToDeviceEvent(direction, type).raw;
  return [
    MatrixCapabilities.AlwaysOnScreen,
    `org.matrix.msc2762.timeline:${roomId}`,
    room(EventDirection.Send, RTC_NOTIFICATION_EVENT),
    ...SENT_AND_RECEIVED.flatMap((type) => [room(EventDirection.Send, type), room(EventDirection.Receive, type)]),
    ...memberKeys.map((key) => state(EventDirection.Send, CALL_MEMBER_EVENT, key)),
    ...STATE_WE_READ.map((type) => state(EventDirection.Receive, type)),
    toDevice(EventDirection.Send, MEDIA_KEYS_EVENT),
    toDevice(EventDirection.Receive, MEDIA_KEYS_EVENT),
    MatrixCapabilities.MSC4157SendDelayedEvent,
    MatrixCapabilities.MSC4157UpdateDelayedEvent,
    MatrixCapabilities.MSC4407SendStickyEvent,
    MatrixCapabilities.MSC4407ReceiveStickyEvent,
    MatrixCapabilities.MSC4515RtcTransports,
    MatrixCapabilities.MSC4533RtcLivekitGetToken,
  ];
}
