import {
  EventDirection,
  MatrixCapabilities,
  UnstableApiVersion,
  WidgetApi,
  WidgetApiToWidgetAction,
  WidgetEventCapability,
  type IWidgetApiRequest,
  type IWidgetApiResponseData,
} from 'matrix-widget-api';
import * as z from 'zod/mini';
import {
  AHEAD_FIELD,
  DEVICE_TRUST_ACTION,
  deviceTrustSchema,
  HOST_ACTIONS,
  serverOf,
  SESSION_FIELD,
  sessionSchema,
  type ApiSession,
  type DeviceTrustAnswer,
  type DeviceTrustQuestion,
} from '@palabre/protocol';
import { capabilitiesFor, sendingOf, STATE_WE_READ } from './capabilities.ts';
import { guardMessages } from './origin-guard.ts';
import { THEMES, type Parameters, type Theme } from './parameters.ts';
import { createRoomState, type RoomState } from './room-state.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** A to-device message as the messenger hands it over; `encrypted` says that it travelled inside Olm. */
export interface ToDeviceMessage {
  readonly type: string;
  readonly sender: string;
  readonly content: Record<string, unknown>;
  readonly encrypted: boolean;
}

/** An SFU offered by the homeserver (MSC4143); `url` is the newer form, `livekit_service_url` the token service. */
export const transportSchema = z.object({
  type: z.literal('livekit'),
  livekit_service_url: z.string(),
  url: z.optional(z.string()),
});
export type LivekitTransport = z.infer<typeof transportSchema>;

export interface MuteState {
  readonly audioEnabled: boolean;
  readonly videoEnabled: boolean;
}

/** What the messenger may ask of the widget while it runs. */
export interface HostRequests {
  hangup(): void;
  /** Only after `preload=true`. */
  join(wanted: { audio: boolean | undefined; video: boolean | undefined }): void;
  /** Absent values are left as they are. @returns the state afterwards */
  setMute(wanted: Partial<MuteState>): MuteState;
  theme(theme: Theme): void;
  language(tag: string): void;
}

/** The messenger around the widget. */
export interface Host {
  readonly parameters: Parameters;
  readonly room: RoomState;
  readonly timeline: Timeline;
  readonly api: WidgetApi;
  /** The messenger has answered our wish for capabilities. Rejects when it does not answer at all. */
  readonly ready: Promise<void>;
  /** The room's state is here. */
  readonly roomReady: Promise<void>;
  has(capability: string): boolean;
  /** Does the messenger let us send room events of this type? */
  maySend(type: string): boolean;
  transports(): Promise<readonly LivekitTransport[]>;
  /**
   * Token through the homeserver (MSC4195 / MSC4533); rejects when messenger or homeserver do not offer it.
   * @param server whose SFU it is, if not our own homeserver's
   */
  tokenThroughHomeserver(
    sfuUrl: string,
    slotId: string,
    memberId: string,
    ahead: boolean,
    server?: string,
  ): Promise<HomeserverToken>;
  /**
   * Asks the messenger for more than at the start, which puts the question to the person when they know what for (MSC2974).
   * @returns everything that is allowed then; rejects when nobody answers
   */
  allow(capabilities: readonly string[]): Promise<ReadonlySet<string>>;
  /** Invites somebody to the room, as the person. Rejects when messenger, person or homeserver do not allow it. */
  invite(userId: string): Promise<void>;
  onToDevice(listener: (message: ToDeviceMessage) => void): () => void;
  /** Which devices their owners have confirmed; rejects when the messenger does not say. */
  deviceTrust(question: DeviceTrustQuestion): Promise<DeviceTrustAnswer>;
  /** An earlier answer is no longer true. */
  onDeviceTrust(listener: (answer: DeviceTrustAnswer) => void): () => void;
  /** Answers the messenger's requests from now on; those that came earlier are handed over at once. */
  serve(requests: HostRequests): void;
  tellJoined(): void;
  tellMute(state: MuteState): void;
  /** Tells the messenger that we are out; with `close` it may take the widget away. */
  tellLeft(close: boolean): Promise<void>;
  /** Loads the page anew, and with it the conversation with the messenger, which begins once for each page. */
  reopen(): void;
  close(): void;
}

export interface HomeserverToken {
  readonly jwt: string;
  /** Where to connect, if the service says so. */
  readonly url: string | undefined;
  readonly session: ApiSession | undefined;
}

const tokenAnswerSchema = z.object({
  jwt: z.string(),
  url: z.optional(z.string()),
  [SESSION_FIELD]: z.optional(sessionSchema),
});

const transportsAnswerSchema = z.object({ rtc_transports: z.array(z.unknown()) });
const joinDataSchema = z.object({ audioInput: z.optional(z.unknown()), videoInput: z.optional(z.unknown()) });
const muteDataSchema = z.object({ audio_enabled: z.optional(z.boolean()), video_enabled: z.optional(z.boolean()) });
const notifiedSchema = z.object({ approved: z.array(z.string()) });
const toDeviceSchema = z.object({
  type: z.string(),
  sender: z.string(),
  content: z.record(z.string(), z.unknown()),
  encrypted: z._default(z.boolean(), false),
});

