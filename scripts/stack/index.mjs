/**
 * Palabre as one thing that starts and stops: PostgreSQL, Synapse, livekit-server, the speech server and the bridge, supervised.
 * Used by `npm start`, by the end-to-end tests and by the benchmarks. Everything must have been installed (`bootstrap/`).
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Refusal } from '../refusal.mjs';
import { registerAccount } from './accounts.mjs';
import { createBridge } from './bridge.mjs';
import { installedTools } from './installed.mjs';
import { createLivekit } from './livekit.mjs';
import { lockData } from './lock.mjs';
import { federationWith, policyServers } from './neighbours.mjs';
import { choosePorts, FIRST_PORT } from './ports.mjs';
import { createPostgres } from './postgres.mjs';
import { reachableProgram } from './program.mjs';
import { loadSecrets, writePrivate } from './secrets.mjs';
import { createSpeech, speechEngines } from './speech.mjs';
import { createSynapse } from './synapse.mjs';
import { mediaUser, tellWhoStaysRoot } from './users.mjs';

const SERVER_NAME = 'palabre.localhost';
const UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024;

/**
 * @typedef {object} StackOptions
 * @property {string} dataDir
 * @property {'fixed' | 'any' | import('./ports.mjs').Ports} [ports] 8600 and following, or free ones that are kept for the life of the stack (default)
 * @property {string} [serverName]
 * @property {Neighbours} [neighbours] other organisations to federate with
 * @property {boolean | SpeechPlace} [speech] start the speech server (default true), or use one that runs
 * @property {(text: string) => void} [onProgress]
 * @property {boolean} [quietRateLimits] no rate limits, for tests
 * @property {Record<string, unknown>} [consent] what is asked before somebody is recorded, where it is not the product's default
 * @property {boolean} [tolerant] come up without livekit-server or the speech server when they do not start
 */

/** @typedef {import('./speech.mjs').SpeechPlace} SpeechPlace */

/** @typedef {import('./neighbours.mjs').Neighbours} Neighbours */
/** @typedef {import('./supervise.mjs').Service} Service */
/** @typedef {'postgres' | 'synapse' | 'livekit' | 'speech' | 'bridge'} ServiceName */

/**
 * @typedef {object} Stack
 * @property {{ messenger: string, widget: string, api: string }} urls
 * @property {{ synapse: string, livekit: string, speech: string, bridgeInternal: string, databaseUrl: string }} internal
 * @property {string} serverName
 * @property {Record<string, unknown>} config the bridge's
 * @property {string} configPath
 * @property {{ registrationSharedSecret: string, asToken: string, hsToken: string, livekitKey: string, livekitSecret: string }} secrets
 * @property {Record<ServiceName, Service>} services one that could not be installed refuses to be released
 * @property {(name: string, password: string, options?: { admin?: boolean, displayName?: string }) => Promise<import('./accounts.mjs').Account>} registerUser
 * @property {() => Promise<void>} close
 */

/** @param {string} why @returns {Service} a service that is not part of this stack */
function absent(why) {
  const refuse = () => Promise.reject(new Refusal(why));
  const nothing = () => Promise.resolve();
  return {
    logPath: '',
    pid: () => undefined,
    kill: () => {
      throw new Refusal(why);
    },
    hold: nothing,
    release: refuse,
    ready: refuse,
    close: nothing,
  };
}

/**
 * Starts everything and waits until it answers.
 * @param {StackOptions} options
 * @returns {Promise<Stack>}
 */
