import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as ask } from 'node:https';

/**
 * What a gateway at an organisation's border does: `open` lets everything through, `specified` only what Matrix 1.15 specifies;
 * with the others the door to tokens between servers (MSC4195) is not there, fails, or does not answer, and all else is open.
 */
export const BORDER_RULES = ['open', 'specified', 'door-absent', 'door-fails', 'door-hangs'] as const;
export type BorderRule = (typeof BORDER_RULES)[number];

/** What came in since the rule was set: how often, by the specification's path where there is one, else by method and path. */
export interface BorderTraffic {
  readonly passed: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
}

export interface BorderGateway {
  rule(next: BorderRule): void;
  traffic(): BorderTraffic;
  close(): Promise<void>;
}

export interface BorderPlace {
  /** The port in the server name. */
  readonly port: number;
  /** Where the homeserver really listens, with TLS. */
  readonly behind: number;
  readonly tls: { readonly certificatePath: string; readonly keyPath: string; readonly caPath: string };
}

/** Server-server API of Matrix 1.15, and the keys; `*` is one part of a path. */
export const SPECIFIED = [
  'GET /_matrix/federation/v1/version',
  'GET /_matrix/key/v2/server',
  'POST /_matrix/key/v2/query',
  'GET /_matrix/key/v2/query/*',
  'PUT /_matrix/federation/v1/send/*',
  'GET /_matrix/federation/v1/event_auth/*/*',
  'GET /_matrix/federation/v1/backfill/*',
  'POST /_matrix/federation/v1/get_missing_events/*',
  'GET /_matrix/federation/v1/event/*',
  'GET /_matrix/federation/v1/state/*',
  'GET /_matrix/federation/v1/state_ids/*',
  'GET /_matrix/federation/v1/timestamp_to_event/*',
  'GET /_matrix/federation/v1/make_join/*/*',
  'PUT /_matrix/federation/v1/send_join/*/*',
  'PUT /_matrix/federation/v2/send_join/*/*',
  'GET /_matrix/federation/v1/make_knock/*/*',
  'PUT /_matrix/federation/v1/send_knock/*/*',
  'PUT /_matrix/federation/v1/invite/*/*',
  'PUT /_matrix/federation/v2/invite/*/*',
  'GET /_matrix/federation/v1/make_leave/*/*',
  'PUT /_matrix/federation/v1/send_leave/*/*',
  'PUT /_matrix/federation/v2/send_leave/*/*',
  'PUT /_matrix/federation/v1/3pid/onbind',
  'PUT /_matrix/federation/v1/exchange_third_party_invite/*',
  'GET /_matrix/federation/v1/publicRooms',
  'POST /_matrix/federation/v1/publicRooms',
  'GET /_matrix/federation/v1/hierarchy/*',
  'GET /_matrix/federation/v1/query/*',
  'GET /_matrix/federation/v1/openid/userinfo',
  'GET /_matrix/federation/v1/user/devices/*',
  'POST /_matrix/federation/v1/user/keys/claim',
  'POST /_matrix/federation/v1/user/keys/query',
  'GET /_matrix/federation/v1/media/download/*',
  'GET /_matrix/federation/v1/media/thumbnail/*',
] as const;

/** MSC4195, as it comes in. */
export const DOOR = 'POST /_matrix/federation/unstable/io.element.msc4195/rtc/livekit/get_token';

function specifiedAs(method: string, path: string): string | undefined {
  const parts = `${method} ${path}`.split('/');
  return SPECIFIED.find((entry) => {
    const wanted = entry.split('/');
    return wanted.length === parts.length && wanted.every((part, index) => part === '*' || part === parts[index]);
  });
}

function refuse(response: ServerResponse, status: number, errcode: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errcode, error: 'said by the gateway' }));
}

/** A reverse proxy in front of a homeserver's federation listener: it owns the port in the server name. Bodies stay as they are, for they are signed. */
export async function createBorderGateway({ port, behind, tls }: BorderPlace): Promise<BorderGateway> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(tls.caPath) });
  const passed = new Map<string, number>();
  const refused = new Map<string, number>();
  let rule: BorderRule = 'open';
  const count = (where: Map<string, number>, what: string) => where.set(what, (where.get(what) ?? 0) + 1);

  function pass(request: IncomingMessage, response: ServerResponse): void {
    const onward = ask({
      agent,
      host: 'localhost',
      port: behind,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // The homeserver is down: its partner sees a connection that breaks, as without a gateway.
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer(
    { cert: readFileSync(tls.certificatePath), key: readFileSync(tls.keyPath) },
    (request, response) => {
      const method = request.method ?? '';
      const path = (request.url ?? '').split('?', 1).join('');
      const specified = specifiedAs(method, path);
      const name = specified ?? `${method} ${path}`;
      const isDoor = name === DOOR;
      if (rule === 'open' || (rule === 'specified' ? specified !== undefined : !isDoor)) {
        count(passed, name);
        pass(request, response);
        return;
      }
      count(refused, name);
      request.resume();
      if (rule === 'door-fails') refuse(response, 500, 'M_UNKNOWN');
      else if (rule !== 'door-hangs') refuse(response, 404, 'M_UNRECOGNIZED');
    },
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    rule(next) {
      rule = next;
      passed.clear();
      refused.clear();
    },
    traffic: () => ({ passed: Object.fromEntries(passed), refused: Object.fromEntries(refused) }),
    close: async () => {
      agent.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
