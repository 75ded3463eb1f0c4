import { setBorders } from '../fixtures/borders.ts';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectPacketsGone } from '../fixtures/out.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import { DOOR, SPECIFIED } from '../stack/border-gateway.ts';
import { promptNamed, say } from '../words/prompts.ts';

/** What a call between two organisations needs of their homeservers' federation, and no more. */
const CARRIED = ['PUT /_matrix/federation/v1/send/*', 'GET /_matrix/federation/v1/openid/userinfo'] as const;

test('calls work through gateways that let only specified federation through @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, borders } = federation;
  await setBorders(cast, federation, 'specified');
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', { home: ministry, ...quiet });
  const bob = await cast.actor('bob', { home: agency, ...quiet });
  const room = await makeRoom(ministry, alice, [bob]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);

  await test.step('the transcript has the words of both', async () => {
    await startWork(ministry, room.roomId, 'transcription', aliceCall, [aliceCall]);
    const bySelf = await say(aliceCall.frame, promptNamed('en-queue-youarenext'));
    const byPartner = await say(bobCall.frame, promptNamed('en-tt-allbusy'));
    await stopWork('transcription', aliceCall, [aliceCall]);
    const transcript = await postedTranscript(reader);
    expectWords(transcript, alice, [bySelf], 0.34);
    expectWords(transcript, bob, [byPartner], 0.34);
  });

  await test.step('whoever is kicked is out on both sides', async () => {
    await aliceCall.frame.evaluate(() => window.palabreDevices.tone(true));
    await bobCall.frame.evaluate(() => window.palabreDevices.tone(true));
    await expectTone(aliceCall.frame, bob.media.toneHz);
    await expectTone(bobCall.frame, alice.media.toneHz);
    await bob.messenger.goDeaf();
    const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
    await gone.watch();
    await alice.matrix.kick(room.roomId, bob.userId);
    await gone.expectStopped(Date.now(), 5_000);
    for (const { facts } of [ministry, agency]) {
      await expect
        .poll(async () => (await createSfuView(facts).participants(room.roomId)).join())
        .not.toContain(bob.userId);
    }
  });

  for (const border of [borders.ministry, borders.agency]) {
    const { passed, refused } = await border.traffic();
    const specified: readonly string[] = SPECIFIED;
    expect(
      Object.keys(passed).filter((path) => !specified.includes(path)),
      'unspecified and let through',
    ).toEqual([]);
    for (const path of CARRIED) expect(passed[path] ?? 0, `${path} went through here`).toBeGreaterThan(0);
    expect(refused[DOOR] ?? 0, 'the gateway bit: our own door is not specified').toBeGreaterThan(0);
  }
  // The invitation and the join across.
  expect((await borders.agency.traffic()).passed['PUT /_matrix/federation/v2/invite/*/*']).toBeGreaterThan(0);
  expect((await borders.ministry.traffic()).passed['PUT /_matrix/federation/v2/send_join/*/*']).toBeGreaterThan(0);
});
