import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { isRoot } from '../places.mjs';
import { createLivekit } from './livekit.mjs';
import { choosePorts } from './ports.mjs';
import { loadSecrets } from './secrets.mjs';
import { createSynapse } from './synapse.mjs';
import { serviceUser, tellWhoStaysRoot } from './users.mjs';

/** @type {string} */
let dir;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'users-'));
  chmodSync(dir, 0o711);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Writes what both services read; nothing is started. */
async function configure() {
  const [ports, secrets] = [await choosePorts('any'), loadSecrets(dir)];
  const shared = { dataDir: dir, ports, secrets, logPath: join(dir, 'log'), onProgress: () => undefined };
  createLivekit({ ...shared, binary: '/bin/true' });
  createSynapse({
    ...shared,
    python: '/bin/true',
    serverName: 'a.example',
    publicUrl: 'https://a.example',
    transport: { serviceUrl: 'https://a.example/jwt', sfuUrl: 'wss://a.example/sfu' },
    openLimits: false,
  });
  return secrets;
}

test('configuration is written where no service can put a link', async () => {
  const victim = join(dir, 'victim');
  writeFileSync(victim, 'untouched');
  for (const path of ['livekit/keys.yaml', 'livekit/livekit.yaml', 'synapse/signing.key', 'synapse/homeserver.yaml']) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    symlinkSync(victim, join(dir, `${path}.new`));
  }
  symlinkSync(victim, join(dir, 'synapse', 'log.yaml'));
  await configure();
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(statSync(victim).uid).toBe(process.getuid?.());

  const files = ['livekit/keys.yaml', 'livekit/livekit.yaml', 'synapse/signing.key', 'synapse/homeserver.yaml'];
  for (const path of files) {
    const file = statSync(join(dir, 'config', path));
    const folder = statSync(join(dir, 'config', path, '..'));
    expect([file.uid, folder.uid]).toEqual([process.getuid?.(), process.getuid?.()]);
    expect([file.mode & 0o777, folder.mode & 0o777]).toEqual(isRoot ? [0o640, 0o750] : [0o600, 0o700]);
  }
});

test('a homeserver keeps its signing key, and its data folder becomes its own', async () => {
  const secrets = await configure();
  await configure();
  expect(readFileSync(join(dir, 'config/synapse/signing.key'), 'utf8')).toBe(`${secrets.signingKey}\n`);
  expect(statSync(join(dir, 'synapse')).uid).not.toBe(0);
  expect(existsSync(join(dir, 'synapse/signing.key'))).toBe(false);
});

test('services that must stay root are named at the start, in one message', () => {
  const data = join(dir, 'data');
  const closed = join(dir, 'closed');
  for (const folder of [data, closed]) mkdirSync(folder, { mode: 0o700 });
  const into = join(dir, 'into');
  const inside = join(closed, 'inside');
  symlinkSync(closed, into);
  symlinkSync('/bin/true', inside);
  const synapse = serviceUser({ service: 'synapse', label: 'Synapse', needs: ['/bin/true', into], data });
  const speech = serviceUser({ service: 'speech', label: 'the speech server', needs: [inside] });
  const livekit = serviceUser({ service: 'livekit', label: 'livekit-server', needs: ['/bin/true'] });
  expect([synapse.user, speech.user]).toEqual([undefined, undefined]);
  expect(statSync(data).uid).toBe(process.getuid?.());

  /** @type {string[]} */
  const said = [];
  tellWhoStaysRoot([synapse.barred, livekit.barred, speech.barred], (text) => said.push(text));
  tellWhoStaysRoot([livekit.barred], (text) => said.push(text));
  expect(said).toHaveLength(isRoot ? 1 : 0);
  // What happens, why, and what to do.
  for (const part of isRoot
    ? [
        `Synapse (its account palabre-synapse may not read ${closed}),`,
        `the speech server (its account palabre-speech may not read ${inside})`,
        'Everything works the same',
        'have these where everybody may read',
      ]
    : [])
    expect(said[0]).toContain(part);
  expect(said.join()).not.toContain('livekit');
});
