import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { trap } from '../fixtures/trap.ts';
import { askDoor, doorAddress, doorBody, DOORS, knock, openSocket } from '../matrix/doors.ts';
import type { DoorName, OpenedSocket } from '../matrix/doors.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

test('memberships written under the keys of others take nobody out of the call or the transcript @hostile', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const carol = await cast.actor('carol', { media: { toneAtStart: false } });
  const mallory = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, carol, mallory]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  await startWork(stack, room.roomId, 'transcription', aliceCall, [aliceCall, bobCall]);

  const before = await alice.matrix.callMembers(room.roomId);
  for (const { state_key: key } of before) {
    // The homeserver lets anybody write keys that begin with an underscore.
    if (key?.startsWith('_') === true) await mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, key, {});
  }
  const spoken = await say(aliceCall.frame, promptNamed('en-queue-youarenext'));
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  await test.step('they are announced anew: whoever joins after that finds everybody', async () => {
    for (const { userId } of [alice, bob]) {
      const key = before.find(({ sender }) => sender === userId)?.state_key;
      await expect
        .poll(
          async () =>
            (await alice.matrix.callMembers(room.roomId)).find(({ state_key: other }) => other === key)?.sender,
          // It may be held back, so that whoever writes over it again and again costs little.
          { timeout: 60_000, message: 'who wrote the membership' },
        )
        .toBe(userId);
    }
    await carol.messenger.openRoom(room.name);
    const carolCall = await carol.messenger.joinByBanner();
    await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour);
    await expectMovingVideo(carolCall.video(bob.userId), bob.media.colour);
  });
  await stopWork('transcription', aliceCall, [aliceCall, bobCall]);
  const transcript = await postedTranscript(reader);
  expectWords(transcript, alice, [spoken], 0.34);
});

test('a token proves one name at one server only, and unknown servers are not even asked @hostile', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.person('alice', ministry);
  const bob = await cast.person('bob', agency);
  const room = await makeRoom(ministry, alice, [bob]);
  const place = await trap();
  cast.afterwards(place.close);
  const openIdDoors: readonly DoorName[] = ['sfu/get', 'get_token'];
  for (const door of openIdDoors) {
    const body = await doorBody(ministry.facts, bob.matrix, room.roomId, door);
    const genuine = body['openid_token'] as Record<string, unknown>;
    const from = (server: string) =>
      knock(doorAddress(ministry.facts, door), { ...body, openid_token: { ...genuine, matrix_server_name: server } });
    expect((await from(agency.facts.serverName)).status, 'as it is').toBe(200);
    for (const server of [ministry, town])
      expect(await from(server.facts.serverName), 'as that of another server').toMatchObject({ status: 401 });
    expect(await from(`localhost:${String(place.port)}`)).toMatchObject({ status: 403, errcode: 'M_FORBIDDEN' });
  }
  expect(place.visits, 'who asked the unknown server').toEqual([]);
});

test('whoever was removed gets in by no race @hostile', async ({ cast, stack }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall] = await meet(room, alice, bob);
  await expectTone(aliceCall.frame, bob.media.toneHz);
  const [held = ''] = bob.holdings.tokens;
  expect(held, 'a token that bob was given').not.toBe('');
  const openId = await doorBody(stack.facts, bob.matrix, room.roomId, 'sfu/get');
  const tokens = [held];
  const sockets: OpenedSocket[] = [];
  const began: { readonly what: string; readonly atMs: number; readonly status: number }[] = [];
  const attacks = {
    connect: async () => {
      const url = new URL(alice.holdings.sockets[0] ?? '');
      url.searchParams.set('access_token', tokens.at(-1) ?? held);
      const socket = await openSocket(url.toString());
      sockets.push(socket);
      return socket.status;
    },
    ask: async () => {
      const answer = await knock(doorAddress(stack.facts, 'sfu/get'), openId);
      if (answer.jwt !== undefined) tokens.push(answer.jwt);
      return answer.status;
    },
  };
  let kickedMs = Infinity;
  const after = () => began.filter(({ atMs }) => atMs >= kickedMs);
  const run = async (what: keyof typeof attacks) => {
    while (Date.now() < kickedMs + 1_000 || after().length < 50) {
      const atMs = Date.now();
      const status = await attacks[what]().catch(() => 0); // cut off in the middle is refused, too
      began.push({ what, atMs, status });
    }
  };
  const attackers = [...Array<'connect'>(6).fill('connect'), ...Array<'ask'>(3).fill('ask')].map(run);
  await expect.poll(() => sockets.filter(({ status }) => status === 101).length).toBeGreaterThan(5);
  // The kick falls into the middle of requests of each kind.
  await alice.matrix.kick(room.roomId, bob.userId);
  kickedMs = Date.now();
  await Promise.all(attackers);

  for (const { what, status } of after()) expect([101, 200], what).not.toContain(status);
  const sfu = createSfuView(stack.facts);
  await expect.poll(async () => (await sfu.participants(room.roomId)).join()).not.toContain(bob.userId);
  expect(sockets.filter(({ isOpen }) => isOpen()).length, 'sockets left open').toBe(0);
  for (const door of DOORS) expect((await askDoor(stack.facts, bob.matrix, room.roomId, door)).status, door).toBe(403);
});
