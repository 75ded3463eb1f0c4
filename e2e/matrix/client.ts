import { randomUUID } from 'node:crypto';
import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import type { Account } from '../stack/contract.ts';

export interface RoomEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A refused request, with what the server said. */
export class MatrixError extends Error {
  readonly status: number;
  readonly errcode: string;

  constructor(status: number, body: unknown, what: string) {
    const fields = typeof body === 'object' && body !== null ? (body as { errcode?: unknown; error?: unknown }) : {};
    super(`${what}: ${String(status)} ${String(fields.errcode)} ${String(fields.error)}`);
    this.name = 'MatrixError';
    this.status = status;
    this.errcode = String(fields.errcode);
  }
}

export interface MatrixClient {
  readonly account: Account;
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  setDisplayName(name: string): Promise<void>;
  createRoom(options: RoomOptions): Promise<string>;
  invite(roomId: string, userId: string): Promise<void>;
  /** @param via server to ask, for rooms that ours is not in yet */
  join(roomId: string, via?: string): Promise<void>;
  leave(roomId: string): Promise<void>;
  /** Leaves every room this person is in. */
  leaveAll(): Promise<void>;
  kick(roomId: string, userId: string): Promise<void>;
  ban(roomId: string, userId: string): Promise<void>;
  setPower(roomId: string, userId: string, power: number): Promise<void>;
  setState(roomId: string, type: string, stateKey: string, content: unknown): Promise<void>;
  sendText(roomId: string, body: string): Promise<string>;
  react(roomId: string, eventId: string, key: string): Promise<string>;
  redact(roomId: string, eventId: string): Promise<void>;
  state(roomId: string): Promise<readonly RoomEvent[]>;
  /** Newest last. */
  timeline(roomId: string): Promise<readonly RoomEvent[]>;
  joinedMembers(roomId: string): Promise<readonly string[]>;
  /** call.member events that say "I am in", whoever sent them. */
  callMembers(roomId: string): Promise<readonly RoomEvent[]>;
  openIdToken(): Promise<unknown>;
  download(mxc: string): Promise<Uint8Array>;
}

export interface RoomOptions {
  readonly name: string;
  readonly invite?: readonly string[];
  readonly encrypted?: boolean;
  readonly roomVersion?: string;
}

/** A small client-server API client: what other people do in the room while a test looks at the product. */
export function createMatrixClient(baseUrl: string, account: Account): MatrixClient {
  const authorization = `Bearer ${account.accessToken}`;
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${baseUrl}/_matrix/client/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new MatrixError(response.status, answer, `${method} ${path}`);
    return answer;
  };
  const roomPath = (roomId: string) => `v3/rooms/${encodeURIComponent(roomId)}`;
  const put = async (roomId: string, type: string, content: unknown): Promise<string> =>
    ((await request('PUT', `${roomPath(roomId)}/send/${type}/${randomUUID()}`, content)) as { event_id: string })
      .event_id;

  const client: MatrixClient = {
    account,
    request,
    setDisplayName: async (displayname) => {
      await request('PUT', `v3/profile/${encodeURIComponent(account.userId)}/displayname`, { displayname });
    },
    createRoom: async ({ name, invite = [], encrypted = false, roomVersion }) => {
      const answer = await request('POST', 'v3/createRoom', {
        name,
        preset: 'private_chat',
        invite,
        ...(roomVersion === undefined ? {} : { room_version: roomVersion }),
        power_level_content_override: { events: { [CALL_MEMBER_EVENT]: 0 } },
        initial_state: encrypted
          ? [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }]
          : [],
      });
      return (answer as { room_id: string }).room_id;
    },
    invite: async (roomId, userId) => {
      await request('POST', `${roomPath(roomId)}/invite`, { user_id: userId });
    },
    join: async (roomId, via) => {
      const server = via === undefined ? '' : `?via=${encodeURIComponent(via)}`;
      await request('POST', `v3/join/${encodeURIComponent(roomId)}${server}`, {});
    },
    leaveAll: async () => {
      const { joined_rooms: roomIds } = (await request('GET', 'v3/joined_rooms')) as { joined_rooms: string[] };
      await Promise.all(roomIds.map((roomId) => request('POST', `${roomPath(roomId)}/leave`, {})));
    },
    leave: async (roomId) => {
      await request('POST', `${roomPath(roomId)}/leave`, {});
    },
    kick: async (roomId, userId) => {
      await request('POST', `${roomPath(roomId)}/kick`, { user_id: userId });
    },
    ban: async (roomId, userId) => {
      await request('POST', `${roomPath(roomId)}/ban`, { user_id: userId });
    },
    setPower: async (roomId, userId, power) => {
      const path = `${roomPath(roomId)}/state/m.room.power_levels`;
      const levels = (await request('GET', path)) as { users?: Record<string, number> };
      await request('PUT', path, { ...levels, users: { ...levels.users, [userId]: power } });
    },
    setState: async (roomId, type, stateKey, content) => {
      await request('PUT', `${roomPath(roomId)}/state/${type}/${encodeURIComponent(stateKey)}`, content);
    },
    sendText: (roomId, body) => put(roomId, 'm.room.message', { msgtype: 'm.text', body }),
    react: (roomId, eventId, key) =>
      put(roomId, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } }),
    redact: async (roomId, eventId) => {
      await request('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/${randomUUID()}`, {});
    },
    state: async (roomId) => (await request('GET', `${roomPath(roomId)}/state`)) as readonly RoomEvent[],
    timeline: async (roomId) => {
      const answer = await request('GET', `${roomPath(roomId)}/messages?dir=b&limit=200`);
      return (answer as { chunk: RoomEvent[] }).chunk.reverse();
    },
    joinedMembers: async (roomId) => {
      const answer = await request('GET', `${roomPath(roomId)}/joined_members`);
      return Object.keys((answer as { joined: object }).joined);
    },
    callMembers: async (roomId) =>
      (await client.state(roomId)).filter(
        (event) => event.type === CALL_MEMBER_EVENT && Object.keys(event.content).length > 0,
      ),
    openIdToken: () => request('POST', `v3/user/${encodeURIComponent(account.userId)}/openid/request_token`, {}),
    download: async (mxc) => {
      const path = mxc.replace(/^mxc:\/\//, '');
      const response = await fetch(`${baseUrl}/_matrix/client/v1/media/download/${path}`, {
        headers: { authorization },
      });
      if (!response.ok) throw new MatrixError(response.status, undefined, `download ${mxc}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
  return client;
}
