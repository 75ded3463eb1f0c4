import { describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, MEDIA_KEYS_EVENT, SESSION_FIELD, TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import { MatrixError } from 'matrix-js-sdk';
import { callCapabilities } from './capabilities.ts';
import { CallWidgetDriver } from './driver.ts';
import { createFakeClient } from './fake-client.ts';
import { createPresence } from './presence.ts';
import { createResultMessages } from './result-messages.ts';

const ROOM = '!room';
const alice = '@alice:home.example';

function setUp(answer?: unknown) {
  const { client, sent } = createFakeClient({ answer, joined: [alice] });
  const approvals: ReadonlySet<string>[] = [];
  const driver = new CallWidgetDriver({
    client,
    roomId: ROOM,
    capabilities: callCapabilities(ROOM, alice, 'DEV', '@palabre-scribe:home.example'),
    signedByOwner: (_userId, deviceId) => Promise.resolve(deviceId !== 'UNSIGNED'),
    transports: { get: () => Promise.resolve([{ type: 'livekit' }]) },
    presence: createPresence(client, ROOM),
    messages: createResultMessages(
      { watcherUserId: '@palabre:home.example', scribeUserId: '@palabre-scribe:home.example' },
      () => false,
    ),
    onApproved: (approved) => approvals.push(approved),
    statePushed: () => Promise.resolve(),
  });
  return { driver, sent, approvals };
}

describe('the driver of the call widget', () => {
  test('grants what a call needs in its room, and nothing that is asked beyond', async () => {
    const { driver, approvals } = setUp();
    const asked = new Set([
      `org.matrix.msc2762.timeline:${ROOM}`,
      'org.matrix.msc2762.timeline:!other',
      'org.matrix.msc2762.timeline:*',
      'org.matrix.msc2762.send.event:m.room.message',
      'org.matrix.msc2762.send.state_event:m.room.power_levels',
      'org.matrix.msc4533.rtc_livekit_get_token',
    ]);
    const granted = await driver.validateCapabilities(asked);
    expect([...granted]).toEqual([`org.matrix.msc2762.timeline:${ROOM}`, 'org.matrix.msc4533.rtc_livekit_get_token']);
    expect(approvals).toEqual([granted]);
  });

  test('sends state, messages and redactions each by its own way', async () => {
    const { driver, sent } = setUp();
    await driver.sendEvent(CALL_MEMBER_EVENT, { a: 1 }, 'key', ROOM);
    await driver.sendEvent('m.reaction', { b: 2 }, null, ROOM);
    await driver.sendEvent('m.room.redaction', { redacts: '$x' }, null, null);
    expect(sent.map((each) => each.how)).toEqual(['state', 'event', 'redaction']);
    expect(sent[0]?.values).toEqual([ROOM, CALL_MEMBER_EVENT, { a: 1 }, 'key']);
  });

  test('invites whom it may, and does nothing else to memberships', async () => {
    const { driver, sent } = setUp();
    const scribe = '@palabre-scribe:home.example';
    await driver.sendEvent('m.room.member', { membership: 'invite', displayname: 'x' }, scribe, ROOM);
    expect(sent[0]?.values).toEqual([ROOM, 'm.room.member', { membership: 'invite' }, scribe]);
    await expect(driver.sendEvent('m.room.member', { membership: 'ban' }, scribe, ROOM)).rejects.toThrow(
      'nothing else',
    );
    expect(sent).toHaveLength(1);
  });

  test('of messages, sends corrections of transcripts in their thread, and nothing else', async () => {
    const { driver, sent } = setUp();
    const correction = { transcript_event_id: '$t', line_id: '1', what: 'text', text: 'better' };
    const relation = { rel_type: 'm.thread', event_id: '$root' };
    const content = {
      msgtype: 'm.notice',
      body: 'words',
      [TRANSCRIPT_CORRECTION]: correction,
      'm.relates_to': relation,
    };
    await driver.sendEvent('m.room.message', { ...content, formatted_body: '<b>more</b>' }, null, ROOM);
    expect(sent[0]?.values).toEqual([
      ROOM,
      '$root',
      'm.room.message',
      { msgtype: 'm.notice', body: 'words', 'm.mentions': {}, [TRANSCRIPT_CORRECTION]: correction },
    ]);
    await expect(driver.sendEvent('m.room.message', { msgtype: 'm.notice', body: 'hi' }, null, ROOM)).rejects.toThrow();
    await expect(driver.sendDelayedEvent(1_000, 'm.room.message', content, null, ROOM)).rejects.toThrow('no such');
    await expect(driver.sendStickyEvent(1_000, 'm.room.message', content, ROOM)).rejects.toThrow('no such');
    expect(sent).toHaveLength(1);
  });

  test('fetches no file that no result of the room names', async () => {
    const { driver } = setUp();
    await expect(driver.downloadFile('mxc://home.example/other')).rejects.toThrow('names that file');
  });

  test('delayed and sticky events keep their times', async () => {
    const { driver, sent } = setUp();
    expect(await driver.sendDelayedEvent(18_000, CALL_MEMBER_EVENT, {}, 'key', ROOM)).toEqual({
      roomId: ROOM,
      delayId: 'd',
    });
    await driver.sendStickyEvent(3_600_000, 'org.matrix.msc4143.rtc.member', {}, ROOM);
    await driver.sendDelayedStickyEvent(18_000, 3_600_000, 'org.matrix.msc4143.rtc.member', {}, ROOM);
    expect(sent.map((each) => each.values.slice(1, 3))).toEqual([
      [{ delay: 18_000 }, CALL_MEMBER_EVENT],
      [3_600_000, null],
      [3_600_000, { delay: 18_000 }],
    ]);
  });

  test('never leaves its room', async () => {
    const { driver, sent } = setUp();
    await expect(driver.sendEvent('m.reaction', {}, null, '!other')).rejects.toThrow('confined');
    await expect(driver.readRoomState('!other', 'm.room.member', undefined)).rejects.toThrow('confined');
    await expect(
      driver.getRtcLivekitToken({
        server_name: 'x',
        url: 'ws://x',
        room_id: '!other',
        slot_id: 's',
        member: { id: 'm' },
      }),
    ).rejects.toThrow('confined');
    expect(sent).toEqual([]);
    expect(driver.getKnownRooms()).toEqual([ROOM]);
  });

  test('media keys go out encrypted and to signed devices only', async () => {
    const { driver, sent } = setUp();
    await driver.sendToDevice(MEDIA_KEYS_EVENT, true, { [alice]: { A: { key: 1 }, UNSIGNED: { key: 1 } } });
    expect(sent).toEqual([
      {
        how: 'to-device',
        values: [{ type: MEDIA_KEYS_EVENT, devices: [{ userId: alice, deviceId: 'A' }], payload: { key: 1 } }],
      },
    ]);
    await expect(driver.sendToDevice(MEDIA_KEYS_EVENT, false, { [alice]: { A: {} } })).rejects.toThrow('encrypted');
    expect(sent).toHaveLength(1);
  });

  test('nothing goes to the devices of people who are not in the room', async () => {
    const { driver, sent } = setUp();
    await driver.sendToDevice(MEDIA_KEYS_EVENT, true, { '@mallory:home.example': { A: { key: 1 } } });
    expect(sent).toEqual([]);
  });

  test('passes the whole answer of the token endpoint on, the bridge’s session included', async () => {
    const answer = { jwt: 'j', url: 'ws://sfu', [SESSION_FIELD]: { token: 't', expires_in_ms: 1 } };
    const { driver, sent } = setUp(answer);
    const data = { server_name: 'home.example', url: 'ws://x', room_id: ROOM, slot_id: 's', member: { id: 'm' } };
    expect(await driver.getRtcLivekitToken(data)).toEqual(answer);
    expect(sent[0]?.values.slice(0, 4)).toEqual(['POST', '/rtc/livekit/get_token', undefined, data]);
  });

  test('the homeserver’s own refusal reaches the widget', () => {
    const { driver } = setUp();
    const refusal = new MatrixError({ errcode: 'M_UNRECOGNIZED', error: 'no' }, 404, 'http://x');
    expect(driver.processError(refusal)?.matrix_api_error).toMatchObject({
      http_status: 404,
      response: { errcode: 'M_UNRECOGNIZED' },
    });
    expect(driver.processError(new Error('other'))).toBeUndefined();
  });
});
