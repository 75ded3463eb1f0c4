import { MEDIA_KEYS_EVENT } from '@palabre/protocol';
import * as z from 'zod/mini';

/** What the crypto layer knows about how a to-device message was encrypted. */
export interface OlmOrigin {
  readonly sender: string;
  readonly senderDevice?: string | undefined;
}

/** "Is this device signed by its owner's cross-signing identity?" */
export type SignedByOwner = (userId: string, deviceId: string) => Promise<boolean>;

const claimSchema = z.object({ member: z.object({ claimed_device_id: z.string() }) });

/**
 * May a to-device message reach the widget? A homeserver can write plaintext messages in anybody's name, so only Olm-encrypted ones
 * count; media keys, further, only from the device they claim to come from, and only if its owner signed it.
 */
export async function mayFeedToDevice(
  message: { readonly type: string; readonly sender: string; readonly content: unknown },
  origin: OlmOrigin | null,
  signedByOwner: SignedByOwner,
): Promise<boolean> {
  if (origin === null || origin.sender !== message.sender || origin.senderDevice === undefined) return false;
  if (message.type !== MEDIA_KEYS_EVENT) return true;
  const claim = claimSchema.safeParse(message.content);
  if (!claim.success || claim.data.member.claimed_device_id !== origin.senderDevice) return false;
  return signedByOwner(message.sender, origin.senderDevice);
}

export type ContentMap = Readonly<Record<string, Readonly<Record<string, object>>>>;

export interface Delivery {
  readonly payload: object;
  readonly devices: readonly { readonly userId: string; readonly deviceId: string }[];
}

/**
 * Sorts the widget's list into one delivery for each distinct content. Devices that their owner did not sign are left out of
 * media keys: such a device may have been added by the homeserver.
 */
export async function deliveriesOf(
  type: string,
  contentMap: ContentMap,
  signedByOwner: SignedByOwner,
): Promise<readonly Delivery[]> {
  const byContent = new Map<string, { payload: object; devices: { userId: string; deviceId: string }[] }>();
  const all = Object.entries(contentMap).flatMap(([userId, devices]) =>
    Object.entries(devices).map(([deviceId, payload]) => ({ userId, deviceId, payload })),
  );
  const may = await Promise.all(
    all.map(({ userId, deviceId }) =>
      type === MEDIA_KEYS_EVENT ? signedByOwner(userId, deviceId) : Promise.resolve(true),
    ),
  );
  for (const { userId, deviceId, payload } of all.filter((_, index) => may[index])) {
    const text = JSON.stringify(payload);
    const delivery = byContent.get(text) ?? { payload, devices: [] };
    delivery.devices.push({ userId, deviceId });
    byContent.set(text, delivery);
  }
  return [...byContent.values()];
}
