import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { exclusiveUsers, homeserver, registration } from '../../homeserver-config/index.mjs';
import { startOptions } from '../options.mjs';
import { Refusal } from '../refusal.mjs';
import { isDataInUse, lockData } from './lock.mjs';
import { choosePorts } from './ports.mjs';
import { loadSecrets } from './secrets.mjs';

/** @type {string} */
let dir;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'values-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the application service', () => {
  test('owns the scribe and the guests of its own server, and nobody else', () => {
    const owns = (/** @type {string} */ user) => new RegExp(exclusiveUsers('palabre.localhost')).test(user);
    expect(owns('@palabre-scribe:palabre.localhost')).toBe(true);
    expect(owns('@palabre-guest-x7:palabre.localhost')).toBe(true);
    for (const stranger of [
      '@palabre:palabre.localhost',
      '@palabreur:palabre.localhost',
      '@palabre-scribe2:palabre.localhost',
      '@palabre-scribe:palabrexlocalhost',
      '@palabre-scribe:palabre.localhost.example.org',
      '@palabre-guest-:palabre.localhost',
      '@palabre-guest-X:palabre.localhost',
    ]) {
      expect(owns(stranger)).toBe(false);
    }
  });

  test('asks for nothing that would take media keys out of /sync', () => {
    const made = registration({ serverName: 'a.example', url: 'http://127.0.0.1:1', asToken: 'a', hsToken: 'h' });
    expect(Object.keys(made).join(' ')).not.toMatch(/ephemeral|3202|4190|2409/);
    const config = homeserver({
      serverName: 'a.example',
      publicUrl: 'https://chat.a.example',
      listen: { port: 1, host: '127.0.0.1' },
      dataDir: '/data',
      signingKeyPath: '/data/signing.key',
      logConfigPath: '/data/log.yaml',
      registrationPath: '/data/registration.yaml',
      secrets: { registrationShared: 'r', macaroon: 'm', form: 'f' },
      transport: { serviceUrl: 'https://chat.a.example/livekit/jwt', sfuUrl: 'wss://chat.a.example/livekit/sfu' },
    });
    expect(JSON.stringify(config)).not.toMatch(/2409|3202|4190/);
    expect(config['matrix_rtc']).toEqual({
      transports: [
        {
          type: 'livekit',
          url: 'wss://chat.a.example/livekit/sfu',
          livekit_service_url: 'https://chat.a.example/livekit/jwt',
        },
      ],
    });
  });
});

test('secrets are made once, for the owner only', () => {
  const first = loadSecrets(dir);
  expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
  expect(loadSecrets(dir)).toEqual(first);
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('one stack for one data folder', () => {
  const release = lockData(dir);
  expect(isDataInUse(dir)).toBe(true);
  expect(() => lockData(dir)).toThrow(Refusal);
  release();
  expect(isDataInUse(dir)).toBe(false);
});

test('free ports are distinct and can be listened on', async () => {
  const ports = await choosePorts('any');
  const numbers = Object.values(ports);
  expect(new Set(numbers).size).toBe(numbers.length);
  await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(ports.api, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
});

test('the options of npm start', () => {
  expect(startOptions(['--data', '/srv/palabre', '--reset'])).toEqual({
    data: '/srv/palabre',
    reset: true,
    federation: false,
    help: false,
  });
  expect(startOptions(['--federation']).data).toMatch(/-federation$/);
  expect(() => startOptions(['--dta', 'x'])).toThrow(Refusal);
  expect(() => startOptions(['--data', ''])).toThrow(Refusal);
});
