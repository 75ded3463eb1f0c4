import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { homeserver, homeserverLogging, registration } from '../../homeserver-config/index.mjs';
import { writePrivate } from './secrets.mjs';
import { answers, createService } from './supervise.mjs';
import { configFolder, serviceUser } from './users.mjs';

/**
 * What the service must read lies in its own folder.
 * @param {import('../../homeserver-config/homeserver.mjs').Federation} federation @param {string} configDir
 */
function withOwnCopies(federation, configDir) {
  const copy = (/** @type {string} */ path) => {
    const own = join(configDir, basename(path));
    writePrivate(own, readFileSync(path, 'utf8'));
    return own;
  };
  const { certificatePath, keyPath, caPath } = federation;
  return { ...federation, certificatePath: copy(certificatePath), keyPath: copy(keyPath), caPath: copy(caPath) };
}

/**
 * The homeserver, with SQLite, behind the bridge.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {string} options.python
 * @param {string} options.serverName
 * @param {import('./ports.mjs').Ports} options.ports
 * @param {import('./secrets.mjs').Secrets} options.secrets
 * @param {string} options.publicUrl
 * @param {import('../../homeserver-config/homeserver.mjs').Transport} [options.transport] with it, Palabre is its application service
 * @param {import('../../homeserver-config/homeserver.mjs').Federation} [options.federation]
 * @param {boolean} options.openLimits
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createSynapse(options) {
  const { dataDir, python, serverName, ports, secrets, publicUrl, transport, federation } = options;
  const { openLimits, logPath, onProgress } = options;
  const dir = join(dataDir, 'synapse');
  const configDir = configFolder(dataDir, 'synapse');
  const configPath = join(configDir, 'homeserver.yaml');
  const logConfigPath = join(configDir, 'log.yaml');
  const registrationPath = join(configDir, 'registration.yaml');
  const signingKeyPath = join(configDir, 'signing.key');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writePrivate(signingKeyPath, `${secrets.signingKey}\n`);
  writeFileSync(logConfigPath, JSON.stringify(homeserverLogging(), null, 2));
  if (transport !== undefined) {
    const url = `http://127.0.0.1:${ports.internal}`;
    const { asToken, hsToken } = secrets;
    writePrivate(registrationPath, JSON.stringify(registration({ serverName, url, asToken, hsToken }), null, 2));
  }
  writePrivate(
    configPath,
    JSON.stringify(
      homeserver({
        serverName,
        publicUrl,
        listen: { port: ports.synapse, host: '127.0.0.1' },
        dataDir: dir,
        signingKeyPath,
        logConfigPath,
        ...(transport === undefined ? {} : { registrationPath, transport }),
        ...(federation === undefined ? {} : { federation: withOwnCopies(federation, configDir) }),
        secrets: {
          registrationShared: secrets.registrationSharedSecret,
          macaroon: secrets.macaroonSecret,
          form: secrets.formSecret,
        },
        openLimits,
      }),
      null,
      2,
    ),
  );
  const { user, barred } = serviceUser({
    service: 'synapse',
    label: 'Synapse',
    needs: [python],
    config: configDir,
    data: dir,
  });
  const url = `http://127.0.0.1:${ports.synapse}`;
  const service = createService({
    name: 'synapse',
    label: 'Synapse',
    logPath,
    onProgress,
    deathSignal: 'SIGTERM',
    readyTimeoutMs: 120_000,
    command: () => ({
      file: python,
      args: ['-c', 'from synapse.app.homeserver import main; main()', '-c', configPath],
      cwd: dir,
      ...(user === undefined ? {} : { user }),
    }),
    ready: () => answers(`${url}/_matrix/client/versions`),
  });
  return { service, url, barred };
}
