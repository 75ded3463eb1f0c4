import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { expectPacketsGone } from '../fixtures/out.ts';
import { expectBothSeen, expectPlayable, postedRecording } from '../fixtures/recordings.ts';
import { startWork, stopWork } from '../fixtures/scribe.ts';
import { expectCueTimes, expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import { askDoor } from '../matrix/doors.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectNoTone, expectTone } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

test('people of three organisations, one of them without an SFU, see and hear each other @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  const everybody = [
    { person: alice, call: aliceCall },
    { person: bob, call: bobCall },
    { person: carol, call: carolCall },
  ];
  for (const { person, call } of everybody) {
    for (const { person: other } of everybody.filter((one) => one.person !== person)) {
      await test.step(`${person.name} sees and hears ${other.name}`, async () => {
        await expectMovingVideo(call.video(other.userId), other.media.colour);
        await expectTone(call.frame, other.media.toneHz);
      });
    }
  }
  await test.step('everybody publishes where their organisation has them publish', async () => {
    const at = async (stack: typeof ministry) => createSfuView(stack.facts).publishers(room.roomId);
    expect(await at(ministry)).toEqual([alice.userId, carol.userId].sort());
    expect(await at(agency)).toEqual([bob.userId]);
  });
});

test('the scribe hears and draws people on every SFU @scribe @federation', async ({ cast, federation }, info) => {
  const { ministry, agency, town } = federation;
  const quiet = { media: { toneAtStart: false } };
  const alice = await cast.actor('alice', { home: ministry, ...quiet });
  const bob = await cast.actor('bob', { home: agency, ...quiet });
  const carol = await cast.actor('carol', { home: town, ...quiet });
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const calls = await meet(room, alice, bob, carol);
  const [aliceCall, bobCall, carolCall] = calls;
  await startWork(ministry, room.roomId, 'transcription', aliceCall, [aliceCall]);
  await startWork(ministry, room.roomId, 'recording', aliceCall, [aliceCall]);
  const said = [
    { person: alice, spoken: await say(aliceCall.frame, promptNamed('en-queue-youarenext')) },
    { person: bob, spoken: await say(bobCall.frame, promptNamed('en-tt-allbusy')) },
    { person: carol, spoken: await say(carolCall.frame, promptNamed('en-ss-noservice')) },
  ];
  await stopWork('recording', aliceCall, [aliceCall]);
  await stopWork('transcription', aliceCall, [aliceCall]);
  for (const call of calls) await call.leave();

  const transcript = await postedTranscript(reader);
  for (const { person, spoken } of said) {
    expectWords(transcript, person, [spoken], 0.34);
    // The file may be the recording's, which began a little later.
    expectCueTimes(transcript, person, [spoken], transcript.vtt.block.started_ms ?? NaN);
  }
  const recording = await postedRecording(reader, info.outputPath('recording.mp4'));
  expectPlayable(recording);
  await expectBothSeen(recording, alice, bob);
  await expectBothSeen(recording, alice, carol);
  expect(recording.result.block.gaps).toEqual([]);
});

test('whoever is kicked is out on both SFUs and gets into neither again @federation', async ({ cast, federation }) => {
  const { ministry, agency } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const room = await makeRoom(ministry, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);

  await bob.messenger.goDeaf();
  const gone = expectPacketsGone({ kicked: bobCall.frame, others: [aliceCall.frame], hz: bob.media.toneHz });
  await gone.watch();
  await alice.matrix.kick(room.roomId, bob.userId);
  await gone.expectStopped(Date.now(), 5_000);
  await expect(aliceCall.tile(bob.userId)).toHaveCount(0);
  for (const stack of [ministry, agency]) {
    await expect
      .poll(async () => (await createSfuView(stack.facts).participants(room.roomId)).join())
      .not.toContain(bob.userId);
    const answer = await askDoor(stack.facts, bob.matrix, room.roomId, 'sfu/get');
    expect(answer, `asking at ${stack.facts.serverName}`).toMatchObject({ status: 403, errcode: 'M_FORBIDDEN' });
  }
});

test('an SFU that dies takes only those who publish there, who come back with it @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expectMovingVideo(bobCall.video(carol.userId), carol.media.colour);

  await agency.kill('livekit');
  await agency.hold('livekit');
  try {
    await expectNoTone(aliceCall.frame, bob.media.toneHz);
    await expectMovingVideo(aliceCall.video(carol.userId), carol.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    await expectTone(carolCall.frame, alice.media.toneHz);
    await expect(aliceCall.tile(bob.userId)).toContainText('Connection lost');
  } finally {
    await agency.release('livekit');
  }
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour, 60_000);
  await expectTone(carolCall.frame, bob.media.toneHz, 60_000);
});
