import { Agent as HttpAgent, ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createProxyServer } from 'http-proxy-3';
import type { Log } from '../operations/index.ts';

/** What of the homeserver is public. The application service API and the administration are not. */
const PUBLIC_PREFIXES = ['/_matrix/', '/_synapse/client/', '/.well-known/matrix/'];
/** Also with an id made before (MSC2246): `/_matrix/media/v3/upload/{server}/{id}`. */
const UPLOAD = /^\/_matrix\/media\/[^/?]+\/upload(?:[/?]|$)/;
/**
 * Ours to answer, not the homeserver's: it asks who is there before it passes the question on, and its 401 makes Element Call
 * believe that delegated leaves exist here (matrixrtc.md 1.4). Whoever crashes would then stay in the call for an hour.
 */
const DELEGATED_LEAVE = /^\/_matrix\/client\/.+\/rtc\/livekit\/delegate_delayed_leave$/;
/** Longer than any long poll; an upload may take as long as bytes flow. */
const IDLE_TIMEOUT_MS = 180_000;

const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded'];

export interface HomeserverProxy {
  /** Is this path the homeserver's? */
  serves(path: string): boolean;
  /** Is it one whose body may be as large as a recording? */
  readonly isUpload: (path: string) => boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

export interface HomeserverProxyOptions {
  readonly baseUrl: string;
  readonly ca: string | undefined;
  readonly trustProxy: boolean;
  readonly uploadLimitBytes: number;
  readonly log: Log;
}

function refuse(response: ServerResponse, status: number, errcode: string, error: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' });
  response.end(JSON.stringify({ errcode, error }));
}

/** A path that some server might resolve to a place outside of its prefix. */
function climbs(path: string): boolean {
  return path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part));
}

/** Passes requests on to the homeserver as they are, bodies streamed, with the address of who sent them. */
export function createHomeserverProxy(options: HomeserverProxyOptions): HomeserverProxy {
  const { baseUrl, ca, trustProxy, uploadLimitBytes, log } = options;
  const agentOptions = { keepAlive: true, maxFreeSockets: 64, timeout: 30_000 };
  const agent = baseUrl.startsWith('https:') ? new HttpsAgent({ ...agentOptions, ca }) : new HttpAgent(agentOptions);
  const proxy = createProxyServer({
    target: baseUrl,
    agent,
    xfwd: true,
    proxyTimeout: IDLE_TIMEOUT_MS,
    timeout: IDLE_TIMEOUT_MS,
  });
  proxy.on('error', (error, _request, response) => {
    log.logger.warn({ err: error }, 'the homeserver could not be reached for a client');
    if (response instanceof ServerResponse) {
      refuse(response, 502, 'M_UNKNOWN', 'The homeserver does not answer. Try again in a moment');
    } else response.destroy();
  });

  return {
    serves: (path) => PUBLIC_PREFIXES.some((prefix) => path.startsWith(prefix)),
    isUpload: (path) => UPLOAD.test(path),
    handle(request, response) {
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      if (climbs(path) || DELEGATED_LEAVE.test(path)) {
        refuse(response, 404, 'M_UNRECOGNIZED', 'Nothing is served on this path');
        return;
      }
      if (Number(request.headers['content-length'] ?? 0) > uploadLimitBytes) {
        refuse(response, 413, 'M_TOO_LARGE', 'The request is too large');
        return;
      }
      // Whoever connects directly could otherwise choose the address that rate limits see.
      if (!trustProxy) for (const header of FORWARDED) Reflect.deleteProperty(request.headers, header);
      proxy.web(request, response);
    },
    close() {
      agent.destroy();
      proxy.close();
    },
  };
}
