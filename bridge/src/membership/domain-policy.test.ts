import { describe, expect, test } from '@jest/globals';
import { createDomainPolicy } from './domain-policy.ts';

const SFU = { service: 'https://sfu.partner.example/jwt', sfu: 'wss://sfu.partner.example' };

function policy() {
  return createDomainPolicy('x', {
    classes: { partner: { record: false, maxMinutes: 45 }, extern: { lobby: true, captions: false } },
    servers: [
      { match: 'bad.partner.example', class: 'denied', transports: [] },
      { match: '*.partner.example', class: 'partner', transports: [SFU] },
      { match: 'city.example', class: 'extern', transports: [] },
    ],
  });
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

  test('another policy counts at once', () => {
    const rules = policy();
    expect(rules.servers()[1]).toMatchObject({ match: '*.partner.example', transports: [SFU] });
    rules.replace({ classes: {}, servers: [] });
    expect(rules.of('@a:north.partner.example').class).toBe('denied');
    expect(rules.servers()).toEqual([]);
  });
});
