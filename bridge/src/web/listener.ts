import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Listener {
  readonly port: number;
  /** Takes no new connections, ends the idle ones; open requests get `graceMs` to finish. */
  close(graceMs?: number): Promise<void>;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Paths whose requests may arrive as slowly as they like. */
  readonly isUpload?: (path: string) => boolean;
  /** For every other request to arrive, its body included. */
  readonly requestTimeoutMs?: number;
}

const CLOSE_GRACE_MS = 1_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** Listens on one port. Port 0 lets the system choose. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, port, handle, upgrade, isUpload = () => false, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const server: Server = createServer((request, response) => {
    if (!isUpload(request.url ?? '')) {
      const timer = setTimeout(() => {
        if (!request.complete) request.destroy();
      }, requestTimeoutMs).unref();
      request.once('close', () => clearTimeout(timer));
    }
    handle(request, response);
  });
  // Node's own limit knows no exceptions; a client that sends no headers is cut by it all the same.
  server.requestTimeout = 0;
  server.headersTimeout = 20_000;
  // Longer than reverse proxies keep theirs, so that no request meets a closing connection.
  server.keepAliveTimeout = 75_000;
  server.on('upgrade', (request, socket, head) => {
    if (upgrade === undefined) socket.destroy();
    else upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs = CLOSE_GRACE_MS) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
