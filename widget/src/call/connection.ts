import {
  ConnectionError,
  ConnectionErrorReason,
  ConnectionState,
  DisconnectReason,
  Room,
  RoomEvent,
  type RoomOptions,
} from 'livekit-client';
import { pauseBeforeAsking } from './admission.ts';
import { createDecryption, flowsOf } from './decryption.ts';
import type { MediaKeys } from './keys.ts';
import { CallProblem, isWaiting } from './problem.ts';
import type { SfuPlace, Tokens } from './tokens.ts';
import { backoffMs, wait } from './waiting.ts';

export type ConnectionPhase = 'connecting' | 'connected' | 'reconnecting' | 'closed';

export interface ConnectionEvents {
  onPhase(phase: ConnectionPhase): void;
  /** The connection is over and will not come back by itself. */
  onEnd(end: 'elsewhere' | CallProblem): void;
  /** Somebody must let us in there. @returns whether to go on asking */
  onWaiting(problem: CallProblem): boolean;
  /** Somebody's media cannot be decrypted, or can be again. */
  onDecryption(): void;
}

/** One SFU connection that restores itself. */
export interface Connection {
  readonly transport: SfuPlace;
  readonly room: Room;
  phase(): ConnectionPhase;
  /** Media of this participant arrives and cannot be decrypted. */
  isUndecryptable(identity: string): boolean;
  close(): Promise<void>;
}

export interface Encryption {
  readonly keys: MediaKeys;
  readonly createWorker: () => Worker;
}

/** LiveKit's own attempts to get back, before we take over with a token request. */
const QUICK_RETRIES_MS = [0, 200, 400, 800, 1200, 1600, 2000];
const QUICK_RETRIES_LIMIT_MS = 25_000;
/** How long we try in all. */
const FIRST_JOIN_LIMIT_MS = 30_000;
const RECONNECT_LIMIT_MS = 10 * 60_000;

function roomOptions(keys: MediaKeys | undefined, worker: Worker | undefined): RoomOptions {
  return {
    adaptiveStream: true,
    dynacast: true,
    stopLocalTrackOnUnpublish: false,
    disconnectOnPageLeave: true,
    reconnectPolicy: {
      nextRetryDelayInMs: ({ retryCount, elapsedMs }) =>
        elapsedMs > QUICK_RETRIES_LIMIT_MS ? null : (QUICK_RETRIES_MS[retryCount] ?? 2000) * (0.75 + Math.random() / 2),
    },
    publishDefaults: {
      videoCodec: 'vp8',
      simulcast: true,
      dtx: true,
      // Encrypted frames cannot be repeated inside others.
      red: keys === undefined,
      backupCodec: false,
      // Taking the microphone back takes a second and loses the first word.
      stopMicTrackOnMute: false,
    },
    ...(keys === undefined || worker === undefined ? {} : { encryption: { keyProvider: keys, worker } }),
  };
}

/** What a failed `connect` means for the next attempt. */
function readFailure(error: unknown): { readonly fresh: boolean; readonly problem: CallProblem } {
  if (error instanceof CallProblem) return { fresh: false, problem: error };
  if (error instanceof ConnectionError && error.reason === ConnectionErrorReason.NotAllowed)
    return { fresh: true, problem: new CallProblem('not_allowed', { cause: error, transient: true }) };
  return { fresh: false, problem: new CallProblem('service_unreachable', { cause: error, transient: true }) };
}

/**
 * Connects to an SFU and stays connected: LiveKit resumes by itself for short breaks; when it gives up we come back with the same
 * token, and with a new one when that is refused. The token service has the last word on who may be here.
 */
