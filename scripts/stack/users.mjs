import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { detail, Refusal } from '../refusal.mjs';
import { isRoot, onPath } from '../places.mjs';

/** @typedef {{ name: string, uid: number, gid: number }} SystemUser */
/** @typedef {{ label: string, account: string, path: string }} Barred a service that stays root: its own account may not read this */

/** @param {string} name @returns {SystemUser | undefined} */
function lookUp(name) {
  try {
    const [, , uid, gid] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch (error) {
    // getent says "not found" by exit status 2
    if (detail(error, 'status') === 2) return undefined;
    throw error;
  }
}

/** @param {string} name @returns {SystemUser} */
function ensure(name) {
  const known = lookUp(name);
  if (known !== undefined) return known;
  if (onPath(['useradd']) === undefined) {
    throw new Refusal(
      `The system user ${name} is missing and could not be made: add it, or run Palabre as an ordinary user.`,
    );
  }
  execFileSync('useradd', [
    '--system',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ]);
  const made = lookUp(name);
  if (made === undefined)
    throw new Refusal(`The system user ${name} could not be made: add it, or run Palabre as an ordinary user.`);
  return made;
}

/** PostgreSQL refuses to run as root: the user it runs as instead; undefined when we are not root. */
export function databaseUser() {
  if (!isRoot) return undefined;
  return lookUp('postgres') ?? ensure('palabre-db');
}

/** Browsers and decoders that meet other people's media have no business with the database's files: another user for them. */
export const mediaUser = () => (isRoot ? ensure('palabre-media') : undefined);

/**
 * Folder for the files that a service reads and only we write. It stays ours: in a folder of the service's own, root would
 * write through whatever link stands there.
 * @param {string} dataDir @param {'synapse' | 'livekit'} service
 */
export function configFolder(dataDir, service) {
  const folder = join(dataDir, 'config', service);
  mkdirSync(join(dataDir, 'config'), { recursive: true, mode: 0o711 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** @param {string} folder filled by us @param {SystemUser} user whose group may read it */
function letRead(folder, { gid }) {
  for (const name of readdirSync(folder)) {
    chownSync(join(folder, name), 0, gid);
    chmodSync(join(folder, name), 0o640);
  }
  chownSync(folder, 0, gid);
  chmodSync(folder, 0o750);
}

/** Nothing is done in a folder that is theirs already: they may have put links there. @param {string} folder @param {{ uid: number, gid: number }} owner */
function give(folder, { uid, gid }) {
  if (lstatSync(folder).uid !== uid)
    execFileSync('chown', ['--recursive', '--no-dereference', `${uid}:${gid}`, folder]);
}

/**
 * What meets strangers' input has no business with the files of the others: somebody else for each service, when started as root.
 * `barred` where it could not reach what it needs, for example a cache in root's home (`tellWhoStaysRoot`).
 * @param {object} options
 * @param {'synapse' | 'livekit' | 'speech'} options.service
 * @param {string} options.label
 * @param {string[]} options.needs paths that it reads
 * @param {string} [options.config] its `configFolder`, filled
 * @param {string} [options.data] folder beside it that becomes its own
 * @returns {{ user?: SystemUser, barred?: Barred }}
 */
export function serviceUser({ service, label, needs, config, data }) {
  if (!isRoot) return {};
  const user = ensure(`palabre-${service}`);
  if (config !== undefined) letRead(config, user);
  const barred = [...needs, ...(config === undefined ? [] : [config])].find((path) => !reachable(user, path, 'r'));
  if (data !== undefined) give(data, barred === undefined ? user : { uid: 0, gid: 0 });
  if (barred === undefined) return { user };
  // Python of a virtual environment is a link; what bars the way is mostly where it leads.
  const behind = existsSync(barred) ? realpathSync(barred) : barred;
  return { barred: { label, account: user.name, path: reachable(user, behind, 'r') ? barred : behind } };
}

/** One message for all of them. @param {(Barred | undefined)[]} services @param {(text: string) => void} onProgress */
export function tellWhoStaysRoot(services, onProgress) {
  const each = services.flatMap((one) =>
    one === undefined ? [] : `${one.label} (its account ${one.account} may not read ${one.path})`,
  );
  if (each.length === 0) return;
  onProgress(
    `With root's rights: ${each.join(', ')}. Everything works the same, only less apart from your other files. ` +
      'To change that, have these where everybody may read (not below /root), or start Palabre as an ordinary user.',
  );
}

/** Can `user` read (or enter) `path`? @param {SystemUser} user @param {string} path @param {'r' | 'x'} [how] */
export function reachable(user, path, how = 'x') {
  try {
    execFileSync(
      'setpriv',
      [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--', 'test', `-${how}`, path],
      { stdio: 'ignore' },
    );
    return true;
  } catch (error) {
    if (detail(error, 'status') === 1) return false;
    throw error;
  }
}
