import { DEVICE_TRUST_ACTION, DEVICE_TRUST_FAILURE, HOST_ACTIONS } from '@palabre/protocol';
import type { Publishers } from '@palabre/transcript/documents';
import type { MatrixClient } from 'matrix-js-sdk';
import {
  ClientWidgetApi,
  MatrixWidgetType,
  UnstableApiVersion,
  Widget,
  WidgetApiToWidgetAction,
} from 'matrix-widget-api';
import type { IWidgetApiRequest } from 'matrix-widget-api';
import { callAddress } from './address.ts';
import { callCapabilities, readsState } from './capabilities.ts';
import { createDeviceTrust } from './device-trust.ts';
import { CallWidgetDriver } from './driver.ts';
import { createFeed } from './feed.ts';
import { createMessageGate } from './message-gate.ts';
import { createPresence } from './presence.ts';
import { createResultMessages } from './result-messages.ts';
import { createSignedByOwner } from './signed-devices.ts';
import type { Transports } from './transports.ts';

export interface CallHostOptions {
  readonly client: MatrixClient;
  readonly transports: Transports;
  readonly roomId: string;
  readonly frame: HTMLIFrameElement;
  readonly page: string;
  readonly encrypted: boolean;
  /** Whose results are believed; the scribe is the one whom a call may invite to its room. */
  readonly publishers: Publishers;
  readonly intent: 'start_call' | 'join_existing';
  readonly direct: boolean;
  readonly language: string;
  readonly theme: 'light' | 'dark';
  readonly fontScale: number;
  /** The person is in the call. */
  readonly onJoined: () => void;
  /** The person is no longer in the call; the widget may have something to say about it. */
  readonly onLeft: () => void;
  /** The person has left, and the widget is to be taken away. */
  readonly onClosed: () => void;
}

export interface CallHost {
  setTheme(theme: 'light' | 'dark'): void;
  setLanguage(language: string): void;
  /** Has the widget leave, and sends the leave in its place when it does not; a few seconds at most. To be followed by `close`. */
  hangUp(): Promise<void>;
  close(): void;
}

/** Leaving takes a request or two of the widget, and as many of ours when it is silent. */
const HANG_UP_TIMEOUT_MS = 3_000;
const WITHDRAW_TIMEOUT_MS = 2_000;

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** In larger rooms most members never come to a call. */
const MOST_MET = 50;

/** Opens Olm sessions with the members of the room before they come to its call: who comes is sent media keys sooner. */
function meetDevices(client: MatrixClient, roomId: string): void {
  const room = client.getRoom(roomId);
  if (room !== null && room.getJoinedMemberCount() <= MOST_MET) client.getCrypto()?.prepareToEncrypt(room);
}

