import { sql } from 'kysely';
import { createAppserviceRoutes, pingHomeserver, readCa } from './appservice/index.ts';
import type { Capabilities } from './capabilities.ts';
import { createConsentRoutes } from './consent/index.ts';
import { createDownloadRoutes } from './downloads/index.ts';
import { createLobbyRoutes } from './lobby/index.ts';
import { createCaller, createEarlierRoutes, createMeetingRoutes } from './meetings/index.ts';
import { createMinutesRoutes } from './minutes/index.ts';
import { addressOf, createHealthRoutes, derive } from './operations/index.ts';
import type { Config, Log } from './operations/index.ts';
import { createHomeserverDoor, createReadingDoor, createTokenService } from './rtc-auth/index.ts';
import { createRecheck, createWebhookRoutes, followHint } from './sfu/index.ts';
import { pagesOf, servePages } from './pages.ts';
import { insist } from './start-up.ts';
import { createApi, createHomeserverProxy, createInternal, listen } from './web/index.ts';

/** Whatever people and servers reach: three public origins and the internal listener (docs/architecture.md). */
export interface Entrances {
  /** Pages name the transports that policy allows: from now on those of this one. */
  usePolicy(): void;
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
      createReadingDoor({
        ...parts,
        isJoinedSoon: parts.membership.isJoinedSoon,
        hsToken,
        serverName: config.serverName,
        apiUrl: config.publicUrls.api,
      }),
      createWebhookRoutes({
        apiKey: config.livekit.apiKey,
        apiSecret: config.livekit.apiSecret,
        metrics,
        onEgress: parts.egressHints.tell,
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
  const {
    audit,
    consent,
    eviction,
    gate,
    grant,
    identities,
    lobby,
    lookUpTurns,
    membership,
    metrics,
    minutes,
    namesIn,
    openId,
    give,
    sessions,
  } = parts;
  const recheck = createRecheck(identities, eviction);
  const caller = createCaller({ sessionOwner: sessions.owner, isJoined: membership.isJoined });
  const mayRead = async (roomId: string, userId: string): Promise<boolean> =>
    parts.policy.of(userId).rules.enter && (await membership.isJoined(roomId, userId));
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
    tokenService: createTokenService({
      grant,
      verifyOpenId: openId.verify,
      turns: lookUpTurns,
      addressOf: (request) => addressOf(request, config.trustProxy),
      metrics,
    }),
    meetings: createMeetingRoutes({
      caller,
      rightsOf: membership.rightsOf,
      recheck: (roomId, userId) => recheck({ roomId, userId }),
      give,
      now: parts.now,
    }),
    lobby: createLobbyRoutes({
      caller,
      mayAdmit: async (roomId, userId) => (await membership.rightsOf(roomId, userId)).may_admit,
      namesIn,
      lobby,
      now: parts.now,
    }),
    minutes: createMinutesRoutes({ caller, minutes }),
    consent: createConsentRoutes({
      caller,
      rightsOf: membership.rightsNow,
      consent,
      audit,
      working: parts.scribe.keeps,
      paused: parts.scribe.pauses,
    }),
    downloads: createDownloadRoutes({
      downloads: parts.downloads,
      reader: sessions.reader,
      mayRead,
      audit,
    }),
    earlier: createEarlierRoutes({
      caller: createCaller({ sessionOwner: sessions.reader, isJoined: mayRead }),
      // In the turns of those who look for a token: it is the same question to the same homeservers.
      verifyOpenId: (token, request) =>
        lookUpTurns({ server: token.serverName, who: addressOf(request, config.trustProxy) }, () =>
          openId.verify(token),
        ),
      mayRead,
      earlier: parts.earlier,
      now: parts.now,
    }),
    pageOrigins: [config.publicUrls.widget, config.publicUrls.messenger],
    log,
  });
  return { homeserver, api };
}

/** Opens all listeners. @throws when a port is taken */
export async function openEntrances(
  config: Config,
  parts: Capabilities,
  log: Log,
  closing: AbortSignal,
): Promise<Entrances> {
  const { host, internalHost, internal, api: apiPort } = config.listen;
  const { homeserver, api } = createPublicApi(config, parts, log);
  let pages = pagesOf(config, parts.policy);
  const [apiListener, pageListeners] = await Promise.all([
    listen({ host, port: apiPort, handle: api.handle, upgrade: api.upgrade, isUpload: homeserver.isUpload }),
    servePages(() => pages, config.listen, log),
  ]);
  const listeners = [apiListener, ...pageListeners];
  // Last: who answers there is open for everybody.
  listeners.push(
    await listen({ host: internalHost, port: internal, handle: createInternalApp(config, parts, log, closing) }),
  );

  return {
    usePolicy() {
      pages = pagesOf(config, parts.policy);
    },
    async close() {
      homeserver.close();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
