import {
  CALL_MEMBER_EVENT,
  CALL_REACTION_EVENT,
  MEDIA_KEYS_EVENT,
  RTC_MEMBER_EVENT,
  RTC_NOTIFICATION_EVENT,
} from '@palabre/protocol';
import { EventDirection, MatrixCapabilities, WidgetEventCapability } from 'matrix-widget-api';

const { Send, Receive } = EventDirection;

/** Room events a call both sends and reads (reference: Element Call's own list). */
const SHARED_ROOM_EVENTS = [
  'io.element.call.encryption_keys',
  CALL_REACTION_EVENT,
  'm.reaction',
  'm.room.redaction',
  'org.matrix.msc4310.rtc.decline',
  'org.matrix.rageshake_request',
  RTC_MEMBER_EVENT,
];

const TO_DEVICE_EVENTS = [
  'm.call.invite',
  'm.call.candidates',
  'm.call.answer',
  'm.call.hangup',
  'm.call.reject',
  'm.call.select_answer',
  'm.call.negotiate',
  'm.call.sdp_stream_metadata_changed',
  'org.matrix.call.sdp_stream_metadata_changed',
  'm.call.replaces',
  MEDIA_KEYS_EVENT,
];

/**
 * What a call widget may do in `roomId` without a question: what Element Web grants its virtual call widget, and the token
 * actions of MSC4533, an invitation of the scribe, and what results of meetings take: of the messages, only those that `result-messages.ts`
 * lets through, and of the media, only what these name. Nothing outside that room.
 */
export function callCapabilities(
  roomId: string,
  userId: string,
  deviceId: string,
  scribeUserId: string,
): ReadonlySet<string> {
  const events = [
    ...SHARED_ROOM_EVENTS.flatMap((type) => [
      WidgetEventCapability.forRoomEvent(Send, type),
      WidgetEventCapability.forRoomEvent(Receive, type),
    ]),
    ...['org.matrix.msc4075.call.notify', RTC_NOTIFICATION_EVENT].map((type) =>
      WidgetEventCapability.forRoomEvent(Send, type),
    ),
    ...[userId, `_${userId}_${deviceId}_m.call`, `${userId}_${deviceId}_m.call`].map((key) =>
      WidgetEventCapability.forStateEvent(Send, CALL_MEMBER_EVENT, key),
    ),
    WidgetEventCapability.forStateEvent(Send, 'm.room.member', scribeUserId),
    WidgetEventCapability.forRoomEvent(Receive, 'm.room.message'),
    WidgetEventCapability.forRoomMessageEvent(Send, 'm.notice'),
    ...[
      'm.room.create',
      'm.room.power_levels',
      'm.room.name',
      'm.room.member',
      'm.room.encryption',
      CALL_MEMBER_EVENT,
    ].map((type) => WidgetEventCapability.forStateEvent(Receive, type)),
    ...TO_DEVICE_EVENTS.flatMap((type) => [
      WidgetEventCapability.forToDeviceEvent(Send, type),
      WidgetEventCapability.forToDeviceEvent(Receive, type),
    ]),
  ];
  return new Set<string>([
    MatrixCapabilities.AlwaysOnScreen,
    `org.matrix.msc2762.timeline:${roomId}`,
    MatrixCapabilities.MSC4157SendDelayedEvent,
    MatrixCapabilities.MSC4157UpdateDelayedEvent,
    MatrixCapabilities.MSC4407SendStickyEvent,
    MatrixCapabilities.MSC4407ReceiveStickyEvent,
    MatrixCapabilities.MSC4515RtcTransports,
    MatrixCapabilities.MSC4533RtcLivekitGetToken,
    MatrixCapabilities.MSC4533RtcLivekitDelegateDelayedLeave,
    MatrixCapabilities.MSC4039DownloadFile,
    ...events.map((event) => event.raw),
  ]);
}

/** True when one of `approved` lets the widget read room state, so that the host will push it. */
export function readsState(approved: Iterable<string>): boolean {
  return WidgetEventCapability.findEventCapabilities([...approved]).some(
    (capability) => (capability.kind as string) === 'state_event' && capability.direction === Receive,
  );
}
