/**
 * An organisation with a homeserver and pages for its people, but without bridge and SFU: they take part in their partners' calls.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { registerAccount } from './accounts.mjs';
import { nodeService } from './bridge.mjs';
import { installedTools } from './installed.mjs';
import { lockData } from './lock.mjs';
import { federationWith, policyServers } from './neighbours.mjs';
import { reachableProgram } from './program.mjs';
import { loadSecrets, writePrivate } from './secrets.mjs';
import { answers } from './supervise.mjs';
import { createSynapse } from './synapse.mjs';
import { tellWhoStaysRoot } from './users.mjs';

/**
 * @param {object} options
 * @param {string} options.dataDir
 * @param {import('./ports.mjs').Ports} options.ports
 * @param {string} options.serverName
 * @param {import('./neighbours.mjs').Neighbours} options.neighbours
 * @param {import('./neighbours.mjs').Neighbour['transports']} options.transports where its people publish
 * @param {string} options.host server name of the partner whose bots look after its rooms
 * @param {(text: string) => void} options.onProgress
 * @param {boolean} options.quietRateLimits
 */
export async function startOutpost({
  dataDir,
  ports,
  serverName,
  neighbours,
  transports,
  host,
  onProgress,
  quietRateLimits,
}) {
  const tools = installedTools();
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const unlock = lockData(dataDir);
  const secrets = loadSecrets(dataDir);
  const logPath = (/** @type {string} */ name) => join(dataDir, 'logs', `${name}.log`);
  const urls = {
    messenger: `http://localhost:${ports.messenger}`,
    widget: `http://localhost:${ports.widget}`,
    api: `http://localhost:${ports.synapse}`,
  };
  const synapse = createSynapse({
    dataDir,
    python: tools.synapsePython,
    serverName,
    ports,
    secrets,
    publicUrl: urls.api,
    federation: federationWith(neighbours, ports.federation),
    openLimits: quietRateLimits,
    logPath: logPath('synapse'),
    onProgress,
  });
  tellWhoStaysRoot([synapse.barred], onProgress);
  const configPath = join(dataDir, 'pages.json');
  writePrivate(
    configPath,
    JSON.stringify(
      {
        serverName,
        urls,
        listen: { host: '127.0.0.1', messenger: ports.messenger, widget: ports.widget },
        watcherUserId: `@palabre:${host}`,
        scribeUserId: `@palabre-scribe:${host}`,
        transports,
        partners: policyServers(neighbours),
      },
      null,
      2,
    ),
  );
  const pages = nodeService({
    ...reachableProgram({ dataDir, node: tools.node, user: undefined }),
    name: 'pages',
    label: 'the pages',
    entry: 'serve-pages.ts',
    env: { PALABRE_PAGES_CONFIG: configPath },
    logPath: logPath('pages'),
    onProgress,
    ready: () => answers(`${urls.messenger}/config.json`),
  });
  const services = { synapse: synapse.service, pages };
  const close = async () => {
    const closed = await Promise.allSettled([pages.close(), synapse.service.close()]);
    unlock();
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
  };
  try {
    await Promise.all([synapse.service.release(), pages.release()]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    urls,
    serverName,
    internal: { synapse: synapse.url },
    services,
    registerUser: (
      /** @type {string} */ name,
      /** @type {string} */ password,
      /** @type {{ admin?: boolean, displayName?: string }} */ person = {},
    ) => registerAccount(synapse.url, secrets.registrationSharedSecret, { name, password, ...person }),
    close,
  };
}
