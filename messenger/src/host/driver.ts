import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import { MatrixError, Method, ClientPrefix } from 'matrix-js-sdk';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { OpenIDRequestState, WidgetDriver } from 'matrix-widget-api';
import type {
  IOpenIDUpdate,
  IReadEventRelationsResult,
  IRoomEvent,
  IRtcLivekitDelegateDelayedLeaveFromWidgetRequestData,
  IRtcLivekitDelegateDelayedLeaveFromWidgetResponseData,
  IRtcLivekitGetTokenFromWidgetRequestData,
  IRtcLivekitGetTokenFromWidgetResponseData,
  IRtcTransportsResult,
  ISendDelayedEventDetails,
  ISendEventDetails,
  IWidgetApiErrorResponseDataDetails,
  SimpleObservable,
} from 'matrix-widget-api';
import { deliveriesOf } from './media-keys.ts';
import type { ContentMap, SignedByOwner } from './media-keys.ts';
import { wireFormat } from './wire-format.ts';
import type { Presence } from './presence.ts';
import { fetchMedia } from '../matrix/media-request.ts';
import { parseCorrectionMessage } from './result-messages.ts';
import type { ResultMessages } from './result-messages.ts';
import { readRelations, readStateEvents, readTimelineEvents } from './room-reading.ts';
import type { Transports } from './transports.ts';

/** A film of an hour takes a while; what a homeserver would not have taken is none. */
const DOWNLOAD_TIMEOUT_MS = 600_000;
const MOST_FILE_BYTES = 1_073_741_824;

/** MSC4195 through the homeserver; the same prefix for both endpoints. */
const RTC_PREFIX = `${ClientPrefix.Unstable}/io.element.msc4195`;
/** What js-sdk calls the parameters; event types of a call are not in its typed lists. */
type AnyContent = Parameters<MatrixClient['sendEvent']>[3];
type TimelineType = Parameters<MatrixClient['sendEvent']>[2];
type StateType = Parameters<MatrixClient['sendStateEvent']>[1];
type StickyContent = Parameters<MatrixClient['_unstable_sendStickyEvent']>[4];

/** Event types of a call are not among those js-sdk lists; it sends them as they are. */
const timelineType = (type: string): TimelineType => type as never;
/** Messages go out one way only, where it is looked at what they say. */
const noMessage = (type: string): TimelineType => {
  if (type === 'm.room.message') throw new Error('The call widget sends no such messages');
  return timelineType(type);
};
const stateType = (type: string): StateType => type as never;

export interface DriverOptions {
  readonly client: MatrixClient;
  readonly roomId: string;
  /** Everything the widget may have; what it asks beyond that is not granted. */
  readonly capabilities: ReadonlySet<string>;
  readonly signedByOwner: SignedByOwner;
  readonly transports: Transports;
  readonly presence: Presence;
  readonly messages: ResultMessages;
  /** Told once what was granted. */
  readonly onApproved: (approved: ReadonlySet<string>) => void;
  /** Resolves when the widget has the room's state: js-sdk in the widget refuses sticky events of a room it does not know. */
  readonly statePushed: () => Promise<void>;
}

/** What the call widget may do with the homeserver, over matrix-js-sdk; confined to one room. */
export class CallWidgetDriver extends WidgetDriver {
  readonly #options: DriverOptions;
  readonly #client: MatrixClient;

  constructor(options: DriverOptions) {
    super();
    this.#options = options;
    this.#client = options.client;
  }

