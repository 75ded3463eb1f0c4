import { createPrivateKey, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '@palabre/protocol';
import type { MatrixClient } from '../appservice/index.ts';

/**
 * The scribe's cross-signing identity. The supervisor alone holds its private keys and signs the device of each child: a child
 * that is taken over cannot vouch for another device.
 */
export interface CrossSigning {
  /** Publishes the identity if the homeserver does not have it yet. */
  ensure(): Promise<void>;
  /**
   * Signs a child's device.
   * @param keys the device's keys as the child itself told them: a homeserver that shows others gets no signature
   */
  signDevice(deviceId: string, keys: { readonly ed25519: string; readonly curve25519: string }): Promise<void>;
}

/** Seeds of the three keys, 32 bytes each, base64. */
export const identitySeedsSchema = z.object({ master: z.string(), selfSigning: z.string(), userSigning: z.string() });
export type IdentitySeeds = z.infer<typeof identitySeedsSchema>;

export interface CrossSigningDeps {
  readonly client: MatrixClient;
  readonly userId: string;
  readonly loadSeeds: () => Promise<IdentitySeeds | undefined>;
  /** Must have stored them durably when it resolves. */
  readonly saveSeeds: (seeds: IdentitySeeds) => Promise<void>;
}

interface SigningKey {
  readonly privateKey: KeyObject;
  /** Unpadded base64, as Matrix writes public keys. */
  readonly publicKey: string;
}

/** PKCS#8 prefix of an Ed25519 private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function keyOf(seed: string): SigningKey {
  const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(seed, 'base64')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: unpadded(spki.subarray(-32)) };
}

/** Adds a signature to an object as the specification says: over everything but `signatures` and `unsigned`. */
function signed<T extends Record<string, unknown>>(value: T, userId: string, key: SigningKey): T {
  const bare = Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== 'signatures' && name !== 'unsigned'),
  );
  const signature = unpadded(sign(null, Buffer.from(canonicalJson(bare)), key.privateKey));
  return { ...value, signatures: { [userId]: { [`ed25519:${key.publicKey}`]: signature } } };
}

const deviceKeysSchema = z.looseObject({
  user_id: z.string(),
  device_id: z.string(),
  keys: z.record(z.string(), z.string()),
});
const keysQuerySchema = z.object({
  device_keys: z.record(z.string(), z.record(z.string(), deviceKeysSchema)),
  master_keys: z.record(z.string(), z.object({ keys: z.record(z.string(), z.string()) })).optional(),
});

function newSeeds(): IdentitySeeds {
  const seed = (): string => randomBytes(32).toString('base64');
  return { master: seed(), selfSigning: seed(), userSigning: seed() };
}

export function createCrossSigning(deps: CrossSigningDeps): CrossSigning {
  const { client, userId } = deps;
  let keys: Promise<Record<keyof IdentitySeeds, SigningKey>> | undefined;

  const load = async (): Promise<Record<keyof IdentitySeeds, SigningKey>> => {
    let seeds = await deps.loadSeeds();
    if (seeds === undefined) {
      seeds = newSeeds();
      // Stored before it is used: an identity whose keys are lost cannot sign any further device.
      await deps.saveSeeds(seeds);
    }
    return {
      master: keyOf(seeds.master),
      selfSigning: keyOf(seeds.selfSigning),
      userSigning: keyOf(seeds.userSigning),
    };
  };

  /** A failure is not remembered: the next device may find the database well again. */
  const loaded = (): Promise<Record<keyof IdentitySeeds, SigningKey>> => {
    keys ??= load().catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    return keys;
  };

  const query = async () =>
    keysQuerySchema.parse(
      await client.request('POST', '/_matrix/client/v3/keys/query', {
        asUser: userId,
        body: { device_keys: { [userId]: [] } },
        retries: 3,
      }),
    );

  const publicPart = (usage: string, key: SigningKey) => ({
    user_id: userId,
    usage: [usage],
    keys: { [`ed25519:${key.publicKey}`]: key.publicKey },
  });

  return {
    ensure: async () => {
      const { master, selfSigning, userSigning } = await loaded();
      const known = (await query()).master_keys?.[userId]?.keys;
      if (known !== undefined && Object.hasOwn(known, `ed25519:${master.publicKey}`)) return;
      // The application service's token may replace cross-signing keys without interactive authentication.
      await client.request('POST', '/_matrix/client/v3/keys/device_signing/upload', {
        asUser: userId,
        retries: 3,
        body: {
          master_key: publicPart('master', master),
          self_signing_key: signed(publicPart('self_signing', selfSigning), userId, master),
          user_signing_key: signed(publicPart('user_signing', userSigning), userId, master),
        },
      });
    },
    signDevice: async (deviceId, told) => {
      const { selfSigning } = await loaded();
      const device = (await query()).device_keys[userId]?.[deviceId];
      if (device === undefined) throw new Error('the device has no keys on the homeserver');
      if (
        device.user_id !== userId ||
        device.device_id !== deviceId ||
        device.keys[`ed25519:${deviceId}`] !== told.ed25519 ||
        device.keys[`curve25519:${deviceId}`] !== told.curve25519
      ) {
        throw new Error('the homeserver shows other keys than the device has');
      }
      const bare = Object.fromEntries(Object.entries(device).filter(([name]) => name !== 'unsigned'));
      await client.request('POST', '/_matrix/client/v3/keys/signatures/upload', {
        asUser: userId,
        retries: 3,
        body: { [userId]: { [deviceId]: signed(bare, userId, selfSigning) } },
      });
    },
  };
}
