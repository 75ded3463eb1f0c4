import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { cacheDir } from '../places.mjs';
import { detail } from '../refusal.mjs';

/** One set-up at a time in one cache; a lock of a dead process is taken over. @param {(text: string) => void} say @returns {Promise<() => void>} */
export async function lockCache(say) {
  const path = join(cacheDir(), 'installing.pid');
  mkdirSync(cacheDir(), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (detail(error, 'code') !== 'EEXIST') throw error;
    }
    const holder = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (holder !== '' && !existsSync(`/proc/${holder}`)) rmSync(path, { force: true });
    else {
      if (!told) say('Another set-up is at work in the same cache; waiting for it.');
      await sleep(500);
    }
  }
}
