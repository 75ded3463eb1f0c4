import { ClientEvent, MatrixEvent, type MatrixClient } from 'matrix-js-sdk';
import { MEDIA_KEYS_EVENT } from '@palabre/protocol';

type Handler = (...args: unknown[]) => void;

/** What the RTC session listens to; it carries no word about encryption. */
const KEY_EVENT = 'toDeviceEvent';

export interface KeyGuard {
  readonly onDropped: (reason: 'not_encrypted' | 'wrong_device') => void;
  /** The session sends the scribe's newest key. */
  readonly onOwnKey: (content: Readonly<Record<string, unknown>>) => void;
}

function claimedDevice(content: unknown): string | undefined {
  if (typeof content !== 'object' || content === null || !('member' in content)) return undefined;
  const member: unknown = content.member;
  if (typeof member !== 'object' || member === null || !('claimed_device_id' in member)) return undefined;
  return typeof member.claimed_device_id === 'string' ? member.claimed_device_id : undefined;
}

/**
 * matrix-js-sdk 43 accepts media keys that were sent in the clear and does not compare the claimed device with the Olm sender,
 * so a hostile homeserver could put words into somebody's mouth. This client, given to the RTC session in place of the real
 * one, lets a key through only if Olm says that it comes from the device it names, and sends the scribe's own key to
 * cross-signed devices only.
 */
export function guardedClient(client: MatrixClient, guard: KeyGuard): MatrixClient {
  const wrapped = new Map<Handler, Handler>();

  const wrap = (handler: Handler): Handler => {
    const guardedHandler: Handler = (payload) => {
      // Payload of ReceivedToDeviceMessage: { message, encryptionInfo | null }.
      const { message, encryptionInfo } = payload as {
        message: { type: string; sender: string; content: Record<string, unknown> };
        encryptionInfo: { sender: string; senderDevice?: string } | null;
      };
      if (message.type !== (MEDIA_KEYS_EVENT as string)) return;
      if (encryptionInfo === null) {
        guard.onDropped('not_encrypted');
        return;
      }
      const { sender, senderDevice } = encryptionInfo;
      if (sender !== message.sender || senderDevice === undefined || senderDevice !== claimedDevice(message.content)) {
        guard.onDropped('wrong_device');
        return;
      }
      handler(new MatrixEvent({ type: message.type, sender: message.sender, content: message.content }));
    };
    wrapped.set(handler, guardedHandler);
    return guardedHandler;
  };

  const sendToSigned: MatrixClient['encryptAndSendToDevice'] = async (eventType, devices, payload) => {
    const crypto = client.getCrypto();
    if (crypto === undefined) throw new Error('no crypto');
    if (eventType === (MEDIA_KEYS_EVENT as string)) guard.onOwnKey(payload);
    const signed = await Promise.all(
      devices.map(async (device) => {
        const status = await crypto.getDeviceVerificationStatus(device.userId, device.deviceId);
        return status?.signedByOwner === true;
      }),
    );
    const trusted = devices.filter((_, index) => signed[index]);
    if (trusted.length > 0) await client.encryptAndSendToDevice(eventType, trusted, payload);
  };

  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'encryptAndSendToDevice') return sendToSigned;
      if (name === 'on' || name === 'off') {
        const register = target[name].bind(target) as (event: string, handler: Handler) => MatrixClient;
        return (event: string, handler: Handler) => {
          if (event !== KEY_EVENT) return register(event, handler);
          const guarded = name === 'on' ? wrap(handler) : (wrapped.get(handler) ?? handler);
          return register(ClientEvent.ReceivedToDeviceMessage, guarded);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
