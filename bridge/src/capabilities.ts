import { CALL_SLOT, livekitRoomName, plainIdentity, serverOf } from '@palabre/protocol';
import { appserviceMigrations, createDeleteMedia, createInbox, createMatrixClient } from './appservice/index.ts';
import { consentMigrations, createConsent, createConsentStore, followRoomAnswers } from './consent/index.ts';
import { createDownloads, downloadsMigrations } from './downloads/index.ts';
import { createEgressFiles, createEgressHints, createLivekitEgress } from './egress/index.ts';
import { createAudit, createRetention, governanceMigrations } from './governance/index.ts';
import { createLobby, createLobbyStore, createNotices, followReactions, lobbyMigrations } from './lobby/index.ts';
import {
  announceUpgrades,
  createEarlier,
  createMeetings,
  createOrders,
  createRtcMembers,
  createStatusText,
  createStays,
  followCommands,
  meetingsMigrations,
} from './meetings/index.ts';
import { createMinutes, minutesMigrations } from './minutes/index.ts';
import { createDomainPolicy, createMembership, readersOf } from './membership/index.ts';
import { createMetrics, derive } from './operations/index.ts';
import type { Config, Log } from './operations/index.ts';
import { publishingMigrations } from './publishing/index.ts';
import { createDirectRooms, keepResidence, residenceMigrations } from './residence/index.ts';
import {
  createFairTurns,
  createGrant,
  createIdentities,
  createLookUpTurns,
  createOpenId,
  createPartnerDoor,
  createProbation,
  createSessions,
  rtcAuthMigrations,
} from './rtc-auth/index.ts';
import { createKeptRuns, createScribe, createWrappingSealer, scribeMigrations } from './scribe/index.ts';
import type { ScribeTables } from './scribe/index.ts';
import {
  createConnections,
  createDenials,
  createEviction,
  createGate,
  createLivekitSfu,
  createPatrol,
  createTurns,
  followDepartures,
  sfuMigrations,
} from './sfu/index.ts';
import { createDatabase, createFolderFiles, createS3Files } from './storage/index.ts';
import { createLanguageModel } from './summary/index.ts';
import { shortName, transcriptionMigrations } from './transcription/index.ts';

const now = () => Date.now();

