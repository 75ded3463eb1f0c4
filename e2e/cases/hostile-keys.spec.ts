import { MEDIA_KEYS_EVENT } from '@palabre/protocol';
import { writeMembership } from '../fixtures/call-member.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createEncryptedReader } from '../matrix/encrypted-reader.ts';
import { openForgingDevice } from '../matrix/forging-device.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

const FORGED_KEY = 'QUFBQUFBQUFBQUFBQUFBQQ';
const OWN_KEY = 'QkJCQkJCQkJCQkJCQkJCQg';

/** A media key on the wire. */
const mediaKey = (roomId: string, userId: string, deviceId: string, key: string, index: number) => ({
  keys: { index, key },
  member: { claimed_device_id: deviceId, id: `${userId}:${deviceId}` },
  room_id: roomId,
  session: { application: 'm.call', call_id: '', scope: 'm.room' },
  sent_ts: Date.now(),
});

test('media keys sent in the clear or for other devices open and darken nothing, and added devices get none @hostile', async ({
  cast,
  stack,
}) => {
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', { ...quiet, fresh: true });
  const carol = await cast.person('carol');
  const mallory = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, carol, mallory], { encrypted: true });
  const { synapse } = stack.facts.internal;
  const reader = await createEncryptedReader(synapse, carol, room.roomId);
  cast.afterwards(() => reader.close());
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);

  const deviceOf = async (userId: string) => {
    const events = await alice.matrix.callMembers(room.roomId);
    const found = events.find((event) => event.sender === userId)?.content['device_id'];
    return { userId, deviceId: String(found) };
  };
  const { scribe } = bots(stack);
  const [atAlice, atBob, atScribe] = [await deviceOf(alice.userId), await deviceOf(bob.userId), await deviceOf(scribe)];
  const victims = [atAlice, atScribe];
  // What a homeserver can do for its own users: a device that Bob never signed.
  const added = await openForgingDevice(synapse, bob, false);
  const own = await openForgingDevice(synapse, mallory, true);
  cast.afterwards(() => added.close());
  cast.afterwards(() => own.close());
  // Both are in the call by their own memberships.
  for (const [person, { deviceId }] of [
    [bob, added],
    [mallory, own],
  ] as const) {
    await writeMembership(person, room.roomId, `${stack.facts.urls.api}/livekit/jwt`, deviceId);
  }
  await expect(aliceCall.tile(mallory.userId)).toBeVisible();

  for (const index of [0, 1, 2, 3]) {
    for (const claimed of [atBob, atAlice]) {
      const forged = mediaKey(room.roomId, claimed.userId, claimed.deviceId, FORGED_KEY, index);
      for (const device of [added, own]) {
        await device.sendClear(victims, MEDIA_KEYS_EVENT, forged);
        await device.sendEncrypted(victims, MEDIA_KEYS_EVENT, forged);
      }
    }
    const addedOwn = mediaKey(room.roomId, bob.userId, added.deviceId, FORGED_KEY, index);
    await added.sendEncrypted(victims, MEDIA_KEYS_EVENT, addedOwn);
  }
  await test.step('a key in order, sent last, arrives: so the others have been judged', async () => {
    await own.sendEncrypted(victims, MEDIA_KEYS_EVENT, mediaKey(room.roomId, own.userId, own.deviceId, OWN_KEY, 7));
    await expect.poll(() => alice.holdings.keys.map(({ key }) => key.replace(/=+$/, ''))).toContain(OWN_KEY);
  });
  expect(
    alice.holdings.keys.filter(({ key }) => key.startsWith(FORGED_KEY)),
    'forged keys in use',
  ).toEqual([]);
  await test.step('everybody sees and hears as before, the scribe too', async () => {
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    const spoken = await say(bobCall.frame, promptNamed('en-queue-youarenext'));
    await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
    expectWords(await postedTranscript(reader), bob, [spoken], 0.34);
  });
  await test.step('keys went to the signed device and not to the one that was added', async () => {
    await expect.poll(() => own.keysFrom()).toContain(alice.userId);
    expect(added.keysFrom()).toEqual([]);
  });
});
