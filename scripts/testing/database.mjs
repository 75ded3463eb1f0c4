/** One real PostgreSQL for all unit tests of a run (Jest's global set-up): what SQL does is not worth pretending. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { choosePorts } from '../stack/ports.mjs';
import { createPostgres } from '../stack/postgres.mjs';

/** @type {() => Promise<void>} */
let close = () => Promise.resolve();

export default async function startDatabase() {
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-unit-'));
  // PostgreSQL may run as another user.
  chmodSync(dataDir, 0o711);
  const { service, url } = createPostgres({
    dataDir,
    port: (await choosePorts('any')).postgres,
    password: 'palabre',
    logPath: join(dataDir, 'postgres.log'),
    onProgress: () => undefined,
    throwAway: true,
  });
  close = async () => {
    await service.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await service.release();
  } catch (error) {
    await close();
    throw error;
  }
  process.env['PALABRE_TEST_DATABASE'] = url;
}

export const stopDatabase = () => close();
