/** One real PostgreSQL for all unit tests of a run (Jest's global set-up), and a real object storage where a test wants one. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { choosePorts } from '../stack/ports.mjs';
import { createPostgres } from '../stack/postgres.mjs';
import { findObjectStorage } from './object-storage.mjs';

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
  try {
    process.env['PALABRE_TEST_OBJECT_STORAGE'] = await findObjectStorage();
  } catch (error) {
    // Its own tests fail; all others need not.
    console.error(error instanceof Error ? error.message : error);
  }
}

export const stopDatabase = () => close();
