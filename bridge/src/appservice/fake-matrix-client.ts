import { MatrixError, MatrixUnreachable } from './matrix-client.ts';
import type { MatrixClient, MatrixRequest } from './matrix-client.ts';

interface FakeState {
  sender: string;
  content: Record<string, unknown>;
}

interface FakeRoom {
  /** Membership by user. */
  readonly members: Map<string, string>;
  /** Why they came or went, where they said so. */
  readonly reasons: Map<string, unknown>;
  /** State by "type\0state key". */
  readonly state: Map<string, FakeState>;
  /** Timeline events that can be asked for by id. */
  readonly events: Map<string, { type: string; sender: string; content: Record<string, unknown> }>;
  /** Who may take back what others sent. */
  readonly redactors: Set<string>;
  /** Nobody may join. */
  closed: boolean;
  /** Nobody may write state or messages. */
  frozen: boolean;
}

/** A homeserver that remembers, for tests: rooms, members, state, and what was sent. */
export interface FakeMatrix {
  readonly client: MatrixClient;
  readonly rooms: Map<string, FakeRoom>;
  readonly sent: { roomId: string; type: string; txnId: string; content: unknown; asUser: string | undefined }[];
  /** Event ids that were redacted, by the bots or, put there by a test, by somebody else. */
  readonly redacted: Set<string>;
  readonly requests: { method: string; path: string; body: unknown }[];
  /** Answers to paths that the fake does not know; may throw a MatrixError. */
  readonly answers: Map<string, (body: unknown) => unknown>;
  /** Answers nothing while true. */
  down: boolean;
  /** MSC4502 is served. */
  isJoinedServed: boolean;
  createRoom(roomId: string, creator: string, version?: string): FakeRoom;
}

interface Call {
  readonly method: string;
  readonly parts: readonly string[];
  readonly options: MatrixRequest;
}

