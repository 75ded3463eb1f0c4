import { PalabreError, serverOf, USER_ID_PATTERN } from '@palabre/protocol';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { readCa } from '../appservice/index.ts';
import type { Log } from '../operations/index.ts';
import { NOT_ADMITTED } from './grant.ts';
import type { OpenIdToken } from './requests.ts';
import { pinnedAgent, readLimited, resolveServerName, ServerRefused, theInternet } from './server-address.ts';
import type { Internet } from './server-address.ts';

const TIMEOUT_MS = 5_000;
const ANSWER_LIMIT = 16 * 1024;
/** A restart of the own homeserver must not become a fatal screen for somebody: Element Call does not retry (matrixrtc.md 1.7). */
const ATTEMPTS = 3;

const userinfoSchema = z.object({ sub: z.string().regex(USER_ID_PATTERN) });

export interface KnownHomeserver {
  readonly baseUrl: string;
  readonly ca?: string | undefined;
}

/** Asks the homeserver that is said to have issued an OpenID token whose it is. Not bounded: askers come in turn. */
export type VerifyOpenId = (token: OpenIdToken) => Promise<string>;

export interface OpenIdDeps {
  readonly serverName: string;
  readonly homeserver: KnownHomeserver;
  readonly homeservers: Readonly<Record<string, KnownHomeserver>>;
  /** Are people of this server let in at all? */
  readonly admits: (serverName: string) => boolean;
  readonly log: Log;
  readonly internet?: Internet;
  /** For one answer; shorter in tests. */
  readonly timeoutMs?: number;
}

interface Door {
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly headers: Record<string, string>;
  /** Its connections were made for this one question. */
  readonly once: boolean;
}

const REFUSED = 'Your homeserver does not confirm who you are. Sign in again, then join';

/**
 * @returns verify, which gives the user id, or throws {PalabreError} M_UNAUTHORIZED (forged, stale, or a server we do not
 * ask) or PALABRE_UPSTREAM_UNAVAILABLE (no answer from a server we do ask)
 */
export function createOpenId(deps: OpenIdDeps) {
  const { serverName, homeserver, homeservers, admits, log, internet = theInternet, timeoutMs = TIMEOUT_MS } = deps;
  const known = new Map<string, { baseUrl: string; dispatcher: Agent }>();
  for (const [name, { baseUrl, ca }] of Object.entries({ ...homeservers, [serverName]: homeserver })) {
    const pem = readCa(ca);
    const dispatcher = new Agent({
      connections: 32,
      keepAliveTimeout: 20_000,
      keepAliveMaxTimeout: 50_000,
      ...(pem === undefined ? {} : { connect: { ca: pem } }),
    });
    known.set(name, { baseUrl, dispatcher });
  }

  async function doorTo(name: string): Promise<Door> {
    const server = known.get(name);
    if (server !== undefined) return { url: server.baseUrl, dispatcher: server.dispatcher, headers: {}, once: false };
    const address = await resolveServerName(name, internet);
    return {
      url: `https://${address.tlsName}:${address.port}`,
      dispatcher: pinnedAgent(address, internet.ca),
      headers: { host: address.host },
      once: true,
    };
  }

  async function ask(door: Door, accessToken: string): Promise<unknown> {
    const response = await request(`${door.url}/_matrix/federation/v1/openid/userinfo`, {
      query: { access_token: accessToken },
      dispatcher: door.dispatcher,
      headers: door.headers,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readLimited(response.body, ANSWER_LIMIT);
    if (response.statusCode >= 500 || response.statusCode === 429) throw new Error(`answered ${response.statusCode}`);
    if (response.statusCode !== 200) throw new PalabreError('M_UNAUTHORIZED', REFUSED);
    try {
      return JSON.parse(text);
    } catch {
      throw new PalabreError('M_UNAUTHORIZED', REFUSED);
    }
  }

  async function askPatiently(door: Door, accessToken: string): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask(door, accessToken);
      } catch (cause) {
        if (cause instanceof PalabreError) throw cause;
        if (door.once || attempt >= ATTEMPTS) {
          throw new PalabreError(
            'PALABRE_UPSTREAM_UNAVAILABLE',
            'Your homeserver could not be asked who you are. Try again in a moment',
            { cause },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt + Math.random() * 100));
      }
    }
  }

  const verify: VerifyOpenId = async (token) => {
    // Whoever may not enter is not looked up either: nobody makes us speak to servers of their choosing.
    if (!admits(token.serverName)) throw new PalabreError('M_FORBIDDEN', NOT_ADMITTED);
    let door: Door;
    try {
      door = await doorTo(token.serverName);
    } catch (error) {
      if (!(error instanceof ServerRefused)) throw error;
      log.logger.info({ server: log.hash(token.serverName), err: error }, 'a homeserver named in a token is not asked');
      throw new PalabreError('M_UNAUTHORIZED', REFUSED);
    }
    try {
      const answer = userinfoSchema.safeParse(await askPatiently(door, token.accessToken));
      // A homeserver speaks for its own people only.
      if (!answer.success || serverOf(answer.data.sub) !== token.serverName) {
        throw new PalabreError('M_UNAUTHORIZED', REFUSED);
      }
      return answer.data.sub;
    } finally {
      if (door.once) void door.dispatcher.destroy();
    }
  };

  return {
    verify,
    /** Is this server's address ours to say, not the asker's? */
    knows: (server: string) => known.has(server),
    async close() {
      await Promise.all([...known.values()].map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}
