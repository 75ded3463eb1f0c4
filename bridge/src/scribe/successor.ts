import type { RunDeps, RunFacts } from './deps.ts';
import type { Patience } from './patience.ts';
import type { RoomVoice } from './room-voice.ts';

/** How often the scribe asks to be let into the new room: clients invite one member after the other. */
const MOST_ATTEMPTS = 9;

/**
 * A room that is upgraded takes no more messages of ordinary members, so what is left to be posted goes where its people meet
 * now. From then on the run belongs to that room, with a thread of its own. A tombstone may name any room: nothing is done or
 * said in one that does not name ours as its predecessor.
 * @returns whether it does; it does not where the scribe is not let in
 */
export async function moveToSuccessor(
  deps: RunDeps,
  facts: RunFacts,
  voice: RoomVoice,
  { insist, pause, complain, signal }: Patience,
): Promise<boolean> {
  const tombstone = await insist('moving', () => deps.tombstoneOf(facts.roomId));
  const successor = tombstone?.successor;
  if (successor === undefined) return false;
  let confirmed: boolean | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      confirmed ??= await deps.succeeds({ from: facts.roomId, to: successor });
      if (confirmed === undefined) throw new Error('no bot can read the new room yet');
      if (confirmed) await deps.devices.enter(successor);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt + 1 < MOST_ATTEMPTS) {
        await pause(attempt);
        continue;
      }
      complain('results cannot follow their room', error);
      if (confirmed === true) {
        await voice
          .watcherNotice('results_refused', { roomId: successor })
          .catch((failure: unknown) => complain('the watcher could not say that results were refused', failure));
      }
      return false;
    }
  }
  if (!confirmed) {
    complain('results stay', new Error('a tombstone names a room that is not the successor'));
    return false;
  }
  // What was uploaded and encrypted for the old room is made anew.
  await insist('moving', () => voice.forget());
  await insist('moving', () => deps.store.moveRun(facts.id, facts.meetingId, successor));
  return true;
}
