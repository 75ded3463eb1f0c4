import { ClientEvent, HttpApiEvent, MatrixError } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import type { Config } from '../config.ts';
import { createOpenCalls, createTransports } from '../host/index.ts';
import type { OpenCalls, Transports } from '../host/index.ts';
import { call, rooms, session, uploads } from '../store/slices.ts';
import type { SessionState } from '../store/slices.ts';
import { forgetDrafts } from '../store/drafts.ts';
import type { Store } from '../store/store.ts';
import { createActions } from './actions.ts';
import type { Actions } from './actions.ts';
import { destroySession, openClient, requestLogin } from './client.ts';
import { clearCredentials, readCredentials, writeCredentials } from './credentials.ts';
import type { Credentials, KeyValueStore } from './credentials.ts';
import { createEncryption } from './encryption.ts';
import type { Encryption } from './encryption.ts';
import { createFileSending } from './file-sending.ts';
import { createFormerPower } from './former-power.ts';
import type { FormerPower } from './former-power.ts';
import type { FileSending } from './file-sending.ts';
import { createMedia } from './media.ts';
import type { Media } from './media.ts';
import { createObserver } from './observer.ts';
import type { Observer } from './observer.ts';
import { localpart } from './people.ts';
import { takeTurn } from './turn.ts';
import { createUnsent, forgetUnsent } from './unsent.ts';

/** Everything that lives as long as somebody is signed in. */
export interface Account {
  readonly client: MatrixClient;
  readonly actions: Actions;
  readonly files: FileSending;
  readonly media: Media;
  readonly encryption: Encryption;
  readonly observer: Observer;
  readonly formerPower: FormerPower;
  readonly transports: Transports;
  readonly calls: OpenCalls;
}

export interface Messenger {
  readonly config: Config;
  /** The account of the session; undefined unless the phase is `syncing` or `ready`. */
  account(): Account | undefined;
  /** Continues the session of this browser, if there is one. */
  start(): Promise<void>;
  signIn(user: string, password: string): Promise<void>;
  /** Leaves the call that is open, and ends the session. */
  signOut(): Promise<void>;
  /** Takes the session over from another tab. */
  useHere(): Promise<void>;
}

const INITIAL_EVENTS = 40;

function problemOf(error: unknown): SessionState['problem'] {
  if (error instanceof MatrixError) {
    if (error.errcode === 'M_LIMIT_EXCEEDED') return 'rate-limited';
    return error.httpStatus === 403 || error.errcode === 'M_INVALID_USERNAME' ? 'wrong-password' : 'unknown';
  }
  return error instanceof Error && error.name === 'ConnectionError' ? 'unreachable' : 'unknown';
}

