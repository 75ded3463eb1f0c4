import { describe, expect, test } from '@jest/globals';
import type { PolicyConfig } from '../operations/index.ts';
import { createDomainPolicy } from './domain-policy.ts';

const SFU = { service: 'https://sfu.partner.example/jwt', sfu: 'wss://sfu.partner.example' };

const PLAIN = { encrypted: false };
const CONFIG: PolicyConfig = {
  classes: { partner: { record: false, maxMinutes: 45 }, extern: { lobby: true, captions: false } },
  servers: [
    { match: 'bad.partner.example', class: 'denied', transports: [] },
    { match: '*.partner.example', class: 'partner', transports: [SFU] },
    { match: 'city.example', class: 'extern', transports: [] },
  ],
};

function policy(change: Partial<PolicyConfig> = {}) {
  return createDomainPolicy('x', { ...CONFIG, ...change });
}

describe('domain policy', () => {
  test.each([
    ['@a:x', 'own', undefined],
    ['@a:north.partner.example', 'partner', '*.partner.example'],
    ['@a:bad.partner.example', 'denied', 'bad.partner.example'],
    ['@a:city.example', 'extern', 'city.example'],
    ['@a:unknown.example', 'denied', undefined],
    ['@a:x.evil.example', 'denied', undefined],
    ['nobody', 'denied', undefined],
  ])('%s is %s', (userId, name, match) => {
    expect(policy().of(userId)).toMatchObject({ class: name, match });
  });

  test('scribes of others are those that the administrator names, and may publish nothing', () => {
    const scribes = ['@palabre-scribe:north.partner.example', '@palabre-scribe:bad.partner.example'];
    const rules = policy({
      servers: CONFIG.servers.map((server) => (server.class === 'partner' ? { ...server, scribes } : server)),
    });
    expect(rules.isScribe('@palabre-scribe:north.partner.example')).toBe(true);
    expect(rules.of('@palabre-scribe:north.partner.example')).toMatchObject({ rules: { enter: true, publish: [] } });
    expect(rules.of('@alice:north.partner.example').rules.publish).toContain('microphone');
    // Of the same name elsewhere, of a server that is denied, and of one that names none.
    for (const other of ['south.partner.example', 'bad.partner.example', 'city.example', 'x'])
      expect(rules.isScribe(`@palabre-scribe:${other}`)).toBe(false);
    rules.replace(CONFIG);
    expect(rules.isScribe('@palabre-scribe:north.partner.example')).toBe(false);
  });

  test('classes change their defaults key by key; who is denied may nothing', () => {
    const rules = policy();
    expect(rules.of('@a:north.partner.example').rules).toEqual({
      enter: true,
      publish: ['microphone', 'camera', 'screen'],
      record: false,
      captions: true,
      lobby: false,
      maxMinutes: 45,
    });
    expect(rules.of('@a:city.example').rules).toEqual({
      enter: true,
      publish: ['microphone', 'camera'],
      record: false,
      captions: false,
      lobby: true,
      maxMinutes: undefined,
    });
    expect(rules.of('@a:unknown.example').rules).toEqual({
      enter: false,
      publish: [],
      record: false,
      captions: false,
      lobby: false,
    });
  });

  test('who may not enter is not visited on their SFUs, and still matched first', () => {
    const places = (name: 'partner' | 'denied', enter: boolean) =>
      createDomainPolicy('x', {
        classes: { partner: { enter } },
        servers: [{ match: 'p.example', class: name, transports: [SFU] }],
      }).servers();
    expect(places('partner', true)[0]?.transports).toEqual([SFU]);
    expect(places('partner', false)).toMatchObject([{ match: 'p.example', transports: [] }]);
    expect(places('denied', true)).toMatchObject([{ match: 'p.example', transports: [] }]);
  });

  test('servers whose people have a lobby or a time limit are marked', () => {
    expect(policy().servers()).toMatchObject([{ guarded: false }, { guarded: true }, { guarded: true }]);
    expect(policy({ classes: {} }).servers()).toMatchObject([
      { guarded: false },
      { guarded: false },
      { guarded: false },
    ]);
  });

  test('another policy counts at once', () => {
    const rules = policy();
    expect(rules.serversFor(PLAIN)[1]).toMatchObject({ match: '*.partner.example', transports: [SFU] });
    rules.replace({ classes: {}, servers: [] });
    expect(rules.of('@a:north.partner.example').class).toBe('denied');
    expect(rules.serversFor(PLAIN)).toEqual([]);
  });

  test('where encryption is demanded across SFUs, those with an SFU of their own are in encrypted rooms only', () => {
    const rules = policy({ encryptionAcrossSfus: 'required' });
    expect(rules.of('@a:north.partner.example')).toMatchObject({ encryptedRoomsOnly: true, rules: { enter: true } });
    for (const userId of ['@a:x', '@a:city.example', '@a:bad.partner.example'])
      expect(rules.of(userId).encryptedRoomsOnly).toBe(false);
    expect(rules.serversFor(PLAIN).flatMap(({ transports }) => transports)).toEqual([]);
    expect(rules.serversFor(PLAIN).map(({ match }) => match)).toEqual(CONFIG.servers.map(({ match }) => match));
    expect(rules.serversFor({ encrypted: true })).toMatchObject(CONFIG.servers);
    expect(policy().of('@a:north.partner.example').encryptedRoomsOnly).toBe(false);
  });
});
