import { BaseKeyProvider, createKeyMaterialFromBuffer } from 'livekit-client';

/**
 * Media keys for each participant, as Element Call sets them: raw bytes through HKDF, 256 slots, 10 ratchet steps. Keys may come
 * before the SFU connection exists; LiveKit's manager reads what is already here when it starts.
 */
export class MediaKeys extends BaseKeyProvider {
  private readonly ownIdentity: string;
  private ownIndex = 0;

  /** @param ownIdentity our LiveKit identity */
  constructor(ownIdentity: string) {
    super({ ratchetWindowSize: 10, keyringSize: 256 });
    this.ownIdentity = ownIdentity;
  }

  /** @param identity the owner's LiveKit identity @param index 0 to 255 @param key 16 bytes */
  async set(identity: string, index: number, key: Uint8Array<ArrayBuffer>): Promise<void> {
    const bytes = key.buffer.slice(key.byteOffset, key.byteOffset + key.byteLength);
    const material = await createKeyMaterialFromBuffer(bytes);
    if (identity === this.ownIdentity) this.ownIndex = index;
    this.onSetEncryptionKey(material, identity, index);
  }

  /**
   * After a reconnect LiveKit makes this index current for every participant. The base class remembers the index of whoever's
   * key came last, with which we could fall back to a key of ours that removed members still hold.
   */
  override getLatestManuallySetKeyIndex(): number {
    return this.ownIndex;
  }
}
