import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { BORDER_RULES } from './border-gateway.ts';
import type { BorderGateway } from './border-gateway.ts';
import { ORGANISATIONS, SERVICE_NAMES } from './contract.ts';
import type { HomeFacts, Organisation, RunningHome, Service, ServiceName } from './contract.ts';
import { launchFederation } from './launch.ts';
import type { LaunchedFederation, LaunchedStack } from './launch.ts';

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  // Only the test processes of this run know the address; their shape is our own.
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/**
 * Playwright runs tests in processes of their own, while the stack lives in the runner: this small loopback server lets them
 * read its facts, register users and kill or hold its services; the same for the federated stack, named by organisation.
 * @returns the address to hand to the test processes
 */
export async function serveControl({ stack, facts }: LaunchedStack): Promise<{ url: string; close(): Promise<void> }> {
  const secret = randomBytes(16).toString('hex');
  /** Started when a test first wants it. */
  let federation: Promise<LaunchedFederation> | undefined;
  const federated = () => (federation ??= launchFederation(stack.config.speech?.[0]));
  const organisationOf = (body: Record<string, unknown>): Organisation | undefined =>
    ORGANISATIONS.find((name) => name === body['organisation']);
  const homeOf = async (body: Record<string, unknown>): Promise<RunningHome> => {
    const name = organisationOf(body);
    return name === undefined ? stack : (await federated()).homes[name];
  };
  const factsOf = async (body: Record<string, unknown>): Promise<HomeFacts> => {
    const name = organisationOf(body);
    return name === undefined ? facts : (await federated()).facts[name];
  };
  const serviceOf = async (body: Record<string, unknown>): Promise<Service> => {
    const known = SERVICE_NAMES.find((service: ServiceName) => service === body['service']);
    const name = organisationOf(body);
    if (known === undefined || name === 'town') throw new Error('no such service');
    return (name === undefined ? stack : (await federated()).stacks[name]).services[known];
  };
  const borderOf = async (body: Record<string, unknown>): Promise<BorderGateway> => {
    const name = organisationOf(body);
    if (name === undefined) throw new Error('only organisations that federate have a border');
    return (await federated()).borders[name];
  };
  const act = async (action: string, body: Record<string, unknown>): Promise<unknown> => {
    switch (action) {
      case 'facts':
        return factsOf(body);
      case 'register':
        return (await homeOf(body)).registerUser(String(body['name']), String(body['password']), {
          admin: body['admin'] === true,
        });
      case 'pid':
        return { pid: (await serviceOf(body)).pid() ?? null };
      case 'kill':
        (await serviceOf(body)).kill(String(body['signal']) as NodeJS.Signals);
        return {};
      case 'hold':
        await (await serviceOf(body)).hold();
        return {};
      case 'release':
        await (await serviceOf(body)).release();
        return {};
      case 'border': {
        const rule = BORDER_RULES.find((name) => name === body['rule']);
        if (rule === undefined) throw new Error('no such rule');
        (await borderOf(body)).rule(rule);
        return {};
      }
      case 'border-traffic':
        return (await borderOf(body)).traffic();
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
    close: async () => {
      server.closeAllConnections();
      server.close();
      await (await federation)?.close();
    },
  };
}