  #room(): Room {
    const room = this.#client.getRoom(this.#options.roomId);
    if (room === null) throw new Error('The call belongs to a room that is gone');
    return room;
  }

  /** The widget API has checked the capability for the room; this makes sure that there is only one. */
  #here(roomId?: string | null): string {
    if (roomId !== undefined && roomId !== null && roomId !== this.#options.roomId) {
      throw new Error('The call widget is confined to its room');
    }
    return this.#options.roomId;
  }

  override validateCapabilities(requested: Set<string>): Promise<Set<string>> {
    const approved = new Set([...requested].filter((capability) => this.#options.capabilities.has(capability)));
    this.#options.onApproved(approved);
    return Promise.resolve(approved);
  }

  override async sendEvent(
    eventType: string,
    content: unknown,
    stateKey: string | null = null,
    targetRoomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const roomId = this.#here(targetRoomId);
    if (eventType === 'm.room.member' && stateKey !== null) return this.#invite(roomId, stateKey, content);
    if (eventType === 'm.room.message') return this.#correct(roomId, content);
    const sent = await (async () => {
      if (stateKey !== null) {
        const request = this.#client.sendStateEvent(roomId, stateType(eventType), content as never, stateKey);
        return eventType === CALL_MEMBER_EVENT ? this.#options.presence.writing(stateKey, content, request) : request;
      }
      if (eventType === 'm.room.redaction') {
        return this.#client.redactEvent(roomId, (content as { redacts: string }).redacts);
      }
      return this.#client.sendEvent(roomId, null, timelineType(eventType), content as AnyContent);
    })();
    return { roomId, eventId: sent.event_id };
  }

  /** Of other people's memberships a call may change one thing: whether they are invited. */
  async #invite(roomId: string, userId: string, content: unknown): Promise<ISendEventDetails> {
    const membership = (content as { readonly membership?: unknown } | null)?.membership;
    if (membership !== 'invite') throw new Error('The call widget may invite and nothing else');
    const { event_id: eventId } = await this.#client.sendStateEvent(
      roomId,
      stateType('m.room.member'),
      { membership } as never,
      userId,
    );
    return { roomId, eventId };
  }

  /** Of messages, a call may send one kind: corrections of transcripts, in their thread. */
  async #correct(roomId: string, content: unknown): Promise<ISendEventDetails> {
    const message = parseCorrectionMessage(content);
    const { event_id: eventId } = await this.#client.sendEvent(
      roomId,
      message.threadId,
      timelineType('m.room.message'),
      message.content as AnyContent,
    );
    return { roomId, eventId };
  }

  override async sendStickyEvent(
    stickyDurationMs: number,
    eventType: string,
    content: unknown,
    targetRoomId: string | null = null,
  ): Promise<ISendEventDetails> {
    const roomId = this.#here(targetRoomId);
    const sent = await this.#client._unstable_sendStickyEvent(
      roomId,
      stickyDurationMs,
      null,
      noMessage(eventType),
      content as StickyContent,
    );
    return { roomId, eventId: sent.event_id };
  }

  override async sendDelayedEvent(
    delay: number,
    eventType: string,
    content: unknown,
    stateKey: string | null = null,
    targetRoomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    const roomId = this.#here(targetRoomId);
    const type = noMessage(eventType);
    const request =
      stateKey !== null
        ? this.#client._unstable_sendDelayedStateEvent(
            roomId,
            { delay },
            stateType(eventType),
            content as never,
            stateKey,
          )
        : this.#client._unstable_sendDelayedEvent(roomId, { delay }, null, type, content as AnyContent);
    const sent = await this.#options.presence.scheduling(request);
    return { roomId, delayId: sent.delay_id };
  }

  override async sendDelayedStickyEvent(
    delay: number,
    stickyDurationMs: number,
    eventType: string,
    content: unknown,
    targetRoomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    const roomId = this.#here(targetRoomId);
    const request = this.#client._unstable_sendStickyDelayedEvent(
      roomId,
      stickyDurationMs,
      { delay },
      null,
      noMessage(eventType),
      content as StickyContent,
    );
    const sent = await this.#options.presence.scheduling(request);
    return { roomId, delayId: sent.delay_id };
  }

  override async cancelScheduledDelayedEvent(delayId: string): Promise<void> {
    const request = this.#client._unstable_cancelScheduledDelayedEvent(delayId);
    await this.#options.presence.cancelling(delayId, request);
  }

  override async restartScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_restartScheduledDelayedEvent(delayId);
  }

  override async sendScheduledDelayedEvent(delayId: string): Promise<void> {
    const request = this.#client._unstable_sendScheduledDelayedEvent(delayId);
    await this.#options.presence.leaving(delayId, request);
  }

  override async sendToDevice(eventType: string, encrypted: boolean, contentMap: ContentMap): Promise<void> {
    // A call in an encrypted room has nothing to say to devices in the clear; in other rooms it says nothing to them at all.
    if (!encrypted) throw new Error('Messages to devices must be encrypted');
    const crypto = this.#client.getCrypto();
    if (crypto === undefined) throw new Error('Encryption is not available');
    const room = this.#room();
    await room.loadMembersIfNeeded();
    // The widget may only speak to people of its own room.
    const here = Object.fromEntries(
      Object.entries(contentMap).filter(([userId]) => room.getMember(userId)?.membership === 'join'),
    );
    const deliveries = await deliveriesOf(eventType, here, this.#options.signedByOwner);
    for (const { devices, payload } of deliveries) {
      const batch = await crypto.encryptToDeviceMessages(eventType, [...devices], payload);
      await this.#client.queueToDevice(batch);
    }
  }

  override readRoomTimeline(
    roomId: string,
    eventType: string,
    msgtype: string | undefined,
    stateKey: string | undefined,
    limit: number,
    since: string | undefined,
  ): Promise<IRoomEvent[]> {
    this.#here(roomId);
    return Promise.resolve(
      readTimelineEvents(this.#room(), { eventType, msgtype, stateKey, limit, since }, this.#options.messages),
    );
  }

  override async readRoomState(roomId: string, eventType: string, stateKey: string | undefined): Promise<IRoomEvent[]> {
    this.#here(roomId);
    return readStateEvents(this.#room(), eventType, stateKey);
  }

  override async readStickyEvents(roomId: string): Promise<IRoomEvent[]> {
    this.#here(roomId);
    await this.#options.statePushed();
    return [...this.#room()._unstable_getStickyEvents()].map(wireFormat);
  }

  override async readEventRelations(
    eventId: string,
    roomId?: string,
    relationType?: string,
    eventType?: string,
    from?: string,
    to?: string,
    limit?: number,
    direction?: 'f' | 'b',
  ): Promise<IReadEventRelationsResult> {
    const wish = { eventId, relationType, eventType, from, to, limit, direction };
    return readRelations(this.#client, this.#here(roomId), wish, this.#options.messages);
  }

  /** Files of results that the widget was shown; media of a homeserver know no room. */
  override async downloadFile(contentUri: string): Promise<{ file: XMLHttpRequestBodyInit }> {
    if (!this.#options.messages.names(contentUri)) throw new Error('No result of this room names that file');
    const signal = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
    return { file: await fetchMedia(this.#client, contentUri, { mostBytes: MOST_FILE_BYTES, signal }) };
  }

  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    this.#client.getOpenIdToken().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  override async getRtcTransports(): Promise<IRtcTransportsResult> {
    return { rtc_transports: await this.#options.transports.get() };
  }

  override async getRtcLivekitToken(
    data: IRtcLivekitGetTokenFromWidgetRequestData,
  ): Promise<IRtcLivekitGetTokenFromWidgetResponseData> {
    this.#here(data.room_id);
    // Not the SDK's method, whose type knows only `jwt`: the answer goes on whole, our bridge's session included.
    return this.#client.http.authedRequest<IRtcLivekitGetTokenFromWidgetResponseData>(
      Method.Post,
      '/rtc/livekit/get_token',
      undefined,
      data,
      { prefix: RTC_PREFIX },
    );
  }

  override async delegateRtcLivekitDelayedLeave(
    data: IRtcLivekitDelegateDelayedLeaveFromWidgetRequestData,
  ): Promise<IRtcLivekitDelegateDelayedLeaveFromWidgetResponseData> {
    this.#here(data.room_id);
    return this.#client.http.authedRequest<IRtcLivekitDelegateDelayedLeaveFromWidgetResponseData>(
      Method.Post,
      '/rtc/livekit/delegate_delayed_leave',
      undefined,
      data,
      { prefix: RTC_PREFIX },
    );
  }

  override getKnownRooms(): string[] {
    return [this.#options.roomId];
  }

  override processError(error: unknown): IWidgetApiErrorResponseDataDetails | undefined {
    return error instanceof MatrixError ? { matrix_api_error: error.asWidgetApiErrorData() } : undefined;
  }
}
