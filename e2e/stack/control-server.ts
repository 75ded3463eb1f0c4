import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { SERVICE_NAMES } from './contract.ts';
import type { ServiceName } from './contract.ts';
import type { LaunchedStack } from './launch.ts';

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  // Only the test processes of this run know the address; their shape is our own.
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/**
 * Playwright runs tests in processes of their own, while the stack lives in the runner: this small loopback server lets them
 * read its facts, register users and kill or hold its services.
 * @returns the address to hand to the test processes
 */
export async function serveControl({ stack, facts }: LaunchedStack): Promise<{ url: string; close(): void }> {
  const secret = randomBytes(16).toString('hex');
  const serviceOf = (name: unknown) => {
    const known = SERVICE_NAMES.find((service: ServiceName) => service === name);
    if (known === undefined) throw new Error('no such service');
    return stack.services[known];
  };
  const act = async (action: string, body: Record<string, unknown>): Promise<unknown> => {
    switch (action) {
      case 'facts':
        return facts;
      case 'register':
        return stack.registerUser(String(body['name']), String(body['password']), { admin: body['admin'] === true });
      case 'pid':
        return { pid: serviceOf(body['service']).pid() ?? null };
      case 'kill':
        serviceOf(body['service']).kill(String(body['signal']) as NodeJS.Signals);
        return {};
      case 'hold':
        await serviceOf(body['service']).hold();
        return {};
      case 'release':
        await serviceOf(body['service']).release();
        return {};
      default:
        throw new Error(`no such action: ${action}`);
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      const [, given, action] = (request.url ?? '').split('/');
      try {
        if (given !== secret || action === undefined) throw new Error('not for you');
        const answer = await act(action, await readBody(request));
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      } catch (error) {
        response.writeHead(500).end(error instanceof Error ? error.message : String(error));
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/${secret}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
