import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Internet } from './server-address.ts';

/** Where the names of this internet lead; the last answer holds from then on. */
type Answers = Readonly<Record<string, readonly (readonly string[])[]>>;

/** A small internet on this machine for tests, with real sockets and certificates: 127.0.1.* is public there, the rest private. */
export interface FakeInternet {
  readonly internet: Internet;
  /** Opens a server at an address. @returns what it is asked, `CONNECT` for each connection */
  serve(address: string, handler: RequestListener): Promise<readonly string[]>;
  /** Says where names lead. Each look at a name takes the next answer. */
  name(answers: Answers): void;
  close(): Promise<void>;
}

/** One certificate for everybody here: `hs.example`, `*.hs.example`, `inside.example`. */
function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'palabre-certificate-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = 'subjectAltName=DNS:hs.example,DNS:*.hs.example,DNS:inside.example';
    const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const files = ['-subj', '/CN=fake internet', '-addext', names, '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', ...made, ...files], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function createFakeInternet(): Promise<FakeInternet> {
  const identity = certificate();
  const servers = new Set<Server | ReturnType<typeof createServer>>();
  const answers = new Map<string, (readonly string[])[]>();

  async function open(address: string, port: number, handler: RequestListener): Promise<[number, readonly string[]]> {
    const visits: string[] = [];
    const server = createServer(identity, (request, response) => {
      visits.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`);
      handler(request, response);
    });
    server.on('connection', () => visits.push('CONNECT'));
    server.listen(port, address);
    await once(server, 'listening');
    servers.add(server);
    return [(server.address() as AddressInfo).port, visits];
  }

  // All of them listen on one port, as the servers of the internet do. The first one finds it.
  const [httpsPort] = await open('127.0.0.9', 0, (_request, response) => response.end());

  return {
    internet: {
      addresses(hostname) {
        const left = answers.get(hostname) ?? [];
        const found = left.length > 1 ? left.shift() : left[0];
        return Promise.resolve((found ?? []).map((address) => ({ address, family: 4 })));
      },
      srv: () => Promise.resolve([]),
      isPublic: (address) => address.startsWith('127.0.1.'),
      httpsPort,
      ca: identity.cert,
    },
    serve: async (address, handler) => (await open(address, httpsPort, handler))[1],
    name(more) {
      for (const [name, list] of Object.entries(more)) answers.set(name, [...list]);
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
