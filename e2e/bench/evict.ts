import { makeRoom, meet } from '../fixtures/meeting.ts';
import { askDoor, DOORS, tryGate } from '../matrix/doors.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { numberOption, onGround, percentile, progress, report } from './harness.ts';
import type { Ground } from './harness.ts';

/** Kick accepted by Synapse → the last packet that the kicked page received and that others received from it. */
const COUNT = numberOption('n', 20);

interface Eviction {
  readonly lastPacketMs: number;
  readonly refused: boolean;
}

async function evictions({ stack, cast }: Ground, watcher: boolean, count: number): Promise<readonly Eviction[]> {
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob], { watcher });
  const [aliceCall, first] = await meet(room, alice, bob);
  let bobCall = first;
  const found: Eviction[] = [];
  for (let index = 0; index < count; index += 1) {
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    await bob.messenger.goDeaf();
    const frames = [aliceCall.frame, bobCall.frame];
    for (const frame of frames) await frame.evaluate(() => window.palabreProbes.followPackets());
    await alice.matrix.kick(room.roomId, bob.userId);
    const acceptedMs = Date.now();
    // Quiet for a second on both sides is the end of it.
    await Promise.all(
      frames.map((frame) =>
        frame.waitForFunction(() => Date.now() - window.palabreProbes.lastPacketMs() > 1000, undefined, {
          polling: 50,
          timeout: 20_000,
        }),
      ),
    );
    const last = await Promise.all(frames.map((frame) => frame.evaluate(() => window.palabreProbes.lastPacketMs())));
    const lastPacketMs = Math.max(0, Math.max(...last) - acceptedMs);

    const token = bob.holdings.tokens.at(-1) ?? '';
    const gate = Object.values(await tryGate(alice.holdings.sockets[0] ?? '', token));
    const doors = await Promise.all(DOORS.map((door) => askDoor(stack.facts, bob.matrix, room.roomId, door)));
    const refused =
      gate.every((status) => status >= 401 && status < 500) && doors.every((answer) => answer.status === 403);
    found.push({ lastPacketMs, refused });
    progress(
      `${watcher ? 'watcher' : 'hint'} ${String(index + 1)}/${String(count)}: ${String(lastPacketMs)} ms${refused ? '' : ', NOT refused'}`,
    );

    if (index + 1 === count) break;
    await alice.matrix.invite(room.roomId, bob.userId);
    await bob.matrix.join(room.roomId);
    await bob.messenger.hearAgain();
    await bob.messenger.openRoom(room.name);
    bobCall = await bob.messenger.joinByBanner();
  }
  await aliceCall.leave();
  return found;
}

await onGround(async (ground) => {
  const watched = await evictions(ground, true, COUNT);
  const hinted = await evictions(ground, false, Math.ceil(COUNT / 2));
  const hints = hinted.map((eviction) => eviction.lastPacketMs);
  const all = [...watched, ...hinted];
  report({
    bench: 'evict',
    unit: 'ms',
    samples: watched.map((eviction) => eviction.lastPacketMs),
    more: {
      hint_p50: Math.round(percentile(hints, 0.5)),
      hint_p95: Math.round(percentile(hints, 0.95)),
      hint_n: hints.length,
      refused_share: all.filter((eviction) => eviction.refused).length / all.length,
    },
  });
});
