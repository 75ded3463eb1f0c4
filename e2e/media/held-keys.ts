/** A media key as a page's call was given it. */
export interface HeldKey {
  /** LiveKit identity of the person whose media it opens. */
  readonly identity: string;
  readonly index: number;
  /** Base64 of the raw key. */
  readonly key: string;
  /** Wall clock at which it was put to use. */
  readonly atMs: number;
}

declare global {
  interface Window {
    palabreHoldsKey?: (key: HeldKey) => Promise<void>;
  }
}

/**
 * Init script: tells the test every media key that a page puts to use, by watching raw keys being imported and then handed to
 * LiveKit's worker. What a person's browser holds, that person can keep. Self-contained, as it runs in the page.
 */
export function noteMediaKeys(): void {
  // Without a secure context there is no cryptography to watch.
  if (!('SubtleCrypto' in window)) return;
  const raw = new WeakMap<CryptoKey, string>();
  const original = Object.getOwnPropertyDescriptor(SubtleCrypto.prototype, 'importKey');
  const importKey = original?.value as (this: SubtleCrypto, ...args: unknown[]) => Promise<CryptoKey>;
  SubtleCrypto.prototype.importKey = async function (this: SubtleCrypto, ...args: unknown[]) {
    const [format, material] = args;
    const key = await importKey.apply(this, args);
    if (format === 'raw' && (material instanceof ArrayBuffer || ArrayBuffer.isView(material))) {
      const bytes =
        material instanceof ArrayBuffer
          ? new Uint8Array(material)
          : new Uint8Array(material.buffer, material.byteOffset, material.byteLength);
      raw.set(key, btoa(String.fromCharCode(...bytes)));
    }
    return key;
  };
  const post = Object.getOwnPropertyDescriptor(Worker.prototype, 'postMessage');
  const postMessage = post?.value as (this: Worker, ...args: unknown[]) => void;
  Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
    const message = args[0] as {
      kind?: unknown;
      data?: { key?: CryptoKey; participantIdentity?: string; keyIndex?: number };
    };
    const { key, participantIdentity, keyIndex } = message.data ?? {};
    if (message.kind === 'setKey' && key instanceof CryptoKey) {
      void window.palabreHoldsKey?.({
        identity: participantIdentity ?? '',
        index: keyIndex ?? 0,
        key: raw.get(key) ?? '',
        atMs: Date.now(),
      });
    }
    postMessage.apply(this, args);
  };
}
