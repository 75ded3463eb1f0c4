import * as z from 'zod';
import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import { isOutOfSight, MatrixError, matrixPath, statePath, type MatrixClient } from '../appservice/index.ts';

/** The scribe's devices and memberships, handled with the application service's token. */
export interface ScribeDevices {
  /** A new device each time: one-time keys of a former process cannot be uploaded twice. */
  login(): Promise<{ deviceId: string; accessToken: string }>;
  remove(deviceId: string): Promise<void>;
  list(): Promise<string[]>;
  /** Joins the room, inviting by the watcher when needed and allowed. @throws MatrixError when neither works */
  enter(roomId: string): Promise<void>;
  /** Is the scribe in the room now? */
  isInside(roomId: string): Promise<boolean>;
  leave(roomId: string): Promise<void>;
  /** Ends the RTC membership that a dead child left; otherwise clients would show it until its delayed leave fires. */
  clearMembership(roomId: string, deviceId: string): Promise<void>;
  /** Makes sure that the device all posts go out under exists. */
  ensurePublisher(): Promise<void>;
}

/** Synapse remembers transaction ids by device, so every post of the scribe goes out under this one. */
export const PUBLISHER_DEVICE = 'PALABREPUB';

const loginSchema = z.object({ access_token: z.string(), device_id: z.string() });
const membersSchema = z.object({ joined: z.record(z.string(), z.unknown()) });
const devicesSchema = z.object({ devices: z.array(z.object({ device_id: z.string() })) });

export function createScribeDevices(client: MatrixClient, userId: string): ScribeDevices {
  const localpart = userId.slice(1, userId.indexOf(':'));

  const join = async (roomId: string): Promise<void> => {
    await client.request('POST', matrixPath`/_matrix/client/v3/rooms/${roomId}/join`, {
      asUser: userId,
      body: {},
      timeoutMs: 30_000,
    });
  };

  return {
    login: async () => {
      const answer = loginSchema.parse(
        await client.request('POST', '/_matrix/client/v3/login', {
          body: {
            type: 'm.login.application_service',
            identifier: { type: 'm.id.user', user: localpart },
            initial_device_display_name: 'Palabre scribe',
          },
          retries: 3,
        }),
      );
      return { deviceId: answer.device_id, accessToken: answer.access_token };
    },
    remove: async (deviceId) => {
      try {
        await client.request('DELETE', matrixPath`/_matrix/client/v3/devices/${deviceId}`, {
          asUser: userId,
          body: {},
        });
      } catch (error) {
        if (!(error instanceof MatrixError && error.status === 404)) throw error;
      }
    },
    list: async () => {
      const answer = await client.request('GET', '/_matrix/client/v3/devices', { asUser: userId });
      return devicesSchema.parse(answer).devices.map(({ device_id: id }) => id);
    },
    enter: async (roomId) => {
      try {
        await join(roomId);
        return;
      } catch (error) {
        if (!(error instanceof MatrixError) || error.status !== 403) throw error;
      }
      await client.request('POST', matrixPath`/_matrix/client/v3/rooms/${roomId}/invite`, {
        body: { user_id: userId },
        retries: 1,
      });
      await join(roomId);
    },
    isInside: async (roomId) => {
      try {
        const path = matrixPath`/_matrix/client/v3/rooms/${roomId}/joined_members`;
        // Synapse answers an application service that has anybody in the room.
        return userId in membersSchema.parse(await client.request('GET', path, { asUser: userId })).joined;
      } catch (error) {
        if (error instanceof MatrixError && error.status === 403) return false;
        throw error;
      }
    },
    leave: async (roomId) => {
      try {
        await client.request('POST', matrixPath`/_matrix/client/v3/rooms/${roomId}/leave`, {
          asUser: userId,
          body: {},
          retries: 3,
        });
      } catch (error) {
        if (!isOutOfSight(error)) throw error;
      }
    },
    clearMembership: async (roomId, deviceId) => {
      const key = `_${userId}_${deviceId}_m.call`;
      await client.request('PUT', statePath(roomId, CALL_MEMBER_EVENT, key), {
        asUser: userId,
        body: {},
      });
    },
    ensurePublisher: async () => {
      await client.request('PUT', matrixPath`/_matrix/client/v3/devices/${PUBLISHER_DEVICE}`, {
        asUser: userId,
        body: { display_name: 'Palabre publisher' },
      });
    },
  };
}