export async function startStack({
  dataDir: dir,
  ports: wantedPorts = 'any',
  serverName = SERVER_NAME,
  neighbours,
  speech = true,
  onProgress = () => undefined,
  quietRateLimits = false,
  consent,
  tolerant = false,
}) {
  const dataDir = resolve(dir);
  const tools = installedTools();

  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const unlock = lockData(dataDir);
  /** @type {Service[]} */
  const running = [];
  /** @type {Set<Service>} */
  const failed = new Set();
  const close = async () => {
    // In reverse order of starting: whoever uses a service ends before it.
    for (const service of running.splice(0).reverse()) await service.close();
    unlock();
  };

  try {
    const ports =
      typeof wantedPorts === 'object'
        ? wantedPorts
        : await choosePorts(wantedPorts === 'fixed' ? FIRST_PORT : wantedPorts);
    const secrets = loadSecrets(dataDir);
    /** @param {string} name */
    const logPath = (name) => join(dataDir, 'logs', `${name}.log`);
    const urls = {
      messenger: `http://localhost:${ports.messenger}`,
      widget: `http://localhost:${ports.widget}`,
      api: `http://localhost:${ports.api}`,
    };
    const { model, lastResortModel } = tools;
    const ownSpeech =
      speech === true && tools.speechPython !== undefined && (model !== undefined || lastResortModel !== undefined);
    const speechPlace =
      typeof speech === 'object'
        ? speech
        : ownSpeech
          ? { baseUrl: `http://127.0.0.1:${ports.speech}`, apiKey: secrets.speechKey, operator: serverName }
          : undefined;

    const postgres = createPostgres({
      dataDir,
      port: ports.postgres,
      password: secrets.databasePassword,
      logPath: logPath('postgres'),
      onProgress,
    });
    const synapse = createSynapse({
      dataDir,
      python: tools.synapsePython,
      serverName,
      ports,
      secrets,
      publicUrl: urls.api,
      ...(neighbours === undefined ? {} : { federation: federationWith(neighbours, ports.federation) }),
      transport: { serviceUrl: `${urls.api}/livekit/jwt`, sfuUrl: `${urls.api.replace(/^http/, 'ws')}/livekit/sfu` },
      openLimits: quietRateLimits,
      logPath: logPath('synapse'),
      onProgress,
    });
    const livekit =
      tools.livekit === undefined
        ? undefined
        : createLivekit({ dataDir, binary: tools.livekit, ports, secrets, logPath: logPath('livekit'), onProgress });
    const speechServer =
      ownSpeech && tools.speechPython !== undefined
        ? createSpeech({
            python: tools.speechPython,
            models: { model, lastResortModel },
            port: ports.speech,
            apiKey: secrets.speechKey,
            logPath: logPath('speech'),
            onProgress,
          })
        : undefined;
    tellWhoStaysRoot([synapse.barred, livekit?.barred, speechServer?.barred], onProgress);

    const config = bridgeConfig({
      dataDir,
      ports,
      secrets,
      urls,
      serverName,
      neighbours,
      databaseUrl: postgres.url,
      speech: speechPlace,
      tools,
      consent,
    });
    const configPath = join(dataDir, 'bridge.json');
    writePrivate(configPath, JSON.stringify(config, null, 2));
    const bridge = createBridge({
      ...reachableProgram({ dataDir, node: tools.node, user: mediaUser() }),
      configPath,
      internalUrl: `http://127.0.0.1:${ports.internal}`,
      withSfu: () => livekit !== undefined && !failed.has(livekit.service),
      logPath: logPath('bridge'),
      onProgress,
    });

    /** @param {Service | undefined} service */
    const start = async (service) => {
      if (service === undefined) return;
      running.push(service);
      await service.release();
    };
    /** @param {Service | undefined} service */
    const tryToStart = (service) =>
      start(service).catch((/** @type {unknown} */ error) => {
        if (service === undefined || !tolerant || !(error instanceof Refusal)) throw error;
        failed.add(service);
        onProgress(error.message);
      });
    const outcomes = await Promise.allSettled([
      start(postgres.service),
      start(synapse.service),
      tryToStart(livekit?.service),
      tryToStart(speechServer?.service),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    await start(bridge);

    return {
      urls,
      internal: {
        synapse: synapse.url,
        livekit: `http://127.0.0.1:${ports.livekit}`,
        speech: speechPlace?.baseUrl ?? `http://127.0.0.1:${ports.speech}`,
        bridgeInternal: `http://127.0.0.1:${ports.internal}`,
        databaseUrl: postgres.url,
      },
      serverName,
      config,
      configPath,
      secrets: {
        registrationSharedSecret: secrets.registrationSharedSecret,
        asToken: secrets.asToken,
        hsToken: secrets.hsToken,
        livekitKey: secrets.livekitKey,
        livekitSecret: secrets.livekitSecret,
      },
      services: {
        postgres: postgres.service,
        synapse: synapse.service,
        livekit: livekit?.service ?? absent('livekit-server is not installed.'),
        speech: speechServer?.service ?? absent('The speech server is not part of this stack.'),
        bridge,
      },
      registerUser: (name, password, person = {}) =>
        registerAccount(synapse.url, secrets.registrationSharedSecret, { name, password, ...person }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The bridge's configuration (docs/architecture.md).
 * @param {object} values
 * @param {string} values.dataDir
 * @param {import('./ports.mjs').Ports} values.ports
 * @param {import('./secrets.mjs').Secrets} values.secrets
 * @param {Stack['urls']} values.urls
 * @param {string} values.databaseUrl
 * @param {string} values.serverName
 * @param {Neighbours | undefined} values.neighbours
 * @param {SpeechPlace | undefined} values.speech
 * @param {ReturnType<typeof installedTools>} values.tools
 * @param {Record<string, unknown> | undefined} values.consent
 * @returns {Record<string, unknown>}
 */
function bridgeConfig({ dataDir, ports, secrets, urls, serverName, neighbours, databaseUrl, speech, tools, consent }) {
  const filesDir = join(dataDir, 'files');
  mkdirSync(filesDir, { recursive: true, mode: 0o700 });
  const user = mediaUser();
  return {
    serverName,
    homeserver: { baseUrl: `http://127.0.0.1:${ports.synapse}` },
    homeservers: Object.fromEntries(
      (neighbours?.servers ?? []).map((server) => [
        server.serverName,
        { baseUrl: server.federationUrl, ca: neighbours?.tls.caPath },
      ]),
    ),
    policy: { servers: policyServers(neighbours) },
    appservice: { asToken: secrets.asToken, hsToken: secrets.hsToken, watcher: 'palabre', scribe: 'palabre-scribe' },
    listen: {
      messenger: ports.messenger,
      widget: ports.widget,
      api: ports.api,
      internal: ports.internal,
      host: '127.0.0.1',
    },
    publicUrls: urls,
    livekit: { url: `http://127.0.0.1:${ports.livekit}`, apiKey: secrets.livekitKey, apiSecret: secrets.livekitSecret },
    databaseUrl,
    ...(speech === undefined ? {} : { speech: speechEngines(speech, tools) }),
    storage: { dir: filesDir },
    scribe: {
      ...(tools.chromium === undefined ? {} : { chromium: tools.chromium }),
      ...(tools.ffmpeg === undefined ? {} : { ffmpeg: tools.ffmpeg }),
      ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
    },
    ...(consent === undefined ? {} : { consent }),
    uploadLimitBytes: UPLOAD_LIMIT_BYTES,
    logLevel: 'info',
  };
}