/** How long the messenger may take to answer the first exchange, and then to show us the room. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** How long a person may think about a question of the messenger. */
const CONSENT_TIMEOUT_MS = 60_000;

/** Rejects when `promise` has not settled in time. */
async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The messenger did not answer: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Opens the conversation with the messenger. It starts at once; {@link Host.ready} and {@link Host.roomReady} tell how far
 * it has come.
 */
export function createHost(parameters: Parameters, window: Window): Host {
  const unguard = guardMessages(window, parameters.parentOrigin);
  const room = createRoomState(parameters.roomId, parameters.userId);
  const api = new WidgetApi(parameters.widgetId, parameters.parentOrigin);
  const { timeline, take } = createTimeline(api, parameters.roomId);
  const toDeviceListeners = new Set<(message: ToDeviceMessage) => void>();
  const trustListeners = new Set<(answer: DeviceTrustAnswer) => void>();
  let requests: HostRequests | undefined;
  const waiting: ((requests: HostRequests) => void)[] = [];

  const answer = (
    action: string,
    handle: (data: unknown) => IWidgetApiResponseData | Promise<IWidgetApiResponseData>,
  ): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      void Promise.resolve(handle(event.detail.data)).then((data) => api.transport.reply(event.detail, data));
    });
  };
  const withRequests = (act: (requests: HostRequests) => void): void => {
    if (requests === undefined) waiting.push(act);
    else act(requests);
  };
  const tell = (action: string, data: Record<string, unknown> = {}): Promise<void> =>
    api.transport.send(action, data).then(
      () => undefined,
      // Messengers need not know Element Call's actions; the call does not depend on their answer.
      () => undefined,
    );

  const versions = (): Promise<readonly string[]> => api.getClientVersions();
  const pushesState = (): Promise<boolean> =>
    versions().then((known) => known.includes(UnstableApiVersion.MSC2762_UPDATE_STATE));

  let firstState: () => void = () => undefined;
  const statePushed = new Promise<void>((resolve) => (firstState = resolve));

  answer(WidgetApiToWidgetAction.UpdateState, (data) => {
    const events = z.object({ state: z.array(z.unknown()) }).safeParse(data);
    for (const event of events.success ? events.data.state : []) room.apply(event);
    firstState();
    return {};
  });
  answer(WidgetApiToWidgetAction.SendEvent, async (data) => {
    const isState = typeof data === 'object' && data !== null && 'state_key' in data;
    if (!isState) take(data);
    // Where the messenger keeps us up to date with the resolved state, state events in the timeline say nothing new.
    if (!isState || !(await pushesState())) room.apply(data);
    return {};
  });
  answer(WidgetApiToWidgetAction.SendToDevice, (data) => {
    const message = toDeviceSchema.safeParse(data);
    if (message.success) for (const listener of toDeviceListeners) listener(message.data);
    return {};
  });
  answer(DEVICE_TRUST_ACTION, (data) => {
    const trust = deviceTrustSchema.safeParse(data);
    if (trust.success) for (const listener of trustListeners) listener(trust.data);
    return {};
  });
  answer(HOST_ACTIONS.hangup, () => {
    withRequests((to) => to.hangup());
    return {};
  });
  answer(HOST_ACTIONS.join, (data) => {
    const parsed = joinDataSchema.safeParse(data);
    // Element Call: `null` means "without this device", absent means "as you like".
    const wish = (value: unknown): boolean | undefined => (value === undefined ? undefined : value !== null);
    const wanted = parsed.success ? parsed.data : {};
    withRequests((to) => to.join({ audio: wish(wanted.audioInput), video: wish(wanted.videoInput) }));
    return {};
  });
  answer(HOST_ACTIONS.deviceMute, (data) => {
    const parsed = muteDataSchema.safeParse(data);
    if (requests === undefined || !parsed.success) return {};
    const { audio_enabled, video_enabled } = parsed.data;
    const now = requests.setMute({
      ...(audio_enabled === undefined ? {} : { audioEnabled: audio_enabled }),
      ...(video_enabled === undefined ? {} : { videoEnabled: video_enabled }),
    });
    return { audio_enabled: now.audioEnabled, video_enabled: now.videoEnabled };
  });
  answer(WidgetApiToWidgetAction.ThemeChange, (data) => {
    const parsed = z.object({ name: z.string() }).safeParse(data);
    const theme = THEMES.find((name) => parsed.success && parsed.data.name === name);
    if (theme !== undefined) withRequests((to) => to.theme(theme));
    return {};
  });
  answer(WidgetApiToWidgetAction.LanguageChange, (data) => {
    const parsed = z.object({ lang: z.string() }).safeParse(data);
    if (parsed.success) withRequests((to) => to.language(parsed.data.lang));
    return {};
  });

  const allow = async (capabilities: readonly string[]): Promise<ReadonlySet<string>> => {
    const told = new Promise<unknown>((resolve) => {
      api.once(`action:${WidgetApiToWidgetAction.NotifyCapabilities}`, (event: CustomEvent<IWidgetApiRequest>) =>
        resolve(event.detail.data),
      );
    });
    api.requestCapabilities([...capabilities]);
    await api.updateRequestedCapabilities();
    return new Set(notifiedSchema.parse(await within(told, CONSENT_TIMEOUT_MS, 'permission')).approved);
  };

  const handshake = new Promise<void>((resolve) => void api.once('ready', resolve));
  api.requestCapabilities(capabilitiesFor(parameters));
  api.start();
  // A messenger that waits for the frame's load event answers this one with an error, which changes nothing.
  api.sendContentLoaded().catch(() => undefined);

  const ready = within(handshake, HANDSHAKE_TIMEOUT_MS, 'capabilities');
  const readRoom = async (): Promise<void> => {
    await ready;
    if (await pushesState()) {
      await within(statePushed, HANDSHAKE_TIMEOUT_MS, 'room state');
      return;
    }
    const read = (type: string): Promise<unknown[]> =>
      api.readStateEvents(type, undefined, undefined, [parameters.roomId]);
    for (const events of await Promise.all(STATE_WE_READ.map(read))) for (const event of events) room.apply(event);
  };
  const roomReady = readRoom();
  // Whoever needs them awaits them later; until then their failure is not an unhandled one.
  ready.catch(() => undefined);
  roomReady.catch(() => undefined);

  return {
    parameters,
    room,
    timeline,
    api,
    ready,
    roomReady,
    has: (capability) => api.hasCapability(capability),
    maySend: (type) => api.hasCapability(sendingOf(type)),
    async transports() {
      await ready;
      if (!api.hasCapability(MatrixCapabilities.MSC4515RtcTransports)) return [];
      if (!(await versions()).includes(UnstableApiVersion.MSC4515)) return [];
      const answered = transportsAnswerSchema.safeParse(await api.getRtcTransports());
      return answered.success ? parseTransports(answered.data.rtc_transports) : [];
    },
    async tokenThroughHomeserver(sfuUrl, slotId, memberId, ahead, server = serverOf(parameters.userId)) {
      const request = {
        server_name: server ?? '',
        url: sfuUrl,
        room_id: parameters.roomId,
        slot_id: slotId,
        member: { id: memberId, claimed_device_id: parameters.deviceId },
        // Beyond what the MSC names; messengers hand it on or leave it out.
        ...(ahead ? { [AHEAD_FIELD]: true } : {}),
      };
      const answered: unknown = await api.getRtcLivekitToken(request);
      const token = tokenAnswerSchema.parse(answered);
      return { jwt: token.jwt, url: token.url, session: token[SESSION_FIELD] };
    },
    allow,
    async invite(userId) {
      const inviting = WidgetEventCapability.forStateEvent(EventDirection.Send, 'm.room.member', userId).raw;
      if (!api.hasCapability(inviting)) {
        await allow([inviting]);
      }
      await api.sendStateEvent('m.room.member', userId, { membership: 'invite' }, parameters.roomId);
    },
    onToDevice(listener) {
      toDeviceListeners.add(listener);
      return () => toDeviceListeners.delete(listener);
    },
    async deviceTrust(question) {
      return deviceTrustSchema.parse(await api.transport.send<DeviceTrustQuestion>(DEVICE_TRUST_ACTION, question));
    },
    onDeviceTrust(listener) {
      trustListeners.add(listener);
      return () => trustListeners.delete(listener);
    },
    serve(served) {
      requests = served;
      for (const act of waiting.splice(0)) act(served);
    },
    tellJoined() {
      void tell(HOST_ACTIONS.join);
      void api.setAlwaysOnScreen(true).catch(() => undefined);
    },
    tellMute: (state) =>
      void tell(HOST_ACTIONS.deviceMute, { audio_enabled: state.audioEnabled, video_enabled: state.videoEnabled }),
    async tellLeft(close) {
      void api.setAlwaysOnScreen(false).catch(() => undefined);
      await tell(HOST_ACTIONS.hangup);
      if (close) await tell(HOST_ACTIONS.close);
    },
    reopen: () => window.location.reload(),
    close() {
      api.transport.stop();
      unguard();
    },
  };
}

/** Keeps the LiveKit transports of a list from outside; others, and broken ones, are left out. */
export function parseTransports(list: readonly unknown[]): LivekitTransport[] {
  return list.flatMap((item) => {
    const transport = transportSchema.safeParse(item);
    return transport.success ? [transport.data] : [];
  });
}
