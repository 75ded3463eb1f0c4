import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '@palabre/protocol';
import type { MatrixClient } from '../appservice/index.ts';
import { createCrossSigning, type IdentitySeeds } from './cross-signing.ts';
import { createPeer } from './rpc.ts';
import { createSealer, createWrappingSealer, newMeetingKey } from './sealing.ts';

const USER = '@palabre-scribe:hs';
type Json = Record<string, unknown>;

/** The key endpoints of a homeserver. */
function createKeyServer() {
  const devices = new Map<string, Json>();
  const uploads: Json[] = [];
  let identity: Json = {};
  const client: MatrixClient = {
    request: (_method, path, options) => {
      const body = options?.body as Json;
      if (path.endsWith('/keys/query')) {
        return Promise.resolve({
          device_keys: { [USER]: Object.fromEntries(devices) },
          ...(identity['master_key'] === undefined ? {} : { master_keys: { [USER]: identity['master_key'] } }),
        });
      }
      if (path.endsWith('/device_signing/upload')) identity = body;
      if (path.endsWith('/signatures/upload')) uploads.push(body);
      return Promise.resolve({});
    },
    close: () => Promise.resolve(),
  };
  return { client, devices, uploads, identity: () => identity };
}

function publicKeyOf(base64: string) {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(base64, 'base64')]);
  return createPublicKey({ key: spki, format: 'der', type: 'spki' });
}

/** Checks a signature as any Matrix client would. */
function isSignedBy(value: Json, key: string): boolean {
  const signatures = value['signatures'] as Record<string, Record<string, string>>;
  const bare = Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== 'signatures' && name !== 'unsigned'),
  );
  const signature = signatures[USER]?.[`ed25519:${key}`];
  return (
    signature !== undefined &&
    verify(null, Buffer.from(canonicalJson(bare)), publicKeyOf(key), Buffer.from(signature, 'base64'))
  );
}

function keyIn(part: unknown): string {
  return Object.values((part as { keys: Record<string, string> }).keys)[0] ?? '';
}

function setUp(server = createKeyServer(), seeds: { saved?: IdentitySeeds } = {}) {
  const signing = createCrossSigning({
    client: server.client,
    userId: USER,
    loadSeeds: () => Promise.resolve(seeds.saved),
    saveSeeds: (next) => {
      seeds.saved = next;
      return Promise.resolve();
    },
  });
  return { server, seeds, signing };
}

const device = (id: string, ed25519 = 'EEE'): Json => ({
  user_id: USER,
  device_id: id,
  algorithms: ['m.olm.v1.curve25519-aes-sha2'],
  keys: { [`ed25519:${id}`]: ed25519, [`curve25519:${id}`]: 'CCC' },
  signatures: { [USER]: { [`ed25519:${id}`]: 'own' } },
  unsigned: { device_display_name: 'x' },
});

describe('cross-signing', () => {
  test('publishes an identity whose parts are signed by its master, once; a successor has the same', async () => {
    const { server, seeds, signing } = setUp();
    await signing.ensure();
    const published = server.identity();
    const master = keyIn(published['master_key']);
    expect(isSignedBy(published['self_signing_key'] as Json, master)).toBe(true);
    expect(isSignedBy(published['user_signing_key'] as Json, master)).toBe(true);
    await setUp(server, seeds).signing.ensure();
    expect(server.identity()).toBe(published);
  });

  test('signs the device of a child with the self-signing key', async () => {
    const { server, signing } = setUp();
    await signing.ensure();
    server.devices.set('DEV', device('DEV'));
    await signing.signDevice('DEV', { ed25519: 'EEE', curve25519: 'CCC' });
    const uploaded = (server.uploads[0]?.[USER] as Record<string, Json>)['DEV'] ?? {};
    expect(isSignedBy(uploaded, keyIn(server.identity()['self_signing_key']))).toBe(true);
  });

  test('does not sign keys that the child does not have, nor a device that is not there', async () => {
    const { server, signing } = setUp();
    await signing.ensure();
    server.devices.set('DEV', device('DEV', 'FORGED'));
    await expect(signing.signDevice('DEV', { ed25519: 'EEE', curve25519: 'CCC' })).rejects.toThrow('other keys');
    await expect(signing.signDevice('GONE', { ed25519: 'EEE', curve25519: 'CCC' })).rejects.toThrow('no keys');
    expect(server.uploads).toEqual([]);
  });
});

describe('sealing', () => {
  test('opens with the same key and context only', () => {
    const sealer = createSealer(newMeetingKey());
    const sealed = sealer.seal(Buffer.from('words'), 'line:1');
    expect(Buffer.from(sealer.open(sealed, 'line:1')).toString()).toBe('words');
    expect(() => sealer.open(sealed, 'line:2')).toThrow();
    expect(() => createSealer(newMeetingKey()).open(sealed, 'line:1')).toThrow();
    expect(Buffer.from(sealed).includes('words')).toBe(false);
  });

  test('the wrapping key follows from the secret', () => {
    const sealed = createWrappingSealer('one').seal(Buffer.from('key'), 'run:1');
    expect(Buffer.from(createWrappingSealer('one').open(sealed, 'run:1')).toString()).toBe('key');
    expect(() => createWrappingSealer('two').open(sealed, 'run:1')).toThrow();
  });
});

describe('calls between processes', () => {
  function channelPair() {
    const handlers: ((message: unknown) => void)[][] = [[], []];
    return [0, 1].map((side) => ({
      send: (message: unknown) => {
        queueMicrotask(() => handlers[1 - side]?.forEach((handle) => handle(structuredClone(message))));
      },
      onMessage: (handler: (message: unknown) => void) => void handlers[side]?.push(handler),
    }));
  }
  type Nothing = Record<string, never>;
  interface Adder {
    add(a: number, b: number): Promise<number>;
    fail(): Promise<void>;
    never(): Promise<void>;
  }

  test('carry arguments, answers, bytes and errors; end when the other side is gone', async () => {
    const [left, right] = channelPair();
    if (left === undefined || right === undefined) throw new Error('two sides');
    const peer = createPeer<Nothing, Adder>(left, {});
    const { remote } = peer;
    createPeer<Adder, Nothing>(right, {
      add: (a, b) => Promise.resolve(a + b),
      fail: () => Promise.reject(new Error('as asked')),
      never: () => new Promise<void>(() => undefined),
    });
    await expect(remote.add(2, 3)).resolves.toBe(5);
    await expect(remote.fail()).rejects.toThrow('as asked');
    const waiting = remote.never();
    peer.close(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(remote.add(1, 1)).rejects.toThrow('gone');
  });
});