export function createConnection(
  transport: SfuPlace,
  tokens: Tokens,
  encryption: Encryption | undefined,
  events: ConnectionEvents,
): Connection {
  // One worker for each SFU connection; the keys are shared.
  const worker = encryption?.createWorker();
  const room = new Room(roomOptions(encryption?.keys, worker));
  const closing = new AbortController();
  let phase: ConnectionPhase = 'connecting';
  const isClosing = (): boolean => closing.signal.aborted;
  const isOver = (): boolean => isClosing() || phase === 'closed';
  const enter = (next: ConnectionPhase): void => {
    if (phase === next || phase === 'closed') return;
    phase = next;
    events.onPhase(next);
  };
  const end = (reason: 'elsewhere' | CallProblem): void => {
    if (phase === 'closed') return;
    enter('closed');
    events.onEnd(reason);
  };

  worker?.addEventListener('error', (event: Event) => {
    // No message: its file could not be loaded, because a newer version was put in place. Everything would stay dark.
    if (!('message' in event)) end(new CallProblem('unknown', { cause: event }));
  });

  /** One loop at a time: LiveKit says `Disconnected` after every failed attempt of ours too. */
  let establishing = true;
  const establish = async (limitMs: number, fresh: boolean): Promise<void> => {
    let startedMs = Date.now();
    for (let attempt = 0, wantFresh = fresh, refusals = 0; !isOver(); attempt++) {
      const askedMs = Date.now();
      try {
        const token = await tokens.get(transport, { fresh: wantFresh, signal: closing.signal });
        closing.signal.throwIfAborted();
        await room.connect(token.url, token.jwt, { maxRetries: 0, peerConnectionTimeout: 10_000 });
        // Lost again before we could look: that is one more failed attempt.
        if (room.state === ConnectionState.Disconnected) throw new Error('lost at once');
        establishing = false;
        enter('connected');
        return;
      } catch (error) {
        if (isOver()) return;
        if (error instanceof CallProblem && isWaiting(error) && events.onWaiting(error)) {
          await wait(pauseBeforeAsking(error, askedMs, Date.now()), closing.signal).catch(() => undefined);
          startedMs = Date.now();
          continue;
        }
        const failure = readFailure(error);
        wantFresh = failure.fresh;
        // A refused token may be an old one; a refused new token is an answer.
        if (failure.fresh && ++refusals > 2) {
          end(new CallProblem('not_allowed', { cause: error }));
          return;
        }
        if (!failure.problem.transient) {
          end(failure.problem);
          return;
        }
        const pauseMs = Math.max(failure.problem.retryAfterMs ?? 0, failure.fresh ? 50 : backoffMs(attempt, 250, 5000));
        if (Date.now() + pauseMs - startedMs > limitMs) {
          end(phase === 'reconnecting' ? new CallProblem('connection_lost', { cause: error }) : failure.problem);
          return;
        }
        await wait(pauseMs, closing.signal).catch(() => undefined);
      }
    }
  };

  const decryption =
    encryption === undefined
      ? undefined
      : createDecryption(
          (identity) => flowsOf(room.remoteParticipants.get(identity)),
          () => events.onDecryption(),
        );
  room
    .on(RoomEvent.EncryptionError, (_error, participant) => {
      // Without our own key nothing is sent; that shows on the others' screens.
      if (participant?.isLocal === false) decryption?.suspect(participant.identity);
    })
    .on(RoomEvent.SignalReconnecting, () => enter('reconnecting'))
    .on(RoomEvent.Reconnecting, () => enter('reconnecting'))
    .on(RoomEvent.Reconnected, () => enter('connected'))
    .on(RoomEvent.Disconnected, (reason) => {
      if (closing.signal.aborted || phase === 'connecting' || phase === 'closed') return;
      if (reason === DisconnectReason.DUPLICATE_IDENTITY) {
        end('elsewhere');
        return;
      }
      if (establishing) return;
      establishing = true;
      const wasReconnecting = phase === 'reconnecting';
      enter('reconnecting');
      // Someone decided that we go: only a new token can say whether we may come back.
      const sentAway = reason === DisconnectReason.PARTICIPANT_REMOVED;
      void wait(wasReconnecting || sentAway ? 0 : 100, closing.signal).then(
        () => establish(RECONNECT_LIMIT_MS, sentAway),
        () => undefined,
      );
    });

  const begin = async (): Promise<void> => {
    if (encryption !== undefined) await room.setE2EEEnabled(true);
    await establish(FIRST_JOIN_LIMIT_MS, false);
  };
  begin().catch((error: unknown) => end(new CallProblem('no_encryption', { cause: error })));

  return {
    transport,
    room,
    phase: () => phase,
    isUndecryptable: (identity) => decryption?.isFailing(identity) === true,
    async close() {
      decryption?.close();
      closing.abort(new DOMException('closed', 'AbortError'));
      phase = 'closed';
      room.removeAllListeners();
      try {
        await room.disconnect(true);
      } finally {
        worker?.terminate();
      }
    },
  };
}
