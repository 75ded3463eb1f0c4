import type { MatrixClient } from 'matrix-js-sdk';

/** What the fake was asked to do, in order. */
export interface Sent {
  readonly how: string;
  readonly values: readonly unknown[];
}

/**
 * The part of a Matrix client that the call driver uses: a room with state, and a list of what was sent. Methods that are not here
 * fail loudly.
 */
export function createFakeClient(
  options: {
    readonly answer?: unknown;
    readonly joined?: readonly string[];
    /** Answers to sending a scheduled leave; without it, all go well. */
    readonly sendLeave?: () => Promise<void>;
  } = {},
): {
  readonly client: MatrixClient;
  readonly sent: readonly Sent[];
} {
  const sent: Sent[] = [];
  const record =
    <T>(how: string, result: T) =>
    (...values: unknown[]): Promise<T> => {
      sent.push({ how, values });
      return Promise.resolve(result);
    };
  const client = {
    sendEvent: record('event', { event_id: '$e' }),
    sendStateEvent: record('state', { event_id: '$s' }),
    redactEvent: record('redaction', { event_id: '$r' }),
    _unstable_sendStickyEvent: record('sticky', { event_id: '$y' }),
    _unstable_sendDelayedEvent: record('delayed', { delay_id: 'd' }),
    _unstable_sendDelayedStateEvent: record('delayed-state', { delay_id: 'd' }),
    _unstable_sendStickyDelayedEvent: record('delayed-sticky', { delay_id: 'd' }),
    _unstable_cancelScheduledDelayedEvent: record('cancel', {}),
    _unstable_restartScheduledDelayedEvent: record('restart', {}),
    _unstable_sendScheduledDelayedEvent: async (delayId: string) => {
      sent.push({ how: 'leave', values: [delayId] });
      await options.sendLeave?.();
    },
    getRoom: () => ({
      loadMembersIfNeeded: () => Promise.resolve(true),
      getMember: (userId: string) => (options.joined?.includes(userId) === true ? { membership: 'join' } : null),
    }),
    queueToDevice: record('to-device', undefined),
    getCrypto: () => ({
      encryptToDeviceMessages: (type: string, devices: unknown, payload: unknown) =>
        Promise.resolve({ type, devices, payload }),
    }),
    http: { authedRequest: record('request', options.answer) },
  };
  // Only what the driver calls is there: that is the point of the fake.
  return { client: client as unknown as MatrixClient, sent };
}
