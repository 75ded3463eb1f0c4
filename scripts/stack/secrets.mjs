import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const random = () => randomBytes(32).toString('hex');

const generators = {
  registrationSharedSecret: random,
  macaroonSecret: random,
  formSecret: random,
  asToken: random,
  hsToken: random,
  livekitKey: () => `API${randomBytes(6).toString('hex')}`,
  livekitSecret: random,
  databasePassword: random,
  speechKey: random,
  /** Format of Synapse's signing key file. */
  signingKey: () =>
    `ed25519 a_${randomBytes(3).toString('hex')} ${randomBytes(32).toString('base64').replace(/=+$/, '')}`,
};

/** @typedef {Record<keyof typeof generators, string>} Secrets */

/** Writes a file that only its owner may read, whole or not at all. @param {string} path @param {string} content */
export function writePrivate(path, content) {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The secrets of this data folder: made at the first start, the same ever after. @param {string} dataDir @returns {Secrets} */
export function loadSecrets(dataDir) {
  const path = join(dataDir, 'secrets.json');
  /** @type {unknown} */
  const known = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const stored = typeof known === 'object' && known !== null ? known : {};
  const fresh = Object.fromEntries(Object.entries(generators).map(([name, generate]) => [name, generate()]));
  const secrets = /** @type {Secrets} */ ({ ...fresh, ...stored });
  if (Object.keys(secrets).length !== Object.keys(stored).length) {
    writePrivate(path, `${JSON.stringify(secrets, null, 2)}\n`);
  }
  return secrets;
}
