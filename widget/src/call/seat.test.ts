import { afterEach, expect, jest, test } from '@jest/globals';
import { hashedIdentity } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { takeSeat } from './seat.ts';

const parameters = { userId: '@a:x', deviceId: 'D', baseUrl: 'https://hs' };
const host = (granted: boolean): Host => ({ parameters, has: () => granted }) as unknown as Host;
const deployment = (rtcMembership: 'state' | 'sticky') => ({
  transports: [],
  partners: [],
  sfus: [],
  partnersNeedEncryption: false,
  bots: undefined,
  rtcMembership,
});
const homeserver = (features: unknown) =>
  jest.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json({ unstable_features: features }));
const plain = { announcing: 'state', memberId: '@a:x:D', identity: '@a:x:D' };

afterEach(() => {
  jest.restoreAllMocks();
});

test('without the setting nobody is asked', async () => {
  const asked = homeserver({ 'org.matrix.msc4354': true });
  expect(await takeSeat(host(true), deployment('state'))).toEqual(plain);
  expect(asked).not.toHaveBeenCalled();
});

test('with it, each page has a member id of its own and the identity that the token service gives for it', async () => {
  homeserver({ 'org.matrix.msc4354': true });
  const [one, other] = [
    await takeSeat(host(true), deployment('sticky')),
    await takeSeat(host(true), deployment('sticky')),
  ];
  expect(one.announcing).toBe('sticky');
  expect(one.identity).toBe(hashedIdentity('@a:x', 'D', one.memberId));
  expect(other.memberId).not.toBe(one.memberId);
});

test.each([
  ['the messenger does not grant it', false, { 'org.matrix.msc4354': true }],
  ['the homeserver has it switched off', true, { 'org.matrix.msc4354': false }],
  ['the homeserver says something else', true, undefined],
])('where %s, state events do', async (_why, granted, features) => {
  homeserver(features);
  expect(await takeSeat(host(granted), deployment('sticky'))).toEqual(plain);
});

test('where the homeserver cannot be asked, state events do', async () => {
  jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('network'));
  expect(await takeSeat(host(true), deployment('sticky'))).toEqual(plain);
});
