/** A real server of the S3 protocol for the tests of storage (Jest's global set-up): installed once into the cache. */
import { existsSync } from 'node:fs';

import { goInstall } from '../bootstrap/go.mjs';
import { lockCache } from '../bootstrap/lock.mjs';
import { createProgress } from '../bootstrap/progress.mjs';
import { cachePlaces, VERSIONS } from '../places.mjs';

/** @returns {Promise<string>} path of the program */
export async function findObjectStorage() {
  const { versitygw } = cachePlaces();
  if (existsSync(versitygw)) return versitygw;
  const say = (/** @type {string} */ text) => console.log(text);
  const unlock = await lockCache(say);
  const progress = createProgress(say);
  try {
    if (!existsSync(versitygw)) {
      await progress.step(
        'versitygw',
        `${VERSIONS.versitygw}, built with Go for the tests, 1 to 3 minutes`,
        () =>
          goInstall({
            name: 'versitygw',
            source: `github.com/versity/versitygw/cmd/versitygw@v${VERSIONS.versitygw}`,
            target: versitygw,
            otherwise: ' and run the tests again.',
          }),
        versitygw,
      );
    }
    return versitygw;
  } finally {
    progress.close();
    unlock();
  }
}
