import { makeRoom, meet } from '../fixtures/meeting.ts';
import { fromStolenSeat, lentSeat, LOOK_MS } from '../fixtures/stolen-seat.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { numberOption, onGround, progress, report } from './harness.ts';

/** Removal accepted by Synapse → the last frame that the removed person's keys open, at a seat that somebody else lends. */
const COUNT = numberOption('n', 10);
/** Without a frame for this long, no more will come. */
const DARK_MS = 2_000;
const LIMIT_MS = 30_000;
/** For everything that is not measured. */
const PATIENCE_MS = 60_000;

await onGround(async ({ stack, cast }) => {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const carol = await cast.actor('carol');
  const dave = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, carol, dave], { encrypted: true });
  const [aliceCall, , first] = await meet(room, alice, bob, carol);
  let carolCall = first;
  const samples: number[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour, PATIENCE_MS);
    await expectMovingVideo(carolCall.video(bob.userId), bob.media.colour, PATIENCE_MS);
    await fromStolenSeat(lentSeat(dave, carol, stack, room.roomId), async (seat) => {
      while ((await seat.framesDecoded()) < 10) await seat.wait(LOOK_MS);
      await alice.matrix.kick(room.roomId, carol.userId);
      const acceptedMs = Date.now();
      const limitMs = acceptedMs + LIMIT_MS;
      while (Date.now() - Math.max(acceptedMs, await seat.lastFrameMs()) < DARK_MS) {
        if (Date.now() > limitMs) throw new Error('the keys of a removed person still open frames');
        await seat.wait(LOOK_MS);
      }
      samples.push(Math.max(0, (await seat.lastFrameMs()) - acceptedMs));
      progress(`${String(index + 1)}/${String(COUNT)}: ${String(samples.at(-1))} ms`);
    });
    if (index + 1 === COUNT) break;
    await alice.matrix.invite(room.roomId, carol.userId);
    await carol.matrix.join(room.roomId);
    await carol.messenger.openRoom(room.name);
    carolCall = await carol.messenger.joinByBanner();
  }
  await aliceCall.leave();
  report({ bench: 'rotation', unit: 'ms', samples });
});
