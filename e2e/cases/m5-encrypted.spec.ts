import { join } from 'node:path';
import { expect, test } from '../fixtures/test.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { bridgeProcesses } from '../fixtures/scribe.ts';
import { mediaFilesUnder, watchDisk, wordsUnder } from '../fixtures/disk.ts';
import { expectSees, expectSeesNothing, fromStolenSeat, stolenSeat } from '../fixtures/stolen-seat.ts';
import { createMatrixClient } from '../matrix/client.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { callScenario } from '../scenarios/call.ts';
import { killedWhilePostingScenario, lostScribeScenario } from '../scenarios/failures.ts';
import { lostRecorderScenario, recordingScenario } from '../scenarios/recording.ts';
import { transcriptScenario } from '../scenarios/transcript.ts';
import { promptNamed, promptsFor, SECRET_WORDS } from '../words/prompts.ts';

test('encrypted: two people see and hear each other, and a screen share arrives @line @encrypted', ({ cast, stack }) =>
  callScenario({ cast, stack, encrypted: true }));

test('encrypted: transcript and recording come back, and nothing of them is ever readable on the disk @scribe @line', async ({
  cast,
  stack,
}, info) => {
  // What an earlier test left to a scribe is none of this one's business.
  await expect.poll(async () => (await bridgeProcesses(stack, /scribe\/child/)).length, { timeout: 60_000 }).toBe(0);
  const { dataDir } = stack.facts;
  const before = new Set(await mediaFilesUnder(dataDir));
  const lookAtDisk = (when: string) =>
    test.step(`the disk ${when}`, async () => {
      const after = await mediaFilesUnder(dataDir);
      expect(
        after.filter((path) => !before.has(path)),
        'films and sounds that anybody can play',
      ).toEqual([]);
      expect(await wordsUnder(dataDir, SECRET_WORDS), 'words that were said').toEqual([]);
    });
  await test.step('transcript', () =>
    transcriptScenario(
      { cast, stack, encrypted: true },
      { english: promptsFor('encrypted', 'en'), french: promptsFor('encrypted', 'fr') },
    ));
  let posting: ReturnType<typeof watchDisk> | undefined;
  try {
    await test.step('recording', () =>
      recordingScenario(
        { cast, stack, encrypted: true },
        promptNamed('en-vm-nobox'),
        info.outputPath('recording.mp4'),
        async () => {
          await lookAtDisk('while it is recorded');
          posting = watchDisk([join(dataDir, 'files')], SECRET_WORDS);
        },
      ));
  } finally {
    expect((await posting?.close()) ?? [], 'on the disk while it is put together and posted').toEqual([]);
  }
  await lookAtDisk('in the end');
});

test('encrypted: the recorder is killed, what was captured is posted @scribe @line', ({ cast, stack }, info) =>
  lostRecorderScenario({ cast, stack, encrypted: true }, info.outputPath('recording.mp4')));

test('encrypted: the scribe is killed in mid-call @scribe @line', ({ cast, stack }) =>
  lostScribeScenario({ cast, stack, encrypted: true }));

test('encrypted: the bridge is killed while it posts, and what it posted is redacted @line @scribe @deletion', ({
  cast,
  stack,
}) => killedWhilePostingScenario({ cast, stack, encrypted: true }));

test('encrypted: who was removed decodes nothing after the keys have changed, even with a seat at the SFU @line @encrypted', async ({
  cast,
  stack,
}) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const carol = await cast.actor('carol');
  const room = await makeRoom(stack, alice, [bob, carol], { encrypted: true });
  const [aliceCall, bobCall, carolCall] = await meet(room, alice, bob, carol);
  await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour);

  await test.step('with her keys a stolen seat sees everything: the probe works', () =>
    fromStolenSeat(stolenSeat(carol, stack, room.roomId), expectSees));
  await alice.matrix.kick(room.roomId, carol.userId);
  await expect(aliceCall.tile(carol.userId)).toHaveCount(0);
  await test.step('the others go on', async () => {
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  });
  await test.step('after the change of keys the same seat sees nothing', () =>
    fromStolenSeat(stolenSeat(carol, stack, room.roomId), expectSeesNothing));
});

test('the watcher never has a device @line', async ({ stack }) => {
  const name = `admin-${String(Date.now() % 1_000_000)}`;
  const admin = createMatrixClient(stack.facts.internal.synapse, await stack.register(name, name, true));
  const { watcher } = bots(stack);
  const response = await fetch(
    `${stack.facts.internal.synapse}/_synapse/admin/v2/users/${encodeURIComponent(watcher)}/devices`,
    { headers: { authorization: `Bearer ${admin.account.accessToken}` } },
  );
  expect(response.status).toBe(200);
  expect(((await response.json()) as { devices: unknown[] }).devices).toEqual([]);
  const keys = (await admin.request('POST', 'v3/keys/query', { device_keys: { [watcher]: [] } })) as {
    device_keys: Record<string, object>;
  };
  expect(Object.keys(keys.device_keys[watcher] ?? {})).toEqual([]);
});
