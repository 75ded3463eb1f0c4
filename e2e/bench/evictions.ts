import type { Person } from '../fixtures/cast.ts';
import type { Cast } from '../fixtures/cast.ts';
import { comeAcross, makeRoom, meet } from '../fixtures/meeting.ts';
import { askDoor, tryGate } from '../matrix/doors.ts';
import type { DoorName } from '../matrix/doors.ts';
import { expectMovingVideo } from '../media/looking.ts';
import type { StackControl } from '../stack/control-client.ts';
import { progress } from './harness.ts';

export interface Eviction {
  /** From the homeserver's answer to the kick to the last packet that either side received. */
  readonly lastPacketMs: number;
  /** Gate and doors let them in nowhere any more. */
  readonly refused: boolean;
}

export interface EvictionsPlan {
  /** Whose call it is. */
  readonly stack: StackControl;
  /** Home of who is kicked; the call's own unless given. */
  readonly home?: StackControl;
  /** Who kicks: somebody in the call, or a moderator of the kicked person's own server. */
  readonly by?: 'host' | 'own';
  readonly watcher?: boolean;
  readonly count: number;
  readonly label: string;
}

/** Kicks the same person again and again. */
export async function evictions(cast: Cast, plan: EvictionsPlan): Promise<readonly Eviction[]> {
  const { stack, home = stack, by = 'host', watcher = true, count, label } = plan;
  const alice = await cast.actor('alice', { home: stack });
  const bob = await cast.actor('bob', { home });
  const moderator: Person | undefined = by === 'own' ? await cast.person('carol', home) : undefined;
  const room = await makeRoom(stack, alice, [bob, ...(moderator === undefined ? [] : [moderator])], { watcher });
  if (moderator !== undefined) await alice.matrix.setPower(room.roomId, moderator.userId, 50);
  const kick = async (): Promise<void> => {
    await (moderator ?? alice).matrix.kick(room.roomId, bob.userId);
  };
  const doors: readonly (readonly [StackControl, DoorName])[] = [
    [stack, 'sfu/get'],
    [stack, 'get_token'],
    [home, 'homeserver'],
  ];
  const [aliceCall, first] = await meet(room, alice, bob);
  let bobCall = first;
  const found: Eviction[] = [];
  for (let index = 0; index < count; index += 1) {
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
    await bob.messenger.goDeaf();
    const frames = [aliceCall.frame, bobCall.frame];
    for (const frame of frames) await frame.evaluate(() => window.palabreProbes.followPackets());
    await kick();
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
    const answers = await Promise.all(doors.map(([at, door]) => askDoor(at.facts, bob.matrix, room.roomId, door)));
    const refused =
      gate.every((status) => status >= 401 && status < 500) && answers.every((answer) => answer.status === 403);
    found.push({ lastPacketMs, refused });
    progress(
      `${label} ${String(index + 1)}/${String(count)}: ${String(lastPacketMs)} ms${refused ? '' : ', NOT refused'}`,
    );

    if (index + 1 === count) break;
    await alice.matrix.invite(room.roomId, bob.userId);
    await comeAcross(bob, room.roomId, alice);
    await bob.messenger.hearAgain();
    await bob.messenger.openRoom(room.name);
    bobCall = await bob.messenger.joinByBanner();
  }
  await aliceCall.leave();
  return found;
}
