import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CALL_SLOT, livekitRoomName, plainIdentity } from '@palabre/protocol';
import { sql } from 'kysely';
import {
  appserviceMigrations,
  createAppserviceRoutes,
  createInbox,
  createMatrixClient,
  followInvitations,
  pingHomeserver,
  readCa,
  registerBot,
} from './appservice/index.ts';
import {
  createMeetingRoutes,
  createMeetings,
  createRtcMembers,
  followCommands,
  meetingsMigrations,
} from './meetings/index.ts';
import { createMembership } from './membership/index.ts';
import { publishingMigrations } from './publishing/index.ts';
import { createScribe, scribeMigrations } from './scribe/index.ts';
import { ConfigError, createHealthRoutes, createLog, createMetrics, derive, loadConfig } from './operations/index.ts';
import type { Config, Log } from './operations/index.ts';
import {
  createGrant,
  createHomeserverDoor,
  createIdentities,
  createOpenId,
  createSessions,
  createTokenService,
  rtcAuthMigrations,
} from './rtc-auth/index.ts';
import {
  createConnections,
  createDenials,
  createEviction,
  createGate,
  createLivekitSfu,
  createPatrol,
  createWebhookRoutes,
  sfuMigrations,
} from './sfu/index.ts';
import { createDatabase } from './storage/index.ts';
import { transcriptionMigrations } from './transcription/index.ts';
import {
  createApi,
  createHomeserverProxy,
  createInternal,
  createStaticFiles,
  listen,
  messengerHeaders,
  widgetHeaders,
} from './web/index.ts';

const now = () => Date.now();
const PRUNE_EVERY_MS = 15 * 60_000;
const START_RETRY_MS = 250;

