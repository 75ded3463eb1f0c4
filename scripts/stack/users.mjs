import { execFileSync } from 'node:child_process';

import { detail, Refusal } from '../refusal.mjs';
import { isRoot, onPath } from '../places.mjs';

/** @typedef {{ name: string, uid: number, gid: number }} SystemUser */

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
 * What meets strangers' input has no business with the files of the others: somebody else for each service, when started as root.
 * Undefined where they could not reach what they need, for example a cache in root's home.
 * @param {'synapse' | 'livekit' | 'speech'} service @param {string[]} needs paths it reads @param {string} [owns] folder that is given to them
 * @returns {SystemUser | undefined}
 */
export function serviceUser(service, needs, owns) {
  if (!isRoot) return undefined;
  const user = ensure(`palabre-${service}`);
  if (owns !== undefined) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, owns]);
  return [...needs, ...(owns === undefined ? [] : [owns])].every((path) => reachable(user, path, 'r'))
    ? user
    : undefined;
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