/** @param sender the application service's own user */
export function createFakeMatrix(sender: string): FakeMatrix {
  const rooms = new Map<string, FakeRoom>();

  function joinedRoom(roomId: string | undefined, asUser: string): FakeRoom {
    const room = rooms.get(roomId ?? '');
    if (room?.members.get(asUser) !== 'join') throw new MatrixError(403, 'M_FORBIDDEN');
    return room;
  }

  function state(room: FakeRoom, [type = '', key = '']: readonly string[], format: unknown): unknown {
    if (type === 'm.room.member') {
      const membership = room.members.get(key);
      if (membership === undefined) throw new MatrixError(404, 'M_NOT_FOUND');
      return { membership, reason: room.reasons.get(key) };
    }
    const found = room.state.get(`${type}\0${key}`);
    if (found === undefined) throw new MatrixError(404, 'M_NOT_FOUND');
    return format === 'event'
      ? { type, state_key: key, ...found, event_id: `$${type.length + key.length}`, origin_server_ts: 0 }
      : found.content;
  }

  function answerRoom({ method, parts, options }: Call): unknown {
    const [roomId = '', what = '', ...rest] = parts;
    const asUser = options.asUser ?? sender;
    if (what === 'join' || what === 'leave') {
      const room = rooms.get(roomId);
      if (room === undefined) throw new MatrixError(404, 'M_NOT_FOUND');
      if (what === 'join' && room.closed) throw new MatrixError(403, 'M_FORBIDDEN');
      room.members.set(asUser, what);
      room.reasons.set(asUser, (options.body as { reason?: unknown } | undefined)?.reason);
      return {};
    }
    // Who has left a room still reads its state and what was said, as it was then (here: as it is).
    const formerly =
      ['state', 'context'].includes(what) && method === 'GET' && rooms.get(roomId)?.members.get(asUser) === 'leave';
    const room = formerly ? rooms.get(roomId) : joinedRoom(roomId, asUser);
    if (room === undefined) throw new MatrixError(404, 'M_NOT_FOUND');
    if (what === 'state' && rest.length === 0) {
      return [...room.state].map(([name, { sender: from, content }]) => {
        const [type, key] = name.split('\0');
        return { type, state_key: key, sender: from, content, event_id: `$${name.length}`, origin_server_ts: 0 };
      });
    }
    if (what === 'state' && method === 'GET') return state(room, rest, options.query?.['format']);
    if (what === 'state' && method === 'PUT') {
      if (room.frozen) throw new MatrixError(403, 'M_FORBIDDEN');
      const [type = '', key = ''] = rest;
      room.state.set(`${type}\0${key}`, { sender: asUser, content: options.body as Record<string, unknown> });
      return {};
    }
    if (what === 'joined_members') {
      const joined = [...room.members].filter(([, membership]) => membership === 'join');
      return { joined: Object.fromEntries(joined.map(([userId]) => [userId, { display_name: null }])) };
    }
    // The state of now: nothing happens in the fake between a message and the question.
    if (what === 'context') {
      const members = [...room.members].map(([key, membership]) => ({
        type: 'm.room.member',
        state_key: key,
        content: { membership },
      }));
      const others = [...room.state].map(([name, { content }]) => {
        const [type, key] = name.split('\0');
        return { type, state_key: key, content };
      });
      const unsigned = fake.redacted.has(rest[0] ?? '') ? { redacted_because: {} } : {};
      return { event: { unsigned }, state: [...members, ...others] };
    }
    if (what === 'event') {
      const [eventId = ''] = rest;
      const said = fake.sent.find(({ txnId }) => `$${txnId}` === eventId);
      const event = room.events.get(eventId) ?? (said && { ...said, sender: said.asUser ?? sender });
      if (event === undefined) throw new MatrixError(404, 'M_NOT_FOUND');
      return fake.redacted.has(eventId) ? { ...event, content: {}, unsigned: { redacted_because: {} } } : event;
    }
    // One event a page.
    if (what === 'relations') {
      const [root, relType] = rest;
      const related = [...room.events].filter(([, { content }]) => {
        const relation = content['m.relates_to'] as { rel_type?: unknown; event_id?: unknown } | undefined;
        return relation?.rel_type === relType && relation?.event_id === root;
      });
      const at = Number(options.query?.['from'] ?? 0);
      const chunk = related.slice(at, at + 1).map(([eventId, event]) => ({
        ...event,
        event_id: eventId,
        content: fake.redacted.has(eventId) ? {} : event.content,
      }));
      return { chunk, ...(at + 1 < related.length ? { next_batch: String(at + 1) } : {}) };
    }
    if (what === 'redact' && method === 'PUT') {
      const author = room.events.get(rest[0] ?? '')?.sender ?? asUser;
      if (room.frozen || (author !== asUser && !room.redactors.has(asUser))) throw new MatrixError(403, 'M_FORBIDDEN');
      fake.redacted.add(rest[0] ?? '');
      return { event_id: `$${rest[1] ?? ''}` };
    }
    if (what === 'send' && method === 'PUT') {
      if (room.frozen) throw new MatrixError(403, 'M_FORBIDDEN');
      const [type = '', txnId = ''] = rest;
      if (!fake.sent.some((other) => other.txnId === txnId)) {
        fake.sent.push({ roomId, type, txnId, content: options.body, asUser: options.asUser });
      }
      return { event_id: `$${txnId}` };
    }
    throw new MatrixError(404, 'M_UNRECOGNIZED');
  }

  function answer(method: string, path: string, options: MatrixRequest): unknown {
    const parts = path.split('/').filter((part) => part !== '');
    const decoded = parts.map((part) => decodeURIComponent(part));
    if (path.startsWith('/_matrix/client/unstable/io.element.msc4502/')) {
      if (!fake.isJoinedServed) throw new MatrixError(404, 'M_UNRECOGNIZED');
      const userId = String(options.query?.['mxid']);
      return { joined: rooms.get(decoded[5] ?? '')?.members.get(userId) === 'join' };
    }
    if (path.startsWith('/_matrix/client/v3/join/')) {
      return answerRoom({ method, parts: [decoded[4] ?? '', 'join'], options });
    }
    if (path.startsWith('/_matrix/client/v3/rooms/') || path.startsWith('/_matrix/client/v1/rooms/')) {
      return answerRoom({ method, parts: decoded.slice(4), options });
    }
    const given = fake.answers.get(path);
    if (given !== undefined) return given(options.body);
    throw new MatrixError(404, 'M_UNRECOGNIZED');
  }

  const fake: FakeMatrix = {
    rooms,
    sent: [],
    redacted: new Set(),
    requests: [],
    answers: new Map(),
    down: false,
    isJoinedServed: true,
    createRoom(roomId, creator, version = '11') {
      const room: FakeRoom = {
        members: new Map([[creator, 'join']]),
        reasons: new Map(),
        state: new Map([['m.room.create\0', { sender: creator, content: { room_version: version } }]]),
        events: new Map(),
        redactors: new Set(),
        closed: false,
        frozen: false,
      };
      rooms.set(roomId, room);
      return room;
    },
    client: {
      request(method, path, options = {}) {
        fake.requests.push({ method, path, body: options.body });
        if (fake.down) return Promise.reject(new MatrixUnreachable('the fake homeserver is down'));
        return new Promise((resolve) => {
          resolve(answer(method, path, options));
        });
      },
      close: () => Promise.resolve(),
    },
  };
  return fake;
}
