import type { Kysely } from 'kysely';
import { CALL_SLOT, livekitRoomName } from '@palabre/protocol';
import { isRefusal } from '../appservice/index.ts';
import type { PublishMinutes } from '../minutes/index.ts';
import { minutesMessage, publicationsOf, PublishRefused, type PublishingTables } from '../publishing/index.ts';
import type { Sealer } from '../transcription/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { ScribeDevices } from './devices.ts';
import { createPatience } from './patience.ts';
import { createRoomVoice, TakenBack } from './room-voice.ts';
import { createWorkerKeeper, type WorkerKeeperOptions } from './worker-keeper.ts';

/** Begins with what they came of, so that they are found with it (publishing/posted.ts). */
const keyOf = (id: string): string => `${id}:minutes`;

/** Of a scribe that only encrypts nothing is heard. */
const nothing = (): Promise<void> => Promise.resolve();
const SILENT: WorkerKeeperOptions = {
  onUtterance: nothing,
  onUnheard: nothing,
  onChunk: nothing,
  onMembers: nothing,
  onMetadata: () => undefined,
  onRecorderLost: () => undefined,
  onHeard: () => undefined,
  onAway: () => undefined,
  onCaptions: () => undefined,
  onLost: () => undefined,
  drawsSoon: () => false,
};

/**
 * Posts minutes of a meeting whose run is over: the scribe comes back into the room, and where that is encrypted a child
 * encrypts them. It does not join the call. Whoever calls has it leave again.
 */
export function createMinutesPublisher(deps: RunDeps, sealer: Sealer): PublishMinutes {
  return async ({ id, roomId, runId, meetingId, meetingStartedMs, facts }, signal) => {
    const run: RunFacts = {
      id: runId,
      roomId,
      meetingId,
      meetingStartedMs,
      livekitRoom: livekitRoomName(roomId, CALL_SLOT),
      encrypted: false,
      sealer,
    };
    const patience = createPatience(deps, id, signal);
    /** Of its workers: they stand in no run's row, and one whose child crashed would be sent keys until the next start. */
    const loggedIn: string[] = [];
    const devices: ScribeDevices = {
      ...deps.devices,
      login: async () => {
        const device = await deps.devices.login();
        loggedIn.push(device.deviceId);
        return device;
      },
    };
    // A worker of its own: the run may still have one, for results that are late.
    const workers = createWorkerKeeper({ ...deps, devices }, { ...run, id }, patience, SILENT);
    // The run may end, and forget what it said, while these are posted.
    const voice = createRoomVoice(deps, run, workers.encrypt, signal, keyOf(id));
    try {
      await deps.devices.ensurePublisher();
      await deps.devices.enter(roomId);
      await voice.post(keyOf(id), (root) => minutesMessage(facts, root, roomId, deps.language));
      return true;
    } catch (error) {
      if (error instanceof TakenBack) return false;
      if (isRefusal(error)) throw new PublishRefused(error.errcode);
      throw error;
    } finally {
      // What is left when the bridge ends, the next start removes.
      if (signal.aborted) workers.kill();
      else {
        await workers.drop();
        for (const device of loggedIn) {
          await devices.remove(device).catch((error: unknown) => patience.complain('device', error));
        }
      }
    }
  };
}

/** What was kept to be able to post them again. */
export async function forgetMinutes(db: Kysely<PublishingTables>, id: string): Promise<void> {
  await publicationsOf(db, keyOf(id)).forget();
}
