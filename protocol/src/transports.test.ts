import { describe, expect, test } from '@jest/globals';
import { judgeTransport, operatorOf, transportAllowed } from './transports.ts';

const policy = {
  own: ['https://call.example/livekit/jwt'],
  partners: [
    { match: 'partner.example', transports: ['https://sfu.partner.example/jwt/'] },
    { match: '*.city.example', transports: ['https://sfu.city.example/jwt'] },
  ],
};

describe('transportAllowed', () => {
  test('our own service is allowed for everybody, with or without a closing slash', () => {
    expect(transportAllowed(policy, '@a:example', 'https://call.example/livekit/jwt')).toBe(true);
    expect(transportAllowed(policy, '@b:partner.example', 'https://call.example/livekit/jwt/')).toBe(true);
  });

  test("a partner's service is allowed for that partner's members only", () => {
    expect(transportAllowed(policy, '@b:partner.example', 'https://sfu.partner.example/jwt')).toBe(true);
    expect(transportAllowed(policy, '@a:example', 'https://sfu.partner.example/jwt')).toBe(false);
  });

  test('a pattern stands for its subdomains', () => {
    const url = 'https://sfu.city.example/jwt';
    expect(transportAllowed(policy, '@c:paris.city.example', url)).toBe(true);
    expect(transportAllowed(policy, '@c:city.example', url)).toBe(false);
    expect(transportAllowed(policy, '@c:notcity.example', url)).toBe(false);
  });

  test.each([
    ['more than an address', 'https://call.example/livekit/jwt?x'],
    ['a fragment', 'https://call.example/livekit/jwt#x'],
    ['another host', 'https://evil.example/livekit/jwt'],
    ['credentials in the address', 'https://call.example@evil.example/livekit/jwt'],
    ['our host with credentials', 'https://user:pw@call.example/livekit/jwt'],
    ['another scheme', 'ftp://call.example/livekit/jwt'],
    ['another port', 'https://call.example:8443/livekit/jwt'],
    ['not a URL', 'livekit'],
    ['an inherited property name', 'constructor'],
  ])('refuses %s', (_, url) => {
    expect(transportAllowed(policy, '@a:example', url)).toBe(false);
    expect(transportAllowed(policy, '@a:constructor', url)).toBe(false);
  });
});

describe('a call that would have to be encrypted', () => {
  const closed = { ...policy, partnersClosed: true };

  test("partners' services wait for encryption, our own does not, and what is refused stays so", () => {
    expect(judgeTransport(closed, '@b:partner.example', 'https://sfu.partner.example/jwt')).toBe('needs_encryption');
    expect(judgeTransport(closed, '@b:partner.example', 'https://call.example/livekit/jwt')).toBe('allowed');
    expect(judgeTransport(closed, '@a:example', 'https://sfu.partner.example/jwt')).toBe('refused');
    expect(judgeTransport(policy, '@b:partner.example', 'https://sfu.partner.example/jwt')).toBe('allowed');
  });

  test('nothing is reached that is not called allowed', () => {
    expect(transportAllowed(closed, '@b:partner.example', 'https://sfu.partner.example/jwt')).toBe(false);
  });
});

describe('operatorOf', () => {
  test.each([
    ['https://call.example/livekit/jwt', undefined],
    ['https://sfu.partner.example/jwt', 'partner.example'],
    ['https://sfu.city.example/jwt/', 'sfu.city.example'],
    ['nonsense', undefined],
  ])('%s is run by %s', (url, operator) => {
    expect(operatorOf(policy, url)).toBe(operator);
  });

  test("a partner whose people publish on another partner's SFU does not run it", () => {
    const transports = ['https://matrix.north.example/jwt'];
    const town = { match: 'town.example', transports };
    const north = { match: 'north.example', transports };
    const [transport = ''] = transports;
    expect(operatorOf({ own: [], partners: [town, north] }, transport)).toBe('north.example');
    expect(operatorOf({ own: [], partners: [town] }, transport)).toBe('town.example');
    expect(operatorOf({ own: [], partners: [town, { match: 'b.example', transports }] }, transport)).toBe(
      'matrix.north.example',
    );
  });

  test("an organisation that publishes on a partner's SFU is told whose it is", () => {
    const [transport = ''] = policy.partners[0]?.transports ?? [];
    expect(operatorOf({ ...policy, own: [transport] }, transport)).toBe('partner.example');
  });
});