/** Builds every capability and wires them to each other. Nothing listens or runs yet. */
export async function createCapabilities(config: Config, log: Log, closing: AbortSignal) {
  const { watcherUserId, scribeUserId, tokenServiceUrl, sfuUrl } = derive(config);
  const { asToken } = config.appservice;
  const { serverName } = config;
  const metrics = createMetrics();
  /** For work that nobody waits for. */
  const complain = (message: string) => (error: unknown) => {
    if (!closing.aborted) log.logger.warn({ err: error }, message);
  };

  const database = await createDatabase(
    config.databaseUrl,
    {
      appservice: appserviceMigrations,
      governance: governanceMigrations,
      'rtc-auth': rtcAuthMigrations,
      sfu: sfuMigrations,
      meetings: meetingsMigrations,
      consent: consentMigrations,
      lobby: lobbyMigrations,
      scribe: scribeMigrations,
      minutes: minutesMigrations,
      transcription: transcriptionMigrations,
      publishing: publishingMigrations,
      residence: residenceMigrations,
      downloads: downloadsMigrations,
    },
    log,
  );
  const client = createMatrixClient({ baseUrl: config.homeserver.baseUrl, ca: config.homeserver.ca, asToken });
  const inbox = createInbox({ database, log, metrics, now });
  const audit = createAudit({ database, keepDays: config.audit.keepDays, log, now });
  const policy = createDomainPolicy(serverName, config.policy);
  const directRooms = createDirectRooms(database, now);
  const membership = createMembership({
    client,
    inbox,
    serverName,
    policy,
    isDirect: directRooms.has,
    watcherUserId,
    scribeUserId,
    metrics,
    now,
  });
  const { isJoined } = membership;
  /** May they be in a call now: joined, let in by policy and, where it says so, by a moderator, and with time left. */
  const mayBeIn = async (roomId: string, userId: string): Promise<boolean> => {
    if (!(await membership.mayBeIn(roomId, userId))) return false;
    if (userId === scribeUserId) return true;
    return (await lobby.allows(roomId, userId)) && (await stays.mayStay(roomId, userId));
  };

  // The SFU, and who may reach it.
  const { dir } = config.storage;
  const s3 = config.storage.s3 && { ...config.storage.s3, endpoint: config.storage.s3.endpoint };
  const egressHints = createEgressHints();
  // Also without Egress: what it left there before it was given up is deleted in time.
  const place = config.recording.egressFolder ?? (s3 && { s3 });
  const egress =
    config.recording.driver === 'egress' && place !== undefined
      ? createLivekitEgress({ ...config.livekit, place, hints: egressHints, now })
      : undefined;
  const sfu = createLivekitSfu({
    ...config.livekit,
    isRecorder: (identity) => egress?.isRecorder(identity) ?? false,
  });
  const identities = createIdentities(
    database,
    async (livekitRoom) => (await sfu.listParticipants(livekitRoom)).map(({ identity }) => identity),
    now,
  );
  const denials = createDenials(database, now);
  const connections = createConnections((count) => {
    metrics.gateSockets.set(count);
  });
  const eviction = createEviction({ sfu, denials, connections, identities, isJoined: mayBeIn, log, metrics });
  const gate = createGate({
    livekitUrl: config.livekit.url,
    sfu,
    identities,
    denials,
    connections,
    eviction,
    isJoined: mayBeIn,
    log,
    metrics,
  });

  // Meetings: what the SFU holds and what the room says about it.
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
  const isScribe = (userId: string): boolean => userId === scribeUserId || policy.isScribe(userId);
  const meetings = createMeetings({ database, isScribe, rtcUsers: rtcMembers.users, log, metrics, now });
  const probation = createProbation({
    database,
    identities,
    hasRtcMembership: rtcMembers.has,
    revoke: (record) => eviction.revoke(record),
    now,
  });
  const patrol = createPatrol({
    sfu,
    identities,
    eviction,
    watcherJoined: membership.watcherJoined,
    hasRtcMembership: rtcMembers.has,
    mayPublish: ({ userId }) => policy.of(userId).rules.publish,
    onUnproven: (record) => probation.fail(record),
    expected: meetings.rooms,
    onLive: meetings.observe,
    log,
    now,
  });
  inbox.onArrival((event) => {
    if (event.type === 'm.room.member' && event.state_key === watcherUserId) patrol.watcherMoved(event.room_id);
  });
  const stays = createStays({
    policy,
    meetings,
    sfu,
    evict: (person) => eviction.evict(person, 'time'),
    complain,
  });

  // People who must be let in.
  const namesIn = async (roomId: string): Promise<ReadonlyMap<string, string>> =>
    new Map((await membership.joinedMembers(roomId))?.map(({ userId, name }) => [userId, shortName(name)]));
  const lobbyStore = createLobbyStore(database, now);
  const tellRoom = createNotices({ store: lobbyStore, client, namesIn, language: config.language });
  // In turn: of two counts the older must not be told last.
  const tellCall = createTurns(async (roomId) => {
    const { length: count } = await lobby.waiting(roomId);
    await sfu.setRoomMetadata(livekitRoomName(roomId, CALL_SLOT), { waiting: { count, changed_ms: now() } });
  });
  const lobby = createLobby({
    store: lobbyStore,
    inbox,
    policy,
    rightsOf: membership.rightsOf,
    inCall: rtcMembers.users,
    currentMeeting: (roomId) => meetings.current(roomId)?.id,
    meetingEndedMs: (roomId) => meetings.lastEndedMs(roomId),
    putOut: (person) => eviction.evict(person, 'turned_away'),
    tellRoom,
    tellCall,
    audit,
    complain,
    now,
  });
  followReactions({ store: lobbyStore, inbox, client, lobby, isJoined, language: config.language });
  meetings.onEnded(({ roomId }) => {
    lobby.meetingEnded(roomId).catch(complain('admissions could not be ended'));
  });
  followDepartures({ inbox, eviction, identities, log, now });

  // Doors.
  const memberTurns = createFairTurns();
  const grant = createGrant({
    sfuUrl,
    sfu,
    identities,
    policy,
    isJoinedSoon: (roomId, userId) =>
      memberTurns({ server: serverOf(userId) ?? '', who: userId }, () => membership.isJoinedSoon(roomId, userId)),
    tombstoneOf: membership.tombstoneOf,
    probation,
    lobby,
    mayStay: stays.mayStay,
    isEncrypted: membership.isEncrypted,
    onPushedOut: (record) => {
      eviction.revoke(record).catch(complain('an identity could not be removed'));
    },
    log,
  });
  const openId = createOpenId({
    serverName,
    homeserver: config.homeserver,
    homeservers: config.homeservers,
    admits: (server) => policy.admits(server),
    log,
  });
  // Apart from the above: other people's servers, which may hang, do not keep ours from being asked.
  const lookUpTurns = createLookUpTurns(openId.knows);
  const sessions = createSessions(database, now);
  const askPartner = createPartnerDoor({ client, policy, isJoinedSoon: membership.isJoinedSoon, log, now });

  const minutes = createMinutes({
    database,
    client,
    serverName,
    scribeUserId,
    model: config.minutes === undefined ? undefined : createLanguageModel(config.minutes),
    sealer: createWrappingSealer(asToken),
    audit,
    rightsNow: membership.rightsNow,
    namesIn,
    enter: (roomId) => scribe.enter(roomId),
    publish: (request, signal) => scribe.publishMinutes(request, signal),
    forget: (id) => scribe.forgetMinutes(id),
    release: (roomId) => scribe.leaveIfIdle(roomId),
    onWaiting: (roomId, count) => {
      const meeting = meetings.current(roomId);
      if (meeting === undefined) return;
      sfu
        .setRoomMetadata(meeting.livekitRoom, { drafts: { count, changed_ms: now() } })
        .catch(complain('a call could not be told that a draft waits'));
    },
    language: config.language,
    log,
    now,
  });
  const keptRuns = createKeptRuns(database.$extendTables<ScribeTables>());
  const consent = createConsent({
    store: createConsentStore(database),
    audit,
    rules: config.consent,
    isExtern: (userId) => policy.of(userId).class === 'extern',
    currentMeeting: (roomId) => meetings.current(roomId)?.id,
    keptMeetings: async (ids) => (await Promise.all([meetings.known(ids), keptRuns.meetings(ids)])).flat(),
    now,
  });

  const files = s3 === undefined ? createFolderFiles(dir) : createS3Files(s3);
  const downloads = createDownloads({ database, client, scribeUserId, files });

  const scribe = createScribe({
    database,
    client,
    inbox,
    meetings: {
      current: (roomId) => meetings.current(roomId),
      people: async (roomId, meetingId) => {
        const [attendance, names] = await Promise.all([meetings.attendance(meetingId), namesIn(roomId)]);
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
        canSend: what === 'scribe',
        hidden: what === 'recorder',
      });
      return { url, jwt };
    },
    maySeeCaptions: (userId) => policy.of(userId).rules.captions,
    consent,
    setMetadata: (livekitRoom, change) => sfu.setRoomMetadata(livekitRoom, change),
    isEncrypted: membership.isEncrypted,
    tombstoneOf: membership.tombstoneOf,
    succeeds: membership.succeeds,
    places: {
      homeserverUrl: config.homeserver.baseUrl,
      homeserverCa: config.homeserver.ca,
      tokenServiceUrl,
      recorderUrl: `${config.publicUrls.widget}/recorder.html`,
      chromium: config.scribe.chromium,
      ffmpeg: config.scribe.ffmpeg,
      user: config.scribe.user,
      messengerUrl: config.publicUrls.messenger,
      filesDir: config.storage.dir,
      uploadLimitBytes: config.uploadLimitBytes,
    },
    downloads,
    egress,
    egressFiles: place && createEgressFiles(place),
    recording: {
      height: config.recording.height,
      maxMinutes: config.recording.maxMinutes,
      maxBytes: config.recording.maxBytes,
      atOnce: config.recording.atOnce,
    },
    partners: (room) => policy.serversFor(room),
    speech: config.speech,
    minutes,
    scribeUserId,
    watcherUserId,
    audit,
    namesIn,
    mayRedact: async (roomId, userId) => (await membership.rightsNow(roomId, userId)).may_redact,
    deleteMedia: createDeleteMedia(client, config.homeserver.adminToken),
    deletables: [minutes.deletable, meetings.deletable],
    asToken,
    language: config.language,
    log,
    now,
  });
  meetings.onEnded((meeting) => {
    scribe
      .meetingEnded(meeting.roomId, meeting.id)
      .catch(complain('a scribe could not be told that the meeting is over'));
  });
  meetings.onPresence(({ roomId }, people) => {
    consent.seen(
      roomId,
      people.map(({ userId }) => userId),
    );
    if (people.length === 0) return;
    const presentMs = Math.max(...people.map((person) => person.presentMs));
    directRooms.has(roomId).then((isDirect) => {
      // No scribe ever comes there.
      if (!isDirect) scribe.expect(roomId, presentMs);
    }, complain('it could not be told whether a scribe may be wanted'));
  });
  const earlier = createEarlier({
    threads: scribe.threads.list,
    // Who posted it saw it, and still does.
    readersOf: (event) => readersOf(client, event, scribeUserId),
    complain: complain('it could not be told who may read about a meeting'),
    // A call waits ten seconds for it.
    patienceMs: 7_000,
  });
  const retention = createRetention({
    client,
    inbox,
    bots: [watcherUserId, scribeUserId],
    artefacts: [scribe.artefacts, minutes.artefacts, meetings.artefacts, consent.artefacts],
    audit,
    log,
    now,
  });
  announceUpgrades({ inbox, meetings, setMetadata: (room, change) => sfu.setRoomMetadata(room, change), complain });
  keepResidence({
    inbox,
    client,
    watcherUserId,
    scribeUserId,
    directRooms,
    policy,
    membership,
    language: config.language,
    log,
  });
  const bots = [watcherUserId, scribeUserId];
  const { language } = config;
  const give = createOrders({ rightsNow: membership.rightsNow, scribe, meetings, audit, language });
  const statusText = createStatusText({
    meetings,
    scribe,
    inCall: rtcMembers.users,
    namesIn,
    isBot: (userId) => userId === watcherUserId || isScribe(userId),
    language,
    now,
  });
  const onConsent = followRoomAnswers({
    inbox,
    client,
    consent,
    isMeetingMessage: (roomId, eventId) => scribe.isMeetingMessage(roomId, eventId),
    meetingOf: (roomId, eventId) => scribe.threads.meetingOf(roomId, eventId),
    rightsOf: membership.rightsNow,
    isJoined,
    audit,
    bots,
    scribeUserId,
    language,
    now,
  });
  followCommands({ inbox, client, give, scribe, statusText, onConsent, isJoined, bots, language, log, now });

  return {
    complain,
    consent,
    metrics,
    database,
    client,
    inbox,
    membership,
    sfu,
    identities,
    denials,
    egressHints,
    eviction,
    gate,
    lobby,
    namesIn,
    meetings,
    minutes,
    patrol,
    policy,
    probation,
    lookUpTurns,
    grant,
    openId,
    sessions,
    askPartner,
    downloads,
    earlier,
    files,
    scribe,
    audit,
    give,
    retention,
    now,
  };
}
export type Capabilities = Awaited<ReturnType<typeof createCapabilities>>;
