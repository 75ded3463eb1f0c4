import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import type { Express, Router } from 'express';
import { answerErrors, cors, unknownPath } from '../operations/index.ts';
import type { Log } from '../operations/index.ts';
import type { HomeserverProxy } from './homeserver-proxy.ts';

const GATE = '/livekit/sfu';

/** The SFU's gate as the listener sees it; `path` is below the gate's address. */
export interface GatePort {
  upgrade(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  handle(path: string, request: IncomingMessage, response: ServerResponse): void;
}

export interface ApiDeps {
  readonly homeserver: HomeserverProxy;
  readonly gate: GatePort;
  readonly tokenService: Router;
  readonly meetings: Router;
  readonly lobby: Router;
  readonly minutes: Router;
  readonly consent: Router;
  /** Asked from pages of any origin, with a token of its own kind. */
  readonly downloads: Router;
  /** Likewise. */
  readonly earlier: Router;
  /** Pages that may use `/api`. */
  readonly pageOrigins: readonly string[];
  readonly log: Log;
}

export interface Api {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** An Express app with nothing on by default that talks about itself or guesses. */
function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  return app;
}

/** The public API origin (docs/architecture.md): homeserver, token service, gate, the bridge's own API. */
export function createApi({
  homeserver,
  gate,
  tokenService,
  meetings,
  lobby,
  minutes,
  consent,
  downloads,
  earlier,
  pageOrigins,
  log,
}: ApiDeps): Api {
  const app = createApp();
  app.use('/livekit/jwt', tokenService);
  app.use(downloads, earlier);
  app.use('/api', cors(pageOrigins, 'GET, POST'));
  app.use(meetings, lobby, minutes, consent);
  app.use(unknownPath);
  app.use(answerErrors(log));

  return {
    handle(request, response) {
      const target = request.url ?? '/';
      if (homeserver.serves(target)) homeserver.handle(request, response);
      else if (target.startsWith(`${GATE}/`)) gate.handle(target.slice(GATE.length), request, response);
      else app(request, response);
    },
    upgrade(request, socket, head) {
      const target = request.url ?? '/';
      if (target.startsWith(`${GATE}/`)) gate.upgrade(target.slice(GATE.length), request, socket, head);
      else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
  };
}

/** The listener for the homeserver, the SFU and operations: transactions, doors, webhooks, health; 404 for everything else. */
export function createInternal(routers: readonly Router[], log: Log): Express {
  const app = createApp();
  for (const router of routers) app.use(router);
  app.use(unknownPath);
  app.use(answerErrors(log));
  return app;
}
