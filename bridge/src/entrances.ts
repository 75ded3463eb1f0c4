import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { createAppserviceRoutes, pingHomeserver, readCa } from './appservice/index.ts';
import type { Capabilities } from './capabilities.ts';
import { createMeetingRoutes } from './meetings/index.ts';
import { createHealthRoutes, derive } from './operations/index.ts';
import type { Config, Log } from './operations/index.ts';
import { createHomeserverDoor, createTokenService } from './rtc-auth/index.ts';
import { createWebhookRoutes, followHint } from './sfu/index.ts';
import { insist } from './start-up.ts';
import {
  createApi,
  createHomeserverProxy,
  createInternal,
  createStaticFiles,
  listen,
  messengerHeaders,
  widgetHeaders,
} from './web/index.ts';

/** Whatever people and servers reach: three public origins and the internal listener (docs/architecture.md). */
export interface Entrances {
  close(): Promise<void>;
}

/** The listener of the homeserver, the SFU and whoever looks after this process. */
function createInternalApp(config: Config, parts: Capabilities, log: Log, closing: AbortSignal) {
  const { inbox, client, database, metrics, patrol, eviction, gate, sfu, complain } = parts;
  const { watcherUserId, scribeUserId, sfuUrl } = derive(config);
  const { hsToken, id } = config.appservice;
  let flushing = false;

  /** The database was away: as soon as it is back, the homeserver is asked for what it holds back. */
  function flushLater(): void {
    if (flushing) return;
    flushing = true;
    const flush = async () => {
      await sql`select 1`.execute(database);
      await pingHomeserver(client, id);
    };
    void insist(flush, 'transactions', log, closing).finally(() => {
      flushing = false;
    });
  }

  return createInternal(
    [
      createAppserviceRoutes({
        inbox,
        hsToken,
        ownUsers: [watcherUserId, scribeUserId],
        onRefused: flushLater,
        log,
        metrics,
      }),
      createHomeserverDoor({ ...parts, hsToken, serverName: config.serverName, sfuUrl }),
      createWebhookRoutes({
        apiKey: config.livekit.apiKey,
        apiSecret: config.livekit.apiSecret,
        metrics,
        onParticipant: (hint) => {
          followHint(hint, patrol, eviction).catch(complain('a webhook could not be followed'));
        },
      }),
      createHealthRoutes(
        {
          database: () => sql`select 1`.execute(database),
          homeserver: () => client.request('GET', '/_matrix/client/versions', { retries: 0, timeoutMs: 2_000 }),
          sfu: () => sfu.listRooms(),
          gate: () => (gate.isOpen() ? Promise.resolve() : Promise.reject(new Error('closed'))),
        },
        metrics,
      ),
    ],
    log,
  );
}

/** The public API origin. */
function createPublicApi(config: Config, parts: Capabilities, log: Log) {
  const { eviction, gate, grant, identities, membership, metrics, openId, scribe, sessions } = parts;
  const homeserver = createHomeserverProxy({
    baseUrl: config.homeserver.baseUrl,
    ca: readCa(config.homeserver.ca),
    trustProxy: config.trustProxy,
    uploadLimitBytes: config.uploadLimitBytes,
    log,
  });
  const api = createApi({
    homeserver,
    gate,
    tokenService: createTokenService({ grant, verifyOpenId: openId.verify, metrics }),
    meetings: createMeetingRoutes({
      sessionOwner: sessions.owner,
      isJoined: membership.isJoined,
      rightsOf: membership.rightsOf,
      recheck: async (roomId, userId) => {
        // Nobody the bridge ever let in: nothing to look at, and the homeserver is not asked.
        if ((await identities.of(roomId, userId)).length > 0) await eviction.check({ roomId, userId }, 'hint');
      },
      scribe,
      now: parts.now,
    }),
    pageOrigins: [config.publicUrls.widget, config.publicUrls.messenger],
    log,
  });
  return { homeserver, api };
}

/** The two pages, each with the policy of its origin and the addresses it needs. */
function createPages(config: Config) {
  const { watcherUserId, scribeUserId, tokenServiceUrl, sfuUrl } = derive(config);
  const origins = config.publicUrls;
  const built = (folder: string) => fileURLToPath(new URL(`../../${folder}/dist`, import.meta.url));
  return {
    messenger: createStaticFiles({
      dir: built('messenger'),
      headers: messengerHeaders(origins),
      documents: {
        '/config.json': {
          apiUrl: origins.api,
          widgetUrl: origins.widget,
          serverName: config.serverName,
          watcherUserId,
          scribeUserId,
        },
      },
    }),
    widget: createStaticFiles({
      dir: built('widget'),
      headers: widgetHeaders(origins, config.widgetHosts),
      documents: { '/config.json': { apiUrl: origins.api, tokenServiceUrl, sfuUrl, watcherUserId, scribeUserId } },
    }),
  };
}

/** Opens all listeners. @throws when a port is taken */
export async function openEntrances(
  config: Config,
  parts: Capabilities,
  log: Log,
  closing: AbortSignal,
): Promise<Entrances> {
  const { host, internalHost, internal, api: apiPort, messenger, widget } = config.listen;
  const { homeserver, api } = createPublicApi(config, parts, log);
  const pages = createPages(config);

  const serve = (files: typeof pages.messenger, port: number) =>
    listen({
      host,
      port,
      handle: (request, response) => {
        files.handle(request, response).catch((error: unknown) => {
          log.logger.error({ err: error }, 'a page could not be served');
          response.destroy();
        });
      },
    });
  const listeners = await Promise.all([
    listen({ host, port: apiPort, handle: api.handle, upgrade: api.upgrade, isUpload: homeserver.isUpload }),
    serve(pages.messenger, messenger),
    serve(pages.widget, widget),
  ]);
  // Last: who answers there is open for everybody.
  listeners.push(
    await listen({ host: internalHost, port: internal, handle: createInternalApp(config, parts, log, closing) }),
  );

  return {
    async close() {
      homeserver.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
