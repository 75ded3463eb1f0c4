import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { onPath } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { writePrivate } from './secrets.mjs';

const DAYS = '3650';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/**
 * A certificate authority of this data folder, and a certificate for `localhost`, under which all organisations on this machine
 * speak TLS with each other. Made once. Wildcards such as `*.localhost` break every handshake of Synapse (reference/synapse.md 3).
 * @param {string} dataDir
 * @returns {{ certificatePath: string, keyPath: string, caPath: string }}
 */
export function loadAuthority(dataDir) {
  const dir = join(dataDir, 'authority');
  const path = (/** @type {string} */ name) => join(dir, name);
  const places = { certificatePath: path('server.crt'), keyPath: path('server.key'), caPath: path('ca.crt') };
  if (existsSync(places.certificatePath)) return places;
  if (onPath(['openssl']) === undefined) {
    throw new Refusal('The command openssl is missing: install it with `apt-get install openssl`.');
  }
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const openssl = (/** @type {string[]} */ ...args) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  writePrivate(
    path('server.ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n',
  );
  openssl(
    'req',
    '-x509',
    ...KEY,
    '-days',
    DAYS,
    '-subj',
    '/CN=Palabre on this machine',
    '-keyout',
    path('ca.key'),
    '-out',
    places.caPath,
  );
  openssl('req', ...KEY, '-subj', '/CN=localhost', '-keyout', places.keyPath, '-out', path('server.csr'));
  // Last: its certificate says that everything is there.
  openssl(
    ...['x509', '-req', '-in', path('server.csr'), '-CA', places.caPath, '-CAkey', path('ca.key'), '-CAcreateserial'],
    ...['-days', DAYS, '-extfile', path('server.ext'), '-out', `${places.certificatePath}.new`],
  );
  renameSync(`${places.certificatePath}.new`, places.certificatePath);
  return places;
}
