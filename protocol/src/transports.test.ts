import { describe, expect, test } from '@jest/globals';
import { transportAllowed } from './transports.ts';

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
