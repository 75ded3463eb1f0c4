import { deviceTrustQuestionSchema, type DeviceTrustAnswer } from '@palabre/protocol';
import type { MatrixClient } from 'matrix-js-sdk';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { SignedByOwner } from './media-keys.ts';
import { isKnownSigned } from './signed-devices.ts';

type Answered = DeviceTrustAnswer['devices'][number];
type Asked = Pick<Answered, 'user_id' | 'device_id'>;

/** The widget waits ten seconds for the answer about everybody. Whose homeserver is slower is not known as signed, and told later. */
const PATIENCE_MS = 5_000;

/** Tells the widget which devices in the call their owners have confirmed; it has no cryptography of its own to see that by. */
export interface DeviceTrust {
  /** Of people in the room; others are left out. Rejects when the question is none. */
  answer(question: unknown): Promise<DeviceTrustAnswer>;
  close(): void;
}

/** @param options.tell called when an answer given earlier is no longer true */
export function createDeviceTrust(options: {
  readonly client: MatrixClient;
  readonly roomId: string;
  readonly signedByOwner: SignedByOwner;
  readonly tell: (answer: DeviceTrustAnswer) => Promise<unknown>;
}): DeviceTrust {
  const { client, roomId, signedByOwner } = options;
  let answered: readonly Answered[] = [];

  const look = (devices: readonly Asked[]): Promise<readonly Answered[]> =>
    Promise.all(
      devices.map(async ({ user_id, device_id }) => ({
        user_id,
        device_id,
        signed: await isKnownSigned(client, user_id, device_id),
      })),
    );
  /** Has the keys of these people fetched where they are not known, as far as that works. */
  const fetchKeys = async (devices: readonly Asked[]): Promise<void> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    const asking = devices.map(({ user_id, device_id }) => signedByOwner(user_id, device_id));
    await Promise.race([Promise.allSettled(asking), late]);
    clearTimeout(timer);
  };

  const onDevices = async (userIds: readonly string[]): Promise<void> => {
    const before = answered;
    if (!before.some(({ user_id }) => userIds.includes(user_id))) return;
    // Nothing is fetched here: every fetch is such news itself.
    const now = await look(before);
    if (before !== answered || now.every(({ signed }, index) => signed === before[index]?.signed)) return;
    answered = now;
    await options.tell({ devices: [...now] });
  };
  const listener = (userIds: readonly string[]): void => {
    // A widget that is closing answers nothing.
    onDevices(userIds).catch(() => undefined);
  };
  client.on(CryptoEvent.DevicesUpdated, listener);

  return {
    answer: async (question) => {
      const { devices } = deviceTrustQuestionSchema.parse(question);
      const room = client.getRoom(roomId);
      const here = devices.filter(({ user_id }) => room?.getMember(user_id)?.membership === 'join');
      await fetchKeys(here);
      answered = await look(here);
      return { devices: [...answered] };
    },
    close: () => {
      client.off(CryptoEvent.DevicesUpdated, listener);
    },
  };
}