/** Tries until it works: at a start the homeserver or the SFU may come up after the bridge. */
async function insist(what: () => Promise<void>, name: string, log: Log, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await what();
      return;
    } catch (error) {
      if (attempt % 20 === 0) log.logger.warn({ err: error, step: name }, 'waiting before people can be let in');
      await sleep(START_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function pages(folder: string): string {
  return fileURLToPath(new URL(`../../${folder}/dist`, import.meta.url));
}

/** Builds everything and wires it. @returns how to end it */
async function assemble(config: Config, log: Log): Promise<() => Promise<void>> {
  const { watcherUserId, scribeUserId, tokenServiceUrl, sfuUrl } = derive(config);
  const { asToken, hsToken } = config.appservice;
  const closing = new AbortController();
  const metrics = createMetrics();

  const database = await createDatabase(
    config.databaseUrl,
    {
      appservice: appserviceMigrations,
      'rtc-auth': rtcAuthMigrations,
      sfu: sfuMigrations,
      meetings: meetingsMigrations,
      scribe: scribeMigrations,
      transcription: transcriptionMigrations,
      publishing: publishingMigrations,
    },
    log,
  );
  const client = createMatrixClient({ baseUrl: config.homeserver.baseUrl, ca: config.homeserver.ca, asToken });
  const inbox = createInbox({ database, log, metrics, now });
  const membership = createMembership({
    client,
    inbox,
    serverName: config.serverName,
    watcherUserId,
    scribeUserId,
    metrics,
    now,
  });

  // The SFU and who may reach it.
  const sfu = createLivekitSfu(config.livekit);
  const identities = createIdentities(database, now);
  const denials = createDenials(database, now);
  const connections = createConnections((count) => metrics.gateSockets.set(count));
  const eviction = createEviction({
    sfu,
    denials,
    connections,
    identities,
    isJoined: membership.isJoined,
    log,
    metrics,
  });
  const gate = createGate({
    livekitUrl: config.livekit.url,
    sfu,
    identities,
    denials,
    connections,
    eviction,
    isJoined: membership.isJoined,
    log,
    metrics,
  });

  // Meetings.
  const complain = (message: string) => (error: unknown) => {
    if (!closing.signal.aborted) log.logger.warn({ err: error }, message);
  };
  const rtcMembers = createRtcMembers({
    database,
    client,
    inbox,
    watcherJoined: membership.watcherJoined,
    watcherUserId,
    onLeft: (roomId) => {
      if (meetings.current(roomId) === undefined) return;
      patrol.look(livekitRoomName(roomId, CALL_SLOT)).catch(complain('a room could not be looked at'));
    },
    now,
  });
  const meetings = createMeetings({ database, scribeUserId, rtcUsers: rtcMembers.users, log, metrics, now });
  const patrol = createPatrol({
    sfu,
    identities,
    eviction,
    watcherJoined: membership.watcherJoined,
    hasRtcMembership: rtcMembers.has,
    onLive: meetings.observe,
    log,
    now,
  });

  // Who leaves a room, by whatever way, is out of its call: at once when the news is fresh.
  inbox.onArrival((event) => {
    if (event.type !== 'm.room.member' || event.state_key === undefined) return;
    if (event.state_key === watcherUserId) patrol.watcherMoved(event.room_id);
    const { membership: state } = event.content;
    if (state !== 'leave' && state !== 'ban') return;
    const person = { roomId: event.room_id, userId: event.state_key };
    // After an outage an old leave may be followed by a join: then the homeserver is asked first.
    const fresh = Math.abs(now() - event.origin_server_ts) < 10_000;
    const done = fresh ? eviction.evict(person, 'event') : eviction.check(person, 'event');
    done.catch(complain('an eviction failed'));
  });
  inbox.onRoomEvent({
    wants: (event) => event.type === 'm.room.member' && ['leave', 'ban'].includes(String(event.content['membership'])),
    // The same again from the durable inbox, should the process have died between arrival and eviction.
    handle: async (event) => {
      const person = { roomId: event.room_id, userId: event.state_key ?? '' };
      if (eviction.underWay(person)) return;
      if ((await identities.of(person.roomId, person.userId)).length > 0) await eviction.check(person, 'event');
    },
  });

  const scribe = createScribe({
    database,
    client,
    inbox,
    meetings: {
      current: (roomId) => meetings.current(roomId),
      people: async (roomId, meetingId) => {
        const [attendance, members] = await Promise.all([
          meetings.attendance(meetingId),
          membership.joinedMembers(roomId),
        ]);
        const names = new Map(members?.map(({ userId, name }) => [userId, name]));
        return attendance.map(({ userId }) => ({ userId, name: names.get(userId) ?? userId }));
      },
    },
    grantMedia: async ({ roomId, deviceId, what }) => {
      const own = plainIdentity(scribeUserId, deviceId);
      const identity = what === 'scribe' ? own : `${own}:recorder`;
      const { url, jwt } = await grant({
        userId: scribeUserId,
        deviceId,
        roomId,
        slotId: CALL_SLOT,
        identity,
        door: 'scribe',
        canPublish: false,
        hidden: what === 'recorder',
      });
      return { url, jwt, identity };
    },
    setMetadata: (livekitRoom, metadata) => sfu.setRoomMetadata(livekitRoom, metadata),
    isEncrypted: async (roomId) => (await membership.rules(roomId))?.encrypted,
    places: {
      homeserverUrl: config.homeserver.baseUrl,
      tokenServiceUrl,
      recorderUrl: `${config.publicUrls.widget}/recorder.html`,
      chromium: config.scribe.chromium,
      ffmpeg: config.scribe.ffmpeg,
      user: config.scribe.user,
      filesDir: config.storage.dir,
      uploadLimitBytes: config.uploadLimitBytes,
    },
    speech: config.speech,
    scribeUserId,
    asToken,
    language: 'en',
    log,
    now,
  });
  meetings.onMeeting((event) => {
    if (event.kind !== 'ended') return;
    scribe
      .meetingEnded(event.meeting.roomId, event.meeting.id)
      .catch(complain('a scribe could not be told that the meeting is over'));
  });
  followInvitations(inbox, client, watcherUserId, log);
  followCommands({
    inbox,
    client,
    scribe,
    rightsOf: membership.rightsOf,
    isJoined: membership.isJoined,
    bots: [watcherUserId, scribeUserId],
    log,
    now,
  });

  // Doors.
  const grant = createGrant({
    sfuUrl,
    sfu,
    identities,
    isJoinedSoon: membership.isJoinedSoon,
    isReplaced: membership.isReplaced,
    onPushedOut: (record) => void eviction.revoke(record).catch(complain('an identity could not be removed')),
    log,
  });
  const openId = createOpenId({
    serverName: config.serverName,
    homeserver: config.homeserver,
    homeservers: config.homeservers,
    log,
  });
  const sessions = createSessions(database, now);

  let flushing = false;
  /** The database was away: as soon as it is back, the homeserver is asked for what it holds back. */
  const flushLater = () => {
    if (flushing) return;
    flushing = true;
    const flush = async () => {
      await sql`select 1`.execute(database);
      await pingHomeserver(client, config.appservice.id);
    };
    void insist(flush, 'transactions', log, closing.signal).finally(() => {
      flushing = false;
    });
  };
  const internal = createInternal(
    [
      createAppserviceRoutes({
        inbox,
        hsToken,
        ownUsers: [watcherUserId, scribeUserId],
        onRefused: flushLater,
        log,
        metrics,
      }),
      createHomeserverDoor({ grant, sessions, client, hsToken, serverName: config.serverName, sfuUrl, metrics }),
      createWebhookRoutes({
        apiKey: config.livekit.apiKey,
        apiSecret: config.livekit.apiSecret,
        metrics,
        onParticipant: (hint) => {
          const seen = async () => {
            const people = await patrol.look(hint.livekitRoom);
            if (hint.kind !== 'joined') return;
            const person = people.find(({ record }) => record.identity === hint.identity);
            if (person !== undefined) await eviction.check(person.record, 'joined');
          };
          seen().catch(complain('a webhook could not be followed'));
        },
      }),
    ],
    log,
  );
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
      now,
    }),
    health: createHealthRoutes(
      {
        database: () => sql`select 1`.execute(database),
        homeserver: () => client.request('GET', '/_matrix/client/versions', { retries: 0, timeoutMs: 2_000 }),
        sfu: () => sfu.listRooms(),
        gate: () => (gate.isOpen() ? Promise.resolve() : Promise.reject(new Error('closed'))),
      },
      metrics,
    ),
    pageOrigins: [config.publicUrls.widget, config.publicUrls.messenger],
    log,
  });
  const origins = config.publicUrls;
  const messenger = createStaticFiles({
    dir: pages('messenger'),
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
  });
  const widget = createStaticFiles({
    dir: pages('widget'),
    headers: widgetHeaders(origins),
    documents: { '/config.json': { apiUrl: origins.api, tokenServiceUrl, sfuUrl, watcherUserId, scribeUserId } },
  });

  const { host } = config.listen;
  const serve = (files: typeof messenger, port: number) =>
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
    listen({ host: config.listen.internalHost, port: config.listen.internal, handle: internal }),
    listen({ host, port: config.listen.api, handle: api.handle, upgrade: api.upgrade }),
    serve(messenger, config.listen.messenger),
    serve(widget, config.listen.widget),
  ]);

  const { signal } = closing;
  const started = (async () => {
    await insist(() => registerBot(client, { userId: watcherUserId, displayName: 'Palabre' }), 'watcher', log, signal);
    await insist(
      () => registerBot(client, { userId: scribeUserId, displayName: 'Palabre scribe' }),
      'scribe',
      log,
      signal,
    );
    await insist(() => inbox.resume(), 'inbox', log, signal);
    await insist(() => meetings.resume(), 'meetings', log, signal);
    await insist(() => pingHomeserver(client, config.appservice.id), 'ping', log, signal);
    // Whoever was put out while we were away leaves now, before anybody can come in.
    await insist(() => patrol.checkAll(), 'live participants', log, signal);
    if (signal.aborted) return;
    gate.open();
    patrol.start();
    await insist(() => scribe.resume(), 'scribe', log, signal);
    log.logger.info('people can enter calls');
  })();

  const pruning = setInterval(() => {
    Promise.all([identities.prune(), sessions.prune(), denials.prune()]).catch(
      complain('old records could not be removed'),
    );
  }, PRUNE_EVERY_MS);

  return async () => {
    closing.abort();
    clearInterval(pruning);
    gate.close();
    homeserver.close();
    await Promise.all(listeners.map((listener) => listener.close()));
    await started;
    await scribe.close();
    await patrol.close();
    await eviction.close();
    await meetings.close();
    await inbox.close();
    await openId.close();
    await client.close();
    await database.destroy();
  };
}

async function main(): Promise<void> {
  const config = loadConfig(process.env['PALABRE_CONFIG']);
  const log = createLog(config.logLevel, config.appservice.hsToken);
  const close = await assemble(config, log);
  let ending = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (ending) return;
      ending = true;
      close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.logger.error({ err: error }, 'the bridge did not end cleanly');
          process.exit(1);
        },
      );
    });
  }
}

try {
  await main();
} catch (error) {
  // Without a configuration there is no logger yet.
  const text = error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
