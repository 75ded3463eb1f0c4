import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { MEDIA_KEYS_EVENT } from '@palabre/protocol';
import { ClientEvent, type MatrixClient, type MatrixEvent } from 'matrix-js-sdk';
import { guardedClient } from './guarded-client.ts';

const ALICE = '@alice:x';

interface Origin {
  readonly sender: string;
  readonly senderDevice?: string;
}

/** A client that receives and sends to-device messages; `signed` are the devices that their owners signed. */
function setUp(signed: readonly string[] = []) {
  const emitter = new EventEmitter();
  const sent: unknown[] = [];
  const client = Object.assign(emitter, {
    getCrypto: () => ({
      getDeviceVerificationStatus: (userId: string, deviceId: string) =>
        Promise.resolve({ signedByOwner: signed.includes(`${userId} ${deviceId}`) }),
    }),
    encryptAndSendToDevice: (...given: unknown[]) => {
      sent.push(given);
      return Promise.resolve();
    },
  });
  const dropped: string[] = [];
  // The part of a client that the guard looks at.
  const guarded = guardedClient(client as unknown as MatrixClient, {
    onDropped: (reason) => dropped.push(reason),
    onOwnKey: () => undefined,
  });
  const seen: MatrixEvent[] = [];
  const listener = (event: MatrixEvent): void => void seen.push(event);
  // As the session listens: by an event that carries no word about encryption, which js-sdk calls deprecated.
  const heard = guarded as unknown as EventEmitter;
  heard.on('toDeviceEvent', listener);
  return {
    guarded,
    sent,
    dropped,
    seen,
    stop: () => heard.off('toDeviceEvent', listener),
    receive: (origin: Origin | null, claim: unknown = { claimed_device_id: 'A' }, type: string = MEDIA_KEYS_EVENT) =>
      emitter.emit(ClientEvent.ReceivedToDeviceMessage, {
        message: { type, sender: ALICE, content: { keys: { index: 0, key: 'k' }, member: claim } },
        encryptionInfo: origin,
      }),
  };
}

test('a media key from the very device it names reaches the session, until it stops listening', () => {
  const { receive, seen, dropped, stop } = setUp();
  receive({ sender: ALICE, senderDevice: 'A' });
  expect(seen.map((event) => [event.getSender(), event.getType()])).toEqual([[ALICE, MEDIA_KEYS_EVENT]]);
  expect(dropped).toEqual([]);
  stop();
  receive({ sender: ALICE, senderDevice: 'A' });
  expect(seen).toHaveLength(1);
});

test.each<[string, Origin | null, unknown, string]>([
  ['in the clear', null, { claimed_device_id: 'A' }, 'not_encrypted'],
  [
    'for another device of the same user',
    { sender: ALICE, senderDevice: 'EVIL' },
    { claimed_device_id: 'A' },
    'wrong_device',
  ],
  [
    'encrypted by somebody else',
    { sender: '@mallory:x', senderDevice: 'A' },
    { claimed_device_id: 'A' },
    'wrong_device',
  ],
  ['from a device that nobody knows', { sender: ALICE }, { claimed_device_id: 'A' }, 'wrong_device'],
  ['that names no device', { sender: ALICE, senderDevice: 'A' }, {}, 'wrong_device'],
  ['that names nothing', { sender: ALICE, senderDevice: 'A' }, 'A', 'wrong_device'],
])('a media key %s is dropped', (_how, origin, claim, reason) => {
  const { receive, seen, dropped } = setUp();
  receive(origin, claim);
  expect(seen).toEqual([]);
  expect(dropped).toEqual([reason]);
});

test('other messages are not the session’s business', () => {
  const { receive, seen, dropped } = setUp();
  receive({ sender: ALICE, senderDevice: 'A' }, {}, 'm.room_key');
  expect([seen, dropped]).toEqual([[], []]);
});

test('its own key goes to devices that their owners signed', async () => {
  const { guarded, sent } = setUp([`${ALICE} A`]);
  const [good, added] = [
    { userId: ALICE, deviceId: 'A' },
    { userId: ALICE, deviceId: 'ADDED_BY_THE_SERVER' },
  ];
  await guarded.encryptAndSendToDevice(MEDIA_KEYS_EVENT, [good, added], { k: 1 });
  await guarded.encryptAndSendToDevice(MEDIA_KEYS_EVENT, [added], { k: 1 });
  expect(sent).toEqual([[MEDIA_KEYS_EVENT, [good], { k: 1 }]]);
});
