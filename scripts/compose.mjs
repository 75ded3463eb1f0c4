/**
 * Writes the configuration that `docker-compose.yml` mounts, for a server with a domain of its own, from the same generators as
 * the embedded default: `node scripts/compose.mjs example.org`. Secrets are made once and kept.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { elementConfig } from '../element-config/index.mjs';
import { homeserver, homeserverLogging, registration } from '../homeserver-config/index.mjs';
import { repository } from './places.mjs';
import { Refusal } from './refusal.mjs';
import { ROOM_RULES, WHOLE_PICTURES } from './stack/livekit.mjs';
import { loadSecrets, writePrivate } from './stack/secrets.mjs';

const UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024;

/**
 * Every generated file by its path below the deployment folder.
 * @param {string} domain
 * @param {import('./stack/secrets.mjs').Secrets} secrets
 * @returns {Record<string, string>}
 */
export function deployment(domain, secrets) {
  const api = `https://matrix.${domain}`;
  const urls = { messenger: `https://chat.${domain}`, widget: `https://call.${domain}`, api };
  const transport = { serviceUrl: `${api}/livekit/jwt`, sfuUrl: `wss://matrix.${domain}/livekit/sfu` };
  const yaml = (/** @type {unknown} */ value) => `${JSON.stringify(value, null, 2)}\n`;

  const synapse = {
    ...homeserver({
      serverName: domain,
      publicUrl: api,
      listen: { port: 8008, host: '0.0.0.0' },
      dataDir: '/data',
      signingKeyPath: '/config/signing.key',
      logConfigPath: '/config/log.yaml',
      registrationPath: '/config/registration.yaml',
      secrets: {
        registrationShared: secrets.registrationSharedSecret,
        macaroon: secrets.macaroonSecret,
        form: secrets.formSecret,
      },
      transport,
    }),
    database: {
      name: 'psycopg2',
      args: { host: 'postgres', user: 'synapse', password: secrets.databasePassword, dbname: 'synapse' },
    },
  };

  const bridge = {
    serverName: domain,
    homeserver: { baseUrl: 'http://synapse:8008' },
    homeservers: {},
    appservice: { asToken: secrets.asToken, hsToken: secrets.hsToken, watcher: 'palabre', scribe: 'palabre-scribe' },
    listen: { messenger: 8600, widget: 8601, api: 8602, internal: 8610, host: '0.0.0.0', internalHost: '0.0.0.0' },
    publicUrls: urls,
    trustProxy: true,
    livekit: { url: 'http://livekit:7880', apiKey: secrets.livekitKey, apiSecret: secrets.livekitSecret },
    databaseUrl: `postgres://palabre:${secrets.databasePassword}@postgres:5432/palabre`,
    speech: {
      baseUrl: 'http://speech:8609',
      apiKey: secrets.speechKey,
      model: 'base',
      // The container's name says nothing to people who read a transcript.
      place: domain,
      operator: domain,
    },
    storage: { dir: '/files' },
    scribe: { chromium: '/usr/bin/chromium', ffmpeg: '/usr/bin/ffmpeg' },
    uploadLimitBytes: UPLOAD_LIMIT_BYTES,
    logLevel: 'info',
  };

  const livekit = {
    port: 7880,
    logging: { level: 'warn', json: true },
    keys: { [secrets.livekitKey]: secrets.livekitSecret },
    rtc: { use_external_ip: true, udp_port: 7882, tcp_port: 7881, pli_throttle: WHOLE_PICTURES },
    room: ROOM_RULES,
    webhook: { api_key: secrets.livekitKey, urls: ['http://bridge:8610/livekit/webhook'] },
  };

  const site = (/** @type {string} */ name, /** @type {string} */ upstream) =>
    `${name}.${domain} {\n  reverse_proxy ${upstream}\n}\n`;

  return {
    'synapse/homeserver.yaml': yaml(synapse),
    'synapse/log.yaml': yaml(homeserverLogging()),
    'synapse/registration.yaml': yaml(
      registration({
        serverName: domain,
        url: 'http://bridge:8610',
        asToken: secrets.asToken,
        hsToken: secrets.hsToken,
      }),
    ),
    'synapse/signing.key': `${secrets.signingKey}\n`,
    'bridge/bridge.json': yaml(bridge),
    'livekit/livekit.yaml': yaml(livekit),
    'element/config.json': yaml(elementConfig({ serverName: domain, publicUrl: api })),
    'caddy/Caddyfile': [
      site('chat', 'bridge:8600'),
      site('call', 'bridge:8601'),
      site('matrix', 'bridge:8602'),
      site('element', 'element:80'),
    ].join('\n'),
    'postgres/databases.sql': ['synapse', 'palabre']
      .map(
        (name) =>
          `CREATE USER ${name} PASSWORD '${secrets.databasePassword}';\n` +
          `CREATE DATABASE ${name} OWNER ${name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;\n`,
      )
      .join(''),
    '.env': `POSTGRES_PASSWORD=${secrets.databasePassword}\nPALABRE_SPEECH_KEY=${secrets.speechKey}\n`,
  };
}

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

function main() {
  const domain = process.argv[2] ?? '';
  if (!DOMAIN.test(domain))
    throw new Refusal('Name the domain of your server: `node scripts/compose.mjs example.org`.');
  const dir = join(repository, 'deploy');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const [path, content] of Object.entries(deployment(domain, loadSecrets(dir)))) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    // Containers run as other users: what is only theirs to read lies in a folder that nobody else may enter.
    writeFileSync(join(dir, path), content, { mode: 0o644 });
  }
  writePrivate(join(dir, 'domain'), `${domain}\n`);
  console.log(`Written to deploy/ for ${domain}. Next: docker compose --env-file deploy/.env up --build`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
