import { isRoot, locateTools, onPath } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { run } from './command.mjs';

/** @returns {string[]} Debian's names of what is missing */
export function missingSystemPackages() {
  const tools = locateTools();
  return [
    ...(tools.chromium === undefined ? ['chromium'] : []),
    ...(tools.ffmpeg === undefined ? ['ffmpeg'] : []),
    ...(tools.emojiFont ? [] : ['fonts-noto-color-emoji']),
    ...(tools.textFont ? [] : ['fonts-dejavu-core']),
    ...(tools.setpriv === undefined ? ['util-linux'] : []),
  ];
}

/** Chromium, ffmpeg and fonts come from the system's packages. */
export async function installSystemPackages() {
  const wanted = missingSystemPackages();
  if (!isRoot || onPath(['apt-get']) === undefined) {
    throw new Refusal(
      `${wanted.join(', ')} ${wanted.length === 1 ? 'is' : 'are'} missing: install with \`sudo apt-get install ${wanted.join(' ')}\` and start again.`,
    );
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-update', 'apt-get', [...patience, 'update'], { env });
  await run('apt-install', 'apt-get', [...patience, 'install', '-y', '--no-install-recommends', ...wanted], { env });
}