/** Signs in and out, and builds what a session needs; the store says which phase it is in. */
export function createMessenger(options: {
  readonly config: Config;
  readonly store: Store;
  readonly storage: KeyValueStore;
  readonly deviceName: string;
}): Messenger {
  const { config, store, storage } = options;
  let account: Account | undefined;
  let turn: { release(): void } | undefined;

  const close = (): void => {
    account?.files.close();
    account?.observer.close();
    account?.media.close();
    account?.encryption.close();
    account?.client.stopClient();
    account = undefined;
    turn?.release();
    turn = undefined;
    store.dispatch(rooms.actions.forgotten());
    store.dispatch(uploads.actions.uploadsForgotten());
    store.dispatch(call.actions.hushed());
  };

  /** Over here in any case, even when the server is out of reach; keys do not stay behind. */
  const end = (credentials: Credentials, atServer: boolean, problem: SessionState['problem']): void => {
    clearCredentials(storage);
    forgetDrafts(sessionStorage);
    forgetUnsent(storage, credentials.userId);
    account?.encryption.forget();
    close();
    store.dispatch(session.actions.signedOut(problem));
    destroySession(config.apiUrl, credentials, atServer).catch(console.error);
  };

  const open = async (credentials: Credentials, password: string | undefined, steal: boolean): Promise<void> => {
    let lost = false;
    // Two pages on one crypto database would destroy it.
    const granted = await takeTurn(`palabre:${credentials.userId}:${credentials.deviceId}`, steal, () => {
      lost = true;
      close();
      store.dispatch(session.actions.phaseChanged('elsewhere'));
    });
    if (granted === undefined) {
      store.dispatch(session.actions.phaseChanged('elsewhere'));
      return;
    }
    turn = granted;
    // Another tab may take over, or the person sign out, while any of the following waits.
    const mine = (): boolean => !lost && turn === granted;
    try {
      await openInTurn(credentials, password, mine);
    } catch (error) {
      // What fails because the session was taken away is no failure of this page.
      if (mine()) throw error;
    }
  };

  const openInTurn = async (
    credentials: Credentials,
    password: string | undefined,
    mine: () => boolean,
  ): Promise<void> => {
    const { client, recoveryKey } = await openClient(config.apiUrl, credentials);
    if (!mine()) {
      client.stopClient();
      return;
    }
    const observer = createObserver({ client, store, publishers: config });
    const unsent = createUnsent({ client, storage });
    const actions = createActions({
      client,
      watcherUserId: config.watcherUserId,
      touch: (roomId) => observer.touch(roomId),
    });
    const encryption = createEncryption({
      client,
      recoveryKey,
      storage,
      onPhase: (phase) => {
        if (mine()) store.dispatch(session.actions.encryptionChanged(phase));
      },
    });
    account = {
      client,
      actions,
      observer,
      encryption,
      media: createMedia(client, new URL('/', location.href)),
      formerPower: createFormerPower(client),
      transports: createTransports(() => client._unstable_getRTCTransports(), Date.now),
      calls: createOpenCalls(),
      files: createFileSending({
        client,
        store,
        post: (roomId, threadId, content) => actions.post(roomId, threadId, content),
      }),
    };
    const me = credentials.userId;
    store.dispatch(session.actions.meChanged({ userId: me, name: localpart(me), avatarMxc: undefined }));
    store.dispatch(session.actions.phaseChanged('syncing'));
    client.once(HttpApiEvent.SessionLoggedOut, () => end(credentials, false, 'signed-out-elsewhere'));
    const prepared = new Promise<void>((resolve) => {
      const check = (): void => {
        if (!client.isInitialSyncComplete()) return;
        client.off(ClientEvent.Sync, check);
        resolve();
      };
      client.on(ClientEvent.Sync, check);
    });
    await client.startClient({
      initialSyncLimit: INITIAL_EVENTS,
      lazyLoadMembers: true,
      threadSupport: false,
      disablePresence: true,
    });
    if (!mine()) {
      // A client that is stopped while it starts goes on starting, and then takes itself for stopped.
      client.clientRunning = true;
      client.stopClient();
      return;
    }
    await prepared;
    if (!mine()) return;
    unsent.restore().catch(console.error);
    client.getProfileInfo(me).then(
      ({ displayname, avatar_url: avatarMxc }) => {
        if (!mine()) return;
        store.dispatch(session.actions.meChanged({ userId: me, name: displayname ?? localpart(me), avatarMxc }));
      },
      // The local part names them well enough.
      () => undefined,
    );
    // After signing in, encryption may have a question; it is asked before anything else can be begun.
    if (password === undefined) store.dispatch(session.actions.phaseChanged('ready'));
    try {
      await encryption.check(password);
    } catch (error) {
      if (!mine()) return;
      // Conversation goes on; encrypted rooms say what is missing and offer to try again.
      console.error(error);
      store.dispatch(session.actions.encryptionChanged('limited'));
    }
    if (password !== undefined && mine()) store.dispatch(session.actions.phaseChanged('ready'));
  };

  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      console.error(error);
      close();
      store.dispatch(session.actions.failed());
    }
  };

  return {
    config,
    account: () => account,
    start: async () => {
      const credentials = readCredentials(storage);
      if (credentials === undefined) {
        store.dispatch(session.actions.phaseChanged('signed-out'));
        return;
      }
      await guarded(() => open(credentials, undefined, false));
    },
    signIn: async (user, password) => {
      store.dispatch(session.actions.phaseChanged('signing-in'));
      let credentials: Credentials;
      try {
        credentials = await requestLogin(config.apiUrl, user.trim(), password, options.deviceName);
      } catch (error) {
        store.dispatch(session.actions.signedOut(problemOf(error)));
        return;
      }
      writeCredentials(storage, credentials);
      await guarded(() => open(credentials, password, false));
    },
    signOut: async () => {
      // While this device may still speak.
      await account?.calls.hangUp();
      const credentials = readCredentials(storage);
      if (credentials !== undefined) end(credentials, true, undefined);
    },
    useHere: async () => {
      const credentials = readCredentials(storage);
      if (credentials === undefined) return;
      store.dispatch(session.actions.phaseChanged('starting'));
      await guarded(() => open(credentials, undefined, true));
    },
  };
}
