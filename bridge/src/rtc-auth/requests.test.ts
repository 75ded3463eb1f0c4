import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PalabreError } from '@palabre/protocol';
import { parseFederationDoor, parseGetToken, parseHomeserverDoor, parseSfuGet } from './requests.ts';

const openid_token = { access_token: 'token', token_type: 'Bearer', matrix_server_name: 'x', expires_in: 3600 };
const sfuGet = { room: '!room:x', openid_token, device_id: 'DEVICE' };
const getToken = {
  room_id: '!room:x',
  slot_id: 'm.call#ROOM',
  openid_token,
  member: { id: 'member', claimed_user_id: '@a:x', claimed_device_id: 'DEVICE' },
};

function codeOf(what: () => unknown): string | undefined {
  try {
    what();
    return undefined;
  } catch (error) {
    if (!(error instanceof PalabreError)) throw error;
    return error.code;
  }
}

describe('/sfu/get', () => {
  test('takes what Element Call sends', () => {
    expect(parseSfuGet(sfuGet)).toEqual({
      roomId: '!room:x',
      deviceId: 'DEVICE',
      openId: { accessToken: 'token', serverName: 'x' },
    });
  });

  test.each([
    ['an unknown field', { ...sfuGet, more: 1 }, 'M_NOT_JSON'],
    ['an unknown field of the OpenID token', { ...sfuGet, openid_token: { ...openid_token, x: 1 } }, 'M_NOT_JSON'],
    ['a wrong type', { ...sfuGet, room: 7 }, 'M_NOT_JSON'],
    ['a list', [], 'M_NOT_JSON'],
    ['no room', { ...sfuGet, room: undefined }, 'M_BAD_JSON'],
    ['an empty room', { ...sfuGet, room: '' }, 'M_BAD_JSON'],
    ['an alias for a room', { ...sfuGet, room: '#a:x' }, 'M_BAD_JSON'],
    ['no OpenID token', { ...sfuGet, openid_token: undefined }, 'M_BAD_JSON'],
    ['an OpenID token without server', { ...sfuGet, openid_token: { access_token: 'x' } }, 'M_BAD_JSON'],
    ['no device', { room: '!room:x', openid_token }, 'M_BAD_JSON'],
    ['a device that could be part of another name', { ...sfuGet, device_id: 'A:B' }, 'M_BAD_JSON'],
    // Element Call asks again without these after this very code (matrixrtc.md 1.4).
    ['delegation', { ...sfuGet, delay_id: 'd', delay_timeout: 1000, delay_cs_api_url: 'https://x' }, 'M_BAD_JSON'],
    ['part of a delegation', { ...sfuGet, delay_timeout: 1000 }, 'M_BAD_JSON'],
  ])('refuses %s', (_, body, code) => {
    expect(codeOf(() => parseSfuGet(body))).toBe(code);
  });
});

describe('/get_token', () => {
  test('takes what Element Call sends, member ids of compatibility mode included', () => {
    expect(parseGetToken(getToken)).toMatchObject({ slotId: 'm.call#ROOM', memberId: 'member', claimedUserId: '@a:x' });
    const member = { ...getToken.member, id: '@a:x:DEVICE' };
    expect(parseGetToken({ ...getToken, member })).toMatchObject({ memberId: '@a:x:DEVICE' });
  });

  test.each([
    ['an unknown field of the member', { ...getToken, member: { ...getToken.member, x: 1 } }, 'M_NOT_JSON'],
    ['no slot', { ...getToken, slot_id: undefined }, 'M_BAD_JSON'],
    ['an endless slot', { ...getToken, slot_id: 's'.repeat(256) }, 'M_BAD_JSON'],
    ['a slot that no database takes', { ...getToken, slot_id: 'm.call#\0' }, 'M_BAD_JSON'],
    ['no member', { ...getToken, member: undefined }, 'M_BAD_JSON'],
    ['a member without device', { ...getToken, member: { id: 'm', claimed_user_id: '@a:x' } }, 'M_BAD_JSON'],
    ['delegation', { ...getToken, delay_id: 'd' }, 'M_BAD_JSON'],
  ])('refuses %s', (_, body, code) => {
    expect(codeOf(() => parseGetToken(body))).toBe(code);
  });
});

describe('the doors of the homeserver', () => {
  const door = { url: 'wss://sfu', room_id: '!room:x', slot_id: 'm.call#ROOM' };

  test('both forms of the member are read, and later fields are let be', () => {
    expect(
      parseHomeserverDoor({ ...door, member: { id: 'm', claimed_device_id: 'D', claimed_user_id: '@a:x' }, new: 1 }),
    ).toMatchObject({
      member: { memberId: 'm', deviceId: 'D' },
    });
    expect(parseHomeserverDoor({ ...door, member_id: 'm', server_name: 'partner' })).toMatchObject({
      member: { memberId: 'm', deviceId: undefined },
      serverName: 'partner',
    });
    expect(parseFederationDoor({ ...door, member_id: 'm', user_id: '@a:partner' })).toMatchObject({
      userId: '@a:partner',
    });
  });

  test('refuses what is missing', () => {
    expect(codeOf(() => parseHomeserverDoor(door))).toBe('M_BAD_JSON');
    expect(codeOf(() => parseHomeserverDoor({ ...door, member: { id: 'm' } }))).toBe('M_BAD_JSON');
    expect(codeOf(() => parseFederationDoor({ ...door, member_id: 'm' }))).toBe('M_BAD_JSON');
    expect(codeOf(() => parseFederationDoor({ ...door, member_id: 'm', user_id: '@a\0:x' }))).toBe('M_BAD_JSON');
  });
});

test('whatever comes, every parser gives a value or a Matrix error', () => {
  fc.assert(
    fc.property(fc.anything(), (body) => {
      for (const parse of [parseSfuGet, parseGetToken, parseHomeserverDoor, parseFederationDoor]) {
        const code = codeOf(() => parse(body));
        expect([undefined, 'M_NOT_JSON', 'M_BAD_JSON']).toContain(code);
      }
    }),
    { numRuns: 50 },
  );
});
