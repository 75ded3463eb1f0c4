import { ownsCallMemberKey } from '@palabre/protocol';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { takeSeat } from '../fixtures/stolen-seat.ts';
import { expect, test } from '../fixtures/test.ts';
import { askDoor, doorAddress, doorBody, knock, tryGate } from '../matrix/doors.ts';
import type { Answer } from '../matrix/doors.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo } from '../media/looking.ts';
import type { StackFacts } from '../stack/contract.ts';

// What a partner's service can do with OpenID tokens that members' clients handed to it. Each is good for an hour, for every
// room of its owner.

/** Asks as its owner, for a device of the asker's choosing. */
async function askWith(facts: StackFacts, leaked: Record<string, unknown>, device: string): Promise<Answer> {
  return knock(doorAddress(facts, 'sfu/get'), { ...leaked, device_id: device });
}

const urlIn = (answer: Answer) => (JSON.parse(answer.text) as { url: string }).url;

test('a leaked OpenID token is worth no session, a short seat, and no chain of them @hostile', async ({
  cast,
  stack,
}) => {
  const bob = await cast.actor('bob');
  const mallory = await cast.actor('dave');
  const alice = await cast.person('alice');
  const room = await makeRoom(stack, bob, [alice]);
  const [bobCall] = await meet(room, bob);
  await expect(bobCall.tile(bob.userId)).toBeVisible();
  const sfu = createSfuView(stack.facts);
  const ofAlice = async () => (await sfu.participants(room.roomId)).filter((name) => name.startsWith(alice.userId));

  // Her own device is known by her homeserver's word, and its name is public: it is worth no more than a made-up one.
  expect((await askDoor(stack.facts, alice.matrix, room.roomId, 'homeserver')).status).toBe(200);
  const leaked = await doorBody(stack.facts, alice.matrix, room.roomId, 'sfu/get');
  const answers = [];
  for (const device of ['MALLORY1', 'MALLORY2', 'MALLORY3', alice.matrix.account.deviceId]) {
    answers.push(await askWith(stack.facts, leaked, device));
  }
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(Object.keys(JSON.parse(answer.text) as object).sort()).toEqual(['jwt', 'url']);
  }
  const [first, ...fetchedInAdvance] = answers;
  if (first?.jwt === undefined) throw new Error('no token');
  const seat = await takeSeat(mallory, { url: urlIn(first), jwt: first.jwt }, []);
  cast.afterwards(() => seat.close());
  const sinceMs = Date.now();
  await expect.poll(() => seat.packetsReceived(), 'the seat is a real one').toBeGreaterThan(0);
  await expect.poll(ofAlice, { timeout: 30_000 }).toEqual([]);
  expect(Date.now() - sinceMs, 'ms for which the seat was kept').toBeLessThan(25_000);

  const seen = bob.holdings.sockets[0] ?? '';
  for (const { jwt } of [first, ...fetchedInAdvance]) {
    for (const [path, status] of Object.entries(await tryGate(seen, jwt ?? ''))) expect(status, path).toBe(403);
  }
  expect(await askWith(stack.facts, leaked, 'MALLORY4')).toMatchObject({ status: 429, errcode: 'M_LIMIT_EXCEEDED' });
  expect(await ofAlice()).toEqual([]);
  const heard = await seat.packetsReceived();
  await seat.wait(1_000);
  expect(await seat.packetsReceived(), 'packets after the end of the seat').toBe(heard);

  await test.step('its owner comes in by her own homeserver all the same', async () => {
    const own = await askDoor(stack.facts, alice.matrix, room.roomId, 'homeserver');
    expect(own.status).toBe(200);
    expect(Object.values(await tryGate(seen, own.jwt ?? ''))).toEqual([101, 101, 200, 200]);
  });
});

test('a leaked OpenID token takes nobody out of their seat @hostile', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  const membership = (await alice.matrix.callMembers(room.roomId)).find(
    ({ sender, state_key: key }) => sender === alice.userId && ownsCallMemberKey(sender, key ?? ''),
  );
  const device = String(membership?.content['device_id']);
  const sfu = createSfuView(stack.facts);
  const before = [...(await sfu.participants(room.roomId))].sort();
  expect(before).toContain(`${alice.userId}:${device}`);

  const leaked = await doorBody(stack.facts, alice.matrix, room.roomId, 'sfu/get');
  const hashed = await doorBody(stack.facts, alice.matrix, room.roomId, 'get_token');
  const member = { id: `${alice.userId}:${device}`, claimed_user_id: alice.userId, claimed_device_id: device };
  const seen = alice.holdings.sockets[0] ?? '';
  for (const answer of [
    await askWith(stack.facts, leaked, device),
    await knock(doorAddress(stack.facts, 'get_token'), { ...hashed, member }),
  ]) {
    // The gate says no, because only the SFU knows who is there now.
    expect(answer.status).toBe(200);
    for (const [path, status] of Object.entries(await tryGate(seen, answer.jwt ?? ''))) expect(status, path).toBe(403);
  }
  for (let burst = 0; burst < 3; burst += 1) {
    await Promise.all(Array.from({ length: 8 }, (_, index) => askWith(stack.facts, leaked, `BURST${String(index)}`)));
  }
  expect([...(await sfu.participants(room.roomId))].sort()).toEqual(before);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await test.step('a reload of her own lets her in again', async () => {
    await aliceCall.leave();
    await alice.messenger.joinByBanner();
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  });
});
