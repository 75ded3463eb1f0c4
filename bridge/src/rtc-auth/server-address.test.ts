import { describe, expect, test } from '@jest/globals';
import { isPublicAddress, resolveServerName, ServerRefused, theInternet } from './server-address.ts';
import type { Internet } from './server-address.ts';

/** Names that resolve to what a test says; SRV records as given. */
function resolver(
  addresses: Record<string, string[]>,
  srv: Record<string, { name: string; port: number }> = {},
): Internet {
  return {
    ...theInternet,
    addresses: (hostname) => {
      const found = addresses[hostname];
      if (found === undefined) return Promise.reject(new Error('ENOTFOUND'));
      return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    },
    srv: (name) => {
      const found = srv[name];
      return Promise.resolve(found === undefined ? [] : [{ ...found, priority: 10, weight: 1 }]);
    },
  };
}

describe('addresses', () => {
  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'not an address',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('server names that are never asked', () => {
  // Every name resolves to a public address here, so it is the name itself that is refused.
  const everything: Internet = {
    ...theInternet,
    addresses: () => Promise.resolve([{ address: '8.8.8.8', family: 4 }]),
    srv: () => Promise.resolve([]),
  };
  test.each([
    'localhost',
    'localhost:8448',
    'LOCALHOST:80',
    'sub.localhost:1',
    'printer.local:1',
    'db.internal:5432',
    '127.0.0.1',
    '127.0.0.1:8008',
    '127.1:80',
    '2130706433:80',
    '0x7f000001:80',
    '0177.0.0.1:80',
    '[::1]:8448',
    '[::ffff:127.0.0.1]',
    '169.254.169.254:80',
    'example.org:0',
    'example.org:99999',
    'example.org:80/path',
    'user@example.org:80',
    'example.org:80#x',
    'example.org?x:80',
    'ex ample.org:80',
    'example.org\r\nHost: x:80',
    '',
    '-bad.example:80',
    `${'a'.repeat(250)}.example:80`,
  ])('%j', async (name) => {
    await expect(resolveServerName(name, everything)).rejects.toBeInstanceOf(ServerRefused);
  });
});

describe('names that lead to private addresses', () => {
  test.each([
    ['one private address', { 'evil.example': ['10.0.0.1'] }],
    ['a private one among public ones', { 'evil.example': ['8.8.8.8', '127.0.0.1'] }],
    ['loopback written as IPv6', { 'evil.example': ['::ffff:127.0.0.1'] }],
    ['none at all', { 'evil.example': [] }],
    ['a name nobody knows', {}],
  ])('%s', async (_, addresses) => {
    await expect(resolveServerName('evil.example:8448', resolver(addresses))).rejects.toBeInstanceOf(ServerRefused);
  });

  test('by an SRV record', async () => {
    // The name has no address of its own, so there is no well-known to ask for.
    const names = resolver(
      { 'inner.example': ['192.168.0.1'], 'outer.example': ['8.8.8.8'] },
      {
        '_matrix-fed._tcp.evil.example': { name: 'inner.example', port: 80 },
        '_matrix._tcp.good.example': { name: 'outer.example', port: 443 },
      },
    );
    await expect(resolveServerName('evil.example', names)).rejects.toBeInstanceOf(ServerRefused);
    await expect(resolveServerName('good.example', names)).resolves.toMatchObject({
      address: '8.8.8.8',
      port: 443,
      tlsName: 'good.example',
      host: 'good.example',
    });
  });
});

test('a public name with a port is asked at its address, under its own name', async () => {
  await expect(
    resolveServerName('Matrix.Example:8443', resolver({ 'matrix.example': ['2606:4700::1111', '8.8.8.8'] })),
  ).resolves.toEqual({
    address: '8.8.8.8',
    family: 4,
    port: 8443,
    tlsName: 'matrix.example',
    host: 'matrix.example:8443',
  });
});
