import { CALL_MEMBER_EVENT, RTC_MEMBER_EVENT } from '@palabre/protocol';
import { callMember, callMemberKey, writeMembership } from '../fixtures/call-member.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectBothSeen, expectPlayable, postedRecording } from '../fixtures/recordings.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { trap } from '../fixtures/trap.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

test('memberships made up in every way lead nobody anywhere: widget, scribe and recorder page @hostile', async ({
  cast,
  stack,
}, info) => {
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', quiet);
  const bob = await cast.actor('bob', quiet);
  const mallory = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, mallory]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const place = await trap();
  cast.afterwards(place.close);
  const failures: string[] = [];
  const strange: string[] = [];
  const { urls, internal } = stack.facts;
  const known = [urls.messenger, urls.widget, urls.api].map((url) => new URL(url).host);
  for (const { page } of [alice, bob]) {
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && !known.includes(host)) strange.push(request.url());
    });
  }
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  const calls = [aliceCall, bobCall];
  const { port } = place;
  const ours = `${urls.api}/livekit/jwt`;
  const services = [
    `${place.url}/livekit/jwt`,
    `http://localhost:${String(port)}/livekit/jwt`,
    `http://[::1]:${String(port)}/`,
    `http://0x7f000001:${String(port)}/`,
    ours.replace('://', '://user:password@'),
    ours.replace('/livekit', `@127.0.0.1:${String(port)}/livekit`),
    `${ours}/../../../_synapse/admin`,
    `${internal.bridgeInternal}/livekit/jwt`,
    internal.synapse,
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://169.254.169.254/latest/meta-data',
    '',
  ];
  const devices = ['8448:D', 'D|E', 'D\nE', 'D\u202eE', 'É', '"]', '__proto__', 'constructor', 'D'.repeat(180)];
  for (const [index, service] of services.entries())
    await writeMembership(mallory, room.roomId, service, `MADEUP${String(index)}`);
  for (const device of devices) await writeMembership(mallory, room.roomId, ours, device);
  for (const [index, content] of [
    { ...callMember(ours, 'D'), foci_preferred: [null, 7, { type: 'livekit', livekit_service_url: { a: 1 } }] },
    { ...callMember(ours, 'D'), device_id: { toString: 1 } },
    {
      ...callMember(ours, 'D'),
      focus_active: { type: 'livekit', focus_selection: 'oldest_membership' },
      created_ts: 1,
    },
    { application: ['m.call'], scope: 1 },
    { memberships: [callMember(services[0] ?? '', 'D')] },
  ].entries()) {
    const key = callMemberKey(mallory.userId, `ODD${String(index)}`);
    await mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, key, content);
  }
  const sticky = `v3/rooms/${encodeURIComponent(room.roomId)}/send/${RTC_MEMBER_EVENT}`;
  await mallory.matrix.request('PUT', `${sticky}/${String(Date.now())}?org.matrix.msc4354.sticky_duration_ms=600000`, {
    slot_id: 'm.call#ROOM',
    member: { id: 'sticky', user_id: mallory.userId, device_id: 'STICKY' },
    application: { type: 'm.call' },
    versions: [],
    msc4354_sticky_key: 'sticky',
    transports: { published: [{ type: 'livekit', livekit_service_url: services[0] }], can_subscribe: ['livekit'] },
  });

  // Mallory is in the call as somebody whose media comes from nowhere.
  await expect(aliceCall.tile(mallory.userId).first()).toBeVisible();
  await startWork(stack, room.roomId, 'transcription', aliceCall, calls);
  await startWork(stack, room.roomId, 'recording', aliceCall, calls);
  const spoken = await say(bobCall.frame, promptNamed('en-queue-youarenext'));
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  await stopWork('recording', aliceCall, calls);
  await stopWork('transcription', aliceCall, calls);
  expectWords(await postedTranscript(reader), bob, [spoken], 0.34);
  const recording = await postedRecording(reader, info.outputPath('recording.mp4'));
  expectPlayable(recording);
  await expectBothSeen(recording, alice, bob);
  expect(place.visits, 'who came to the made-up address').toEqual([]);
  expect(strange, 'where else the pages went').toEqual([]);
  expect(failures, 'errors on the pages').toEqual([]);
});

test("a partner's homeserver that writes other people's memberships moves nobody @federation @hostile", async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const mallory = await cast.person('dave', agency);
  const room = await makeRoom(ministry, alice, [bob, carol, mallory]);
  const place = await trap();
  cast.afterwards(place.close);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  const tiles = [aliceCall.tile(bob.userId), bobCall.tile(alice.userId)];
  for (const tile of tiles) await tile.evaluate((element) => element.setAttribute('data-never-gone', ''));

  const genuine = (await alice.matrix.callMembers(room.roomId)).map((event) => event.state_key ?? '');
  expect(genuine.filter((key) => key.startsWith('_'))).toHaveLength(2);
  for (const key of genuine) {
    await mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, key, callMember(`${place.url}/jwt`, 'FORGED'));
    await mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, key, {});
  }
  const forAlice = callMemberKey(alice.userId, 'FORGED');
  await mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, forAlice, callMember(`${place.url}/jwt`, 'FORGED'));
  // A key that is a user id belongs to that user: no homeserver takes it from another.
  const refused = mallory.matrix.setState(room.roomId, CALL_MEMBER_EVENT, alice.userId, callMember(place.url, 'D'));
  await expect(refused).rejects.toMatchObject({ status: 403 });
  await test.step('all of it has arrived at the other homeserver', () =>
    expect
      .poll(async () => (await alice.matrix.state(room.roomId)).some(({ state_key: key }) => key === forAlice))
      .toBe(true));

  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  for (const tile of tiles) await expect(tile, 'drawn once').toHaveAttribute('data-never-gone', '');
  await test.step('who comes later sees everybody: they have announced themselves again', async () => {
    for (const { userId } of [alice, bob]) {
      const isTheirs = ({ sender, content }: { sender: string; content: Record<string, unknown> }) =>
        sender === userId && content['device_id'] !== undefined;
      await expect
        // Held back for a while, so that whoever writes over it again and again costs little.
        .poll(async () => (await carol.matrix.callMembers(room.roomId)).some(isTheirs), { timeout: 60_000 })
        .toBe(true);
    }
    await carol.messenger.openRoom(room.name);
    const carolCall = await carol.messenger.joinByBanner();
    await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour);
    await expectMovingVideo(carolCall.video(bob.userId), bob.media.colour);
  });
  expect(place.visits).toEqual([]);
});