/** Opens the call widget of a room in `frame` and speaks Element Web's dialect with it until closed. */
export function createCallHost(options: CallHostOptions): CallHost {
  const { client, roomId, frame } = options;
  const userId = client.getSafeUserId();
  const deviceId = client.getDeviceId() ?? '';
  const widgetId = `palabre-call-${crypto.randomUUID()}`;
  const url = callAddress({
    ...options,
    widgetId,
    parentUrl: window.location.href.split('#')[0] ?? window.location.href,
    userId,
    deviceId,
    baseUrl: client.baseUrl,
    skipLobby: false,
  });
  const widget = new Widget({
    id: widgetId,
    creatorUserId: userId,
    type: MatrixWidgetType.Custom,
    url,
    waitForIframeLoad: false,
    data: {},
  });
  const gate = createMessageGate({
    target: window,
    frame: () => frame.contentWindow,
    origin: widget.origin,
    widgetId,
  });
  const signedByOwner = createSignedByOwner(client);
  const presence = createPresence(client, roomId);
  let ready = false;
  let statePushed: Promise<void> = Promise.resolve();
  const messages = createResultMessages(
    options.publishers,
    () => client.getRoom(roomId)?.hasEncryptionStateEvent() !== false,
  );
  const driver = new CallWidgetDriver({
    client,
    roomId,
    capabilities: callCapabilities(roomId, userId, deviceId, options.publishers.scribeUserId),
    signedByOwner,
    transports: options.transports,
    presence,
    messages,
    statePushed: () => statePushed,
    onApproved: (approved) => {
      if (ready) {
        // The library hands over state once, after the first exchange; what may be read later is not in the loaded timeline either.
        api.once('capabilitiesNotified', () => {
          feed.tellState(approved).catch((error: unknown) => console.error(error));
        });
        return;
      }
      if (!readsState(approved)) return;
      const withoutUpdates = api
        .getWidgetVersions()
        .then((versions) =>
          versions.includes(UnstableApiVersion.MSC2762_UPDATE_STATE) ? new Promise<never>(() => undefined) : undefined,
        );
      statePushed = Promise.race([gate.answered(WidgetApiToWidgetAction.UpdateState), withoutUpdates]);
    },
  });
  const api = new ClientWidgetApi(widget, frame, driver);
  api.setViewedRoomId(roomId);
  const feed = createFeed({ client, roomId, api, signedByOwner, messages });
  const trust = createDeviceTrust({
    client,
    roomId,
    signedByOwner,
    tell: (answer) => api.transport.send(DEVICE_TRUST_ACTION, answer),
  });
  api.on(`action:${DEVICE_TRUST_ACTION}`, (event: CustomEvent<IWidgetApiRequest>) => {
    event.preventDefault();
    trust.answer(event.detail.data).then(
      (answer) => api.transport.reply(event.detail, answer),
      () => api.transport.reply(event.detail, { error: { message: DEVICE_TRUST_FAILURE } }),
    );
  });

  const on = (action: string, reply: Record<string, unknown>, then?: () => void): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      api.transport.reply(event.detail, reply);
      then?.();
    });
  };
  let joined = false;
  let left: (() => void) | undefined;
  on(HOST_ACTIONS.join, {}, () => {
    joined = true;
    options.onJoined();
  });
  on(HOST_ACTIONS.hangup, {}, () => {
    joined = false;
    left?.();
    options.onLeft();
    // The widget stays: after an ordinary leave it asks to be closed; after a failure it has something to say and to offer.
  });
  on(HOST_ACTIONS.close, {}, options.onClosed);
  on(HOST_ACTIONS.deviceMute, {});
  on('set_always_on_screen', { success: true });

  const tell = (message: () => Promise<unknown>): void => {
    // A widget that does not know these requests answers with an error; that is its right.
    if (ready) void message().catch(() => undefined);
  };
  let { theme, language } = options;
  const sayTheme = (): void => tell(() => api.updateTheme({ name: theme }));
  const sayLanguage = (): void => tell(() => api.updateLanguage(language));
  api.once('ready', () => {
    ready = true;
    sayTheme();
    sayLanguage();
  });
  frame.src = url;
  if (options.encrypted) meetDevices(client, roomId);

  let closed = false;
  return {
    setTheme: (next) => {
      theme = next;
      sayTheme();
    },
    setLanguage: (next) => {
      language = next;
      sayLanguage();
    },
    hangUp: async () => {
      if (closed) return;
      // Also while it is still joining: its announcement may be in the room before anybody is seen.
      if (ready && (joined || presence.remains())) {
        const heard = new Promise<void>((resolve) => {
          // The answer only says that it was heard; the widget's own action follows when its membership is withdrawn.
          left = resolve;
          api.transport.send(HOST_ACTIONS.hangup, {}).catch(resolve);
        });
        await atMost(HANG_UP_TIMEOUT_MS, heard);
      }
      await atMost(WITHDRAW_TIMEOUT_MS, presence.withdraw());
    },
    close: () => {
      if (closed) return;
      closed = true;
      feed.close();
      trust.close();
      api.stop();
      api.removeAllListeners();
      gate.close();
      frame.src = 'about:blank';
      void presence.withdraw();
    },
  };
}
