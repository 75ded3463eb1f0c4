import { Resolver as DnsResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';

/** Where a homeserver is asked: one address, pinned, with the name its certificate must bear. */
export interface ServerAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** For the certificate (SNI). */
  readonly tlsName: string;
  /** For the Host header. */
  readonly host: string;
}

/** The name leads somewhere we do not go, or nowhere. */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
}

/** What strangers' names are looked up in, and what counts as public there. Tests bring a small internet of their own. */
export interface Internet {
  addresses(hostname: string): Promise<readonly { address: string; family: number }[]>;
  srv(name: string): Promise<readonly { name: string; port: number; priority: number; weight: number }[]>;
  isPublic(address: string): boolean;
  /** Of well-known documents. */
  readonly httpsPort: number;
  /** PEM of the authority that certificates come from; undefined: those that everybody trusts. */
  readonly ca: string | undefined;
}

// Not `dns.lookup`: it has no time limit and keeps one of the few threads busy that file access needs too, and strangers
// choose the names.
const dns = new DnsResolver({ timeout: 2_000, tries: 1 });

export const theInternet: Internet = {
  isPublic: isPublicAddress,
  httpsPort: 443,
  ca: undefined,
  async addresses(hostname) {
    const found = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)]);
    return found.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
  },
  async srv(name) {
    try {
      return await dns.resolveSrv(name);
    } catch {
      return []; // No such record, or no such server: the next step of the specification applies.
    }
  },
};

const DEFAULT_PORT = 8448;
const WELL_KNOWN_TIMEOUT_MS = 5_000;
const WELL_KNOWN_LIMIT = 16 * 1024;

// Grammar of server names (spec appendices, "Server name"), names only: an address literal is never asked.
const SERVER_NAME =
  /^([A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*)(?::(\d{1,5}))?$/;

/** Names that resolve to this machine or to a private network by definition. */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'home.arpa', 'lan', 'intranet', 'private', 'corp', 'home'];

const wellKnownSchema = z.object({ 'm.server': z.string().max(255) });

interface Name {
  readonly hostname: string;
  readonly port: number | undefined;
}

function parseName(serverName: string): Name {
  const match = SERVER_NAME.exec(serverName);
  const hostname = match?.[1]?.toLowerCase();
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (hostname === undefined || serverName.length > 255) throw new ServerRefused('not a server name that is asked');
  // "127.1", "2130706433" and their like are addresses to resolvers.
  if (isIP(hostname) !== 0 || /^[0-9.]+$/.test(hostname) || /^0x[0-9a-f.x]*$/.test(hostname)) {
    throw new ServerRefused('address literals are not asked');
  }
  if (PRIVATE_SUFFIXES.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`))) {
    throw new ServerRefused('this name belongs to a private network');
  }
  if (port !== undefined && (port < 1 || port > 65_535)) throw new ServerRefused('not a port');
  return { hostname, port };
}

/** Is this an address of the public internet? IPv4 inside IPv6 is looked through. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  // Everything that is not plain unicast has a name of its own: private, loopback, linkLocal, uniqueLocal, reserved, 6to4 …
  return parsed.range() === 'unicast';
}

async function publicAddress(internet: Internet, hostname: string): Promise<{ address: string; family: 4 | 6 }> {
  let found: readonly { address: string; family: number }[];
  try {
    found = await internet.addresses(hostname);
  } catch (cause) {
    throw new ServerRefused('the name does not resolve', { cause });
  }
  // One private address among public ones is how a guard like this is tricked: all must be public.
  if (found.length === 0 || !found.every(({ address }) => internet.isPublic(address))) {
    throw new ServerRefused('the name leads to a private address');
  }
  const first = found.find(({ family }) => family === 4) ?? found[0];
  if (first === undefined) throw new ServerRefused('the name does not resolve');
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

/** A connection that goes to the pinned address and nowhere else, whatever the name resolves to meanwhile. */
export function pinnedAgent(
  { address, family, tlsName }: Pick<ServerAddress, 'address' | 'family' | 'tlsName'>,
  ca?: string,
): Agent {
  return new Agent({
    connections: 1,
    pipelining: 0,
    connect: {
      servername: tlsName,
      ...(ca === undefined ? {} : { ca }),
      timeout: 5_000,
      lookup: (_hostname, options, callback) => {
        if (options.all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      },
    },
  });
}

/** Reads at most `limit` bytes. @throws {ServerRefused} when there is more */
export async function readLimited(body: Dispatcher.ResponseData['body'], limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > limit) {
      body.destroy();
      throw new ServerRefused('the answer is too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function wellKnown(internet: Internet, hostname: string): Promise<string | undefined> {
  let dispatcher: Agent | undefined;
  try {
    dispatcher = pinnedAgent({ ...(await publicAddress(internet, hostname)), tlsName: hostname }, internet.ca);
    // undici's request follows no redirects: a redirect counts as "no well-known".
    const response = await request(`https://${hostname}:${internet.httpsPort}/.well-known/matrix/server`, {
      dispatcher,
      signal: AbortSignal.timeout(WELL_KNOWN_TIMEOUT_MS),
    });
    if (response.statusCode !== 200) {
      // An unread body that is destroyed says so by an error event, and one that nobody listens to ends the process.
      response.body.on('error', () => undefined).destroy();
      return undefined;
    }
    const parsed = wellKnownSchema.safeParse(JSON.parse(await readLimited(response.body, WELL_KNOWN_LIMIT)));
    return parsed.success ? parsed.data['m.server'] : undefined;
  } catch {
    return undefined; // Not there or not usable: the specification goes on with SRV.
  } finally {
    void dispatcher?.destroy();
  }
}

async function bySrv(internet: Internet, { hostname }: Name): Promise<{ target: string; port: number } | undefined> {
  for (const service of ['_matrix-fed._tcp', '_matrix._tcp']) {
    const [best] = [...(await internet.srv(`${service}.${hostname}`))].sort(
      (a, b) => a.priority - b.priority || b.weight - a.weight,
    );
    if (best !== undefined) return { target: best.name.replace(/\.$/, ''), port: best.port };
  }
  return undefined;
}

async function locate(internet: Internet, name: Name): Promise<ServerAddress> {
  const srv = name.port === undefined ? await bySrv(internet, name) : undefined;
  const target = srv === undefined ? name.hostname : parseName(srv.target).hostname;
  return {
    ...(await publicAddress(internet, target)),
    port: srv?.port ?? name.port ?? DEFAULT_PORT,
    tlsName: name.hostname,
    host: name.port === undefined ? name.hostname : `${name.hostname}:${name.port}`,
  };
}

/**
 * Finds a homeserver by its name (spec: Server-Server API, "Resolving server names"), on the public internet only. Whoever
 * asks for a token chooses the name, so it could otherwise make the bridge knock at any door of the internal network.
 * @throws {ServerRefused}
 */
export async function resolveServerName(serverName: string, internet: Internet = theInternet): Promise<ServerAddress> {
  const name = parseName(serverName);
  if (name.port !== undefined) return locate(internet, name);
  const delegated = await wellKnown(internet, name.hostname);
  return locate(internet, delegated === undefined ? name : parseName(delegated));
}
