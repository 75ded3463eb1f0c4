import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MatrixError, type MatrixClient, type MatrixRequest } from '../appservice/index.ts';
import { createFakeMatrix, type FakeMatrix } from '../appservice/fake-matrix-client.ts';

/** What the scribe needs of a homeserver beyond rooms: logins, devices, keys, invitations, uploads. It remembers, for tests. */
export interface FakeHomeserver {
  readonly client: MatrixClient;
  readonly matrix: FakeMatrix;
  /** Where uploads go. */
  readonly url: string;
  readonly uploads: Buffer[];
  /** Status with which uploads are refused. */
  refuseUploads: number | undefined;
  readonly devices: Set<string>;
  /** Files that were deleted. */
  readonly deletedMedia: string[];
  /** Device ids whose call membership was cleared. */
  readonly cleared: string[];
  /** May the watcher invite? */
  mayInvite: boolean;
  /** Logins wait for it. */
  loginsWait: Promise<unknown> | undefined;
  /** Logins and the scribe's identity are refused. */
  readonly refused: Set<'login' | 'identity'>;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function createFakeHomeserver(watcher: string, scribe: string): Promise<FakeHomeserver> {
  const matrix = createFakeMatrix(watcher);
  const uploads: Buffer[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (home.refuseUploads !== undefined) {
        response.statusCode = home.refuseUploads;
        response.end();
        return;
      }
      uploads.push(Buffer.concat(parts));
      response.end(JSON.stringify({ content_uri: `mxc://hs/${uploads.length}` }));
    });
  });
  const url = await listen(server);
  let logins = 0;

  const answerRoom = (method: string, path: string, options: MatrixRequest): unknown => {
    const [, , , , roomId = '', what, type, key] = path.split('/').slice(1).map(decodeURIComponent);
    const room = matrix.rooms.get(roomId);
    if (room === undefined) return undefined;
    if (what === 'join' && options.asUser === scribe) {
      const now = room.members.get(scribe);
      if (now !== 'invite' && now !== 'join') throw new MatrixError(403, 'M_FORBIDDEN');
    }
    if (what === 'invite') {
      if (!home.mayInvite) throw new MatrixError(403, 'M_FORBIDDEN');
      room.members.set(scribe, 'invite');
      return {};
    }
    if (what === 'state' && method === 'PUT' && type === 'org.matrix.msc3401.call.member') {
      home.cleared.push(/_m\.call$/.test(key ?? '') ? (key ?? '').slice(scribe.length + 2, -'_m.call'.length) : '');
      return {};
    }
    return undefined;
  };

  const answer = (method: string, path: string, options: MatrixRequest): unknown => {
    if (path.startsWith('/_matrix/client/v3/rooms/')) return answerRoom(method, path, options);
    const device = path.split('/devices/')[1];
    if (path.startsWith('/_synapse/admin/v1/media/')) {
      home.deletedMedia.push(path.split('/media/')[1] ?? '');
      return {};
    }
    if (path.endsWith('/v3/login')) {
      if (home.refused.has('login')) throw new MatrixError(403, 'M_FORBIDDEN');
      const id = `DEV${(logins += 1)}`;
      home.devices.add(id);
      return { access_token: `token-${id}`, device_id: id };
    }
    if (path.endsWith('/keys/query')) {
      const keys = (id: string) => ({ [`ed25519:${id}`]: 'EEE', [`curve25519:${id}`]: 'CCC' });
      const devices = [...home.devices].map((id) => [id, { user_id: scribe, device_id: id, keys: keys(id) }] as const);
      return { device_keys: { [scribe]: Object.fromEntries(devices) } };
    }
    if (path.endsWith('/keys/device_signing/upload') && home.refused.has('identity')) {
      throw new MatrixError(403, 'M_FORBIDDEN');
    }
    if (path.includes('/keys/')) return {};
    if (path.endsWith('/devices')) return { devices: [...home.devices].map((id) => ({ device_id: id })) };
    if (device !== undefined && method === 'DELETE') return home.devices.delete(device) ? {} : {};
    if (device !== undefined && method === 'PUT') {
      home.devices.add(device);
      return {};
    }
    return undefined;
  };

  const home: FakeHomeserver = {
    matrix,
    url,
    uploads,
    devices: new Set(),
    deletedMedia: [],
    cleared: [],
    mayInvite: true,
    loginsWait: undefined,
    refused: new Set(),
    refuseUploads: undefined,
    client: {
      request: async (method, path, options = {}) => {
        if (path.endsWith('/v3/login')) await home.loginsWait;
        return new Promise((resolve) => {
          const given = matrix.down ? undefined : answer(method, path, options);
          resolve(given === undefined ? matrix.client.request(method, path, options) : given);
        });
      },
      close: () => Promise.resolve(),
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return home;
}
