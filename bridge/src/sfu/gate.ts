import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Log, Metrics } from '../operations/index.ts';
import type { Connections } from './connections.ts';
import type { Denials } from './denials.ts';
import type { Eviction } from './eviction.ts';
import { passedOn, targetOf, tokenOf } from './forwarding.ts';
import type { IdentityDirectory, IdentityRecord } from './people.ts';
import type { Sfu } from './sfu.ts';

const SOCKET_PATHS = new Set(['/rtc', '/rtc/v1']);
const VALIDATE_PATHS = new Set(['/rtc/validate', '/rtc/v1/validate']);
const UPSTREAM_TIMEOUT_MS = 10_000;
/** For what is still on its way when one side closes: a client's last word is that it leaves. */
const FINISH_MS = 1_000;

export interface Gate {
  /** WebSocket upgrade. `path` is the request's target below the gate's address, with its query. */
  upgrade(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Plain HTTP: the two validate paths, 404 for the rest. */
  handle(path: string, request: IncomingMessage, response: ServerResponse): void;
  /** Lets people in; until then everybody is asked to try again. */
  open(): void;
  readonly isOpen: () => boolean;
  close(): void;
}

export interface GateDeps {
  /** The SFU's own address, which nobody else reaches. */
  readonly livekitUrl: string;
  readonly sfu: Sfu;
  readonly identities: IdentityDirectory;
  readonly denials: Denials;
  readonly connections: Connections;
  readonly eviction: Eviction;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Why somebody does not pass; the sentence is shown by clients. */
interface Refusal {
  readonly status: 401 | 403 | 404 | 502;
  readonly reason: string;
}

const REFUSED = {
  closed: { status: 502, reason: 'the call service is starting, try again in a moment' },
  token: { status: 401, reason: 'this token is not valid, ask for a new one' },
  unknown: { status: 403, reason: 'this token is no longer known, ask for a new one' },
  out: { status: 403, reason: 'you may not be in this call, or not any more' },
  taken: { status: 403, reason: 'this device is in the call already' },
  unanswered: { status: 502, reason: 'your membership could not be confirmed, try again in a moment' },
  path: { status: 404, reason: 'nothing is served on this path' },
} as const satisfies Record<string, Refusal>;

interface Admission {
  readonly record: IdentityRecord;
  readonly denialSeq: number;
  readonly token: string;
}

function isRefusal(value: Admission | Refusal): value is Refusal {
  return 'status' in value;
}

/**
 * The only way to the SFU's signalling. Each connect, the first and every later one, with whichever token, passes the same
 * questions: a token of ours, an identity on record, a person who is joined now, and no eviction while all that was asked.
 */
export function createGate(deps: GateDeps): Gate {
  const { sfu, identities, denials, connections, eviction, isJoined, log, metrics } = deps;
  const upstream = new URL(deps.livekitUrl);
  const secure = upstream.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const prefix = upstream.pathname.replace(/\/+$/, '');
  const agent = new Agent({ keepAlive: false });
  let opened = false;

  async function admit(url: URL, request: IncomingMessage): Promise<Admission | Refusal> {
    if (!opened) return REFUSED.closed;
    const token = tokenOf(url, request);
    const claims = await sfu.verifyToken(token);
    if (claims === undefined) return REFUSED.token;
    try {
      const record = await identities.find(claims.livekitRoom, claims.identity);
      if (record === undefined) return REFUSED.unknown;
      const byOpenId = (claims.door ?? record.door) === 'openid';
      if (record.revoked && byOpenId) return REFUSED.unknown;
      const denialSeq = await denials.current(record);
      if (!(await isJoined(record.roomId, record.userId))) return REFUSED.out;
      if (byOpenId && (await isSeated(record))) return REFUSED.taken;
      // The SFU may have lost the room (restart); nobody but the bridge may create one.
      await sfu.ensureRoom(record.livekitRoom);
      return { record, denialSeq, token };
    } catch (error) {
      log.logger.warn({ err: error }, 'a connect could not be checked');
      return REFUSED.unanswered;
    }
  }

  /**
   * Is this device in the call by a token that its homeserver asked for? Whoever holds the person's OpenID token could else come
   * beside it, or in its place: the SFU throws out who has the name of a newcomer.
   */
  async function isSeated({ livekitRoom, userId, deviceId }: IdentityRecord): Promise<boolean> {
    const seats = (await sfu.listParticipants(livekitRoom)).filter(({ door }) => door !== 'openid');
    const records = await identities.findAll(
      livekitRoom,
      seats.map(({ identity }) => identity),
    );
    return records.some((record) => record.userId === userId && record.deviceId === deviceId);
  }

  function count(result: keyof typeof REFUSED | 'ok' | 'cut' | 'upstream'): void {
    metrics.gate.inc({ result });
  }

  function countRefusal(refusal: Refusal): void {
    const name = (Object.keys(REFUSED) as (keyof typeof REFUSED)[]).find((key) => REFUSED[key] === refusal);
    if (name !== undefined) count(name);
  }

  function upstreamRequest(url: URL, { token }: Admission, request: IncomingMessage, upgrade: boolean) {
    return send({
      protocol: upstream.protocol,
      hostname: upstream.hostname,
      port: upstream.port,
      path: `${prefix}${targetOf(url)}`,
      method: upgrade ? 'GET' : request.method,
      headers: {
        ...passedOn(request),
        authorization: `Bearer ${token}`,
        host: upstream.host,
        ...(upgrade ? { connection: 'Upgrade', upgrade: 'websocket' } : {}),
      },
      timeout: UPSTREAM_TIMEOUT_MS,
      ...(secure ? {} : { agent }),
    });
  }

  function refuseSocket(socket: Duplex, { status, reason }: Refusal): void {
    if (!socket.writable) return;
    const body = Buffer.from(reason);
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n` +
        `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${reason}`,
    );
  }

  /** After the SFU has accepted: was the person put out while we were asking? */
  async function stillWelcome({ record, denialSeq }: Admission): Promise<boolean> {
    try {
      return (await denials.current(record)) === denialSeq;
    } catch (error) {
      log.logger.warn({ err: error }, 'denials could not be read, the connect is refused');
      return false;
    }
  }

  async function tunnel(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(path, 'http://gate');
    const admission = await admit(url, request);
    if (isRefusal(admission)) {
      countRefusal(admission);
      refuseSocket(socket, admission);
      return;
    }
    if (socket.destroyed) return;
    const { record } = admission;
    const outgoing = upstreamRequest(url, admission, request, true);
    let remote: Duplex | undefined;
    const destroy = () => {
      socket.destroy();
      outgoing.destroy();
      remote?.destroy();
    };
    const { connection, remove } = connections.add(record, destroy);
    /** One side has said all it had to say: the other gets it, then both close. Signalling knows no half-open state. */
    const finish = () => {
      if (remote === undefined) destroy();
      socket.end();
      remote?.end();
      setTimeout(destroy, FINISH_MS).unref();
    };
    socket.once('end', finish);
    socket.once('close', () => {
      remove();
      finish();
    });

    outgoing.on('timeout', destroy);
    outgoing.on('error', () => {
      count('upstream');
      refuseSocket(socket, REFUSED.unanswered);
    });
    outgoing.on('response', (answer) => {
      // The SFU refuses (404 room unknown, 401): its status and its sentence go to the client.
      count('upstream');
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (!socket.writable) return;
        const body = Buffer.concat(chunks);
        socket.write(
          `HTTP/1.1 ${answer.statusCode ?? 502} Refused\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n` +
            `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        socket.end(body);
      });
    });
    outgoing.on('upgrade', (answer, remoteSocket, remoteHead) => {
      remote = remoteSocket;
      if ('setTimeout' in remoteSocket) remoteSocket.setTimeout(0);
      remoteSocket.on('error', destroy);
      remoteSocket.once('end', finish);
      remoteSocket.once('close', finish);
      void stillWelcome(admission).then((welcome) => {
        if (!welcome || connection.cut) {
          count('cut');
          destroy();
          void eviction.check(record, 'joined').catch((error: unknown) => {
            log.logger.warn({ err: error }, 'a late connect could not be checked');
          });
          return;
        }
        count('ok');
        const lines = ['HTTP/1.1 101 Switching Protocols'];
        for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
          lines.push(`${answer.rawHeaders[index] ?? ''}: ${answer.rawHeaders[index + 1] ?? ''}`);
        }
        socket.write(`${lines.join('\r\n')}\r\n\r\n`);
        if (remoteHead.length > 0) socket.write(remoteHead);
        if (head.length > 0) remoteSocket.write(head);
        for (const end of [socket, remoteSocket]) if ('setNoDelay' in end) end.setNoDelay(true);
        socket.pipe(remoteSocket);
        remoteSocket.pipe(socket);
        log.logger.debug(
          { room: log.hash(record.roomId), user: log.hash(record.userId) },
          'connected through the gate',
        );
      });
    });
    outgoing.end();
  }

  async function validate(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(path, 'http://gate');
    const admission = await admit(url, request);
    if (isRefusal(admission)) {
      answer(response, admission);
      return;
    }
    const outgoing = upstreamRequest(url, admission, request, false);
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => {
      answer(response, REFUSED.unanswered);
    });
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, {
        'Content-Type': incoming.headers['content-type'] ?? 'text/plain',
        'Access-Control-Allow-Origin': '*',
      });
      incoming.pipe(response);
    });
    outgoing.end();
  }

  function answer(response: ServerResponse, { status, reason }: Refusal): void {
    if (response.headersSent) return;
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Access-Control-Allow-Origin': '*' });
    response.end(reason);
  }

  function pathOf(target: string): string {
    return target.split('?', 1)[0] ?? '';
  }

  return {
    upgrade(path, request, socket, head) {
      socket.on('error', () => socket.destroy());
      if (!SOCKET_PATHS.has(pathOf(path))) {
        refuseSocket(socket, REFUSED.path);
        return;
      }
      tunnel(path, request, socket, head).catch((error: unknown) => {
        log.logger.error({ err: error }, 'the gate failed');
        socket.destroy();
      });
    },
    handle(path, request, response) {
      if (request.method === 'OPTIONS') {
        response.writeHead(200, {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Methods': 'GET',
          'Access-Control-Allow-Headers': 'Authorization, Content-Type',
        });
        response.end();
        return;
      }
      if (request.method !== 'GET' || !VALIDATE_PATHS.has(pathOf(path))) {
        answer(response, REFUSED.path);
        return;
      }
      validate(path, request, response).catch((error: unknown) => {
        log.logger.error({ err: error }, 'the gate failed');
        answer(response, REFUSED.unanswered);
      });
    },
    open() {
      opened = true;
    },
    isOpen: () => opened,
    close() {
      opened = false;
      connections.closeAll();
      agent.destroy();
    },
  };
}
