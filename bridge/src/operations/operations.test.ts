import { describe, expect, test } from '@jest/globals';
import { PalabreError } from '@palabre/protocol';
import { ConfigError, configSchema, derive, parseConfig } from './config.ts';
import { createFakeOperations } from './fake-operations.ts';
import { createHealthRoutes } from './health.ts';
import { bearerToken, toPalabreError } from './http.ts';
import { createHashForLog } from './log.ts';
import { sameSecret } from './secret.ts';

const valid = {
  serverName: 'palabre.localhost',
  homeserver: { baseUrl: 'http://127.0.0.1:8603/' },
  appservice: { asToken: 'a'.repeat(32), hsToken: 'h'.repeat(32) },
  listen: { messenger: 8600, widget: 8601, api: 8602, internal: 8610 },
  publicUrls: { messenger: 'http://localhost:8600', widget: 'http://localhost:8601', api: 'http://localhost:8602' },
  livekit: { url: 'http://127.0.0.1:8604', apiKey: 'key', apiSecret: 's'.repeat(32) },
  databaseUrl: 'postgres://localhost/palabre',
  storage: { dir: '/data' },
};

describe('configuration', () => {
  test('a valid one is taken, with defaults and without closing slashes', () => {
    const config = parseConfig(configSchema, valid, 'test');
    expect(config.homeserver.baseUrl).toBe('http://127.0.0.1:8603');
    expect(config.listen.host).toBe('127.0.0.1');
    expect(derive(config)).toEqual({
      watcherUserId: '@palabre:palabre.localhost',
      scribeUserId: '@palabre-scribe:palabre.localhost',
      tokenServiceUrl: 'http://localhost:8602/livekit/jwt',
      sfuUrl: 'ws://localhost:8602/livekit/sfu',
    });
  });

  test.each([
    ['livekit.apiKey', { ...valid, livekit: { url: 'http://x', apiSecret: 's'.repeat(32) } }],
    ['listen.api', { ...valid, listen: { ...valid.listen, api: 'eighty' } }],
    ['databaseUrl', { ...valid, databaseUrl: 'mysql://x' }],
    ['publicUrls.api', { ...valid, publicUrls: { ...valid.publicUrls, api: 'ftp://x' } }],
    [
      'scribes',
      { ...valid, policy: { servers: [{ match: 'north.example', class: 'partner', scribes: ['@a:south.example'] }] } },
    ],
    ['tipo', { ...valid, tipo: 1 }],
  ])('a wrong one is refused by the name of its key: %s', (key, value) => {
    expect(() => parseConfig(configSchema, value, 'test')).toThrow(ConfigError);
    expect(() => parseConfig(configSchema, value, 'test')).toThrow(key);
  });
});

describe('Egress as the driver of recordings', () => {
  const announce = { default: 'announce' };
  const folder = { driver: 'egress', egressFolder: { dir: '/egress' } };
  const s3 = { bucket: 'calls', accessKeyId: 'id', secretAccessKey: 'hidden' };

  test('is taken where nobody is asked and there is a place for its files', () => {
    const { recording } = parseConfig(configSchema, { ...valid, recording: folder, consent: announce }, 'test');
    expect(recording).toMatchObject(folder);
    const inStorage = { recording: { driver: 'egress' }, storage: { dir: '/data', s3 } };
    expect(parseConfig(configSchema, { ...valid, ...inStorage, consent: announce }, 'test').recording.driver).toBe(
      'egress',
    );
    expect(parseConfig(configSchema, valid, 'test').recording.driver).toBe('page');
  });

  test.each([
    ['cannot leave anybody out', { recording: folder }],
    ['cannot leave anybody out', { recording: folder, consent: { ...announce, externPresent: 'ask' } }],
    ['needs recording.egressFolder', { recording: { driver: 'egress' }, consent: announce }],
  ])('is refused otherwise: it %s', (why, more) => {
    expect(() => parseConfig(configSchema, { ...valid, ...more }, 'test')).toThrow(why);
  });
});

describe('logs', () => {
  test('hashes are stable, keyed, and do not show the value', () => {
    const hash = createHashForLog('one secret');
    expect(hash('@alice:x')).toBe(hash('@alice:x'));
    expect(hash('@alice:x')).not.toBe(createHashForLog('another')('@alice:x'));
    expect(hash('@alice:x')).not.toContain('alice');
  });

  test("an error's message is not written, for it may quote ids and tokens; its code is", () => {
    const { log, lines } = createFakeOperations();
    const cause = Object.assign(new Error('secret-token of @alice:x'), { code: 'ECONNREFUSED' });
    log.logger.error({ err: new Error('room !abc:x', { cause }) }, 'failed');
    expect(lines.join('')).toContain('ECONNREFUSED');
    expect(lines.join('')).not.toMatch(/secret-token|!abc:x/);
  });
});

describe('errors', () => {
  test('parser errors and unknown ones become Matrix errors without details', () => {
    expect(toPalabreError(Object.assign(new Error('x'), { type: 'entity.too.large', status: 413 })).code).toBe(
      'M_TOO_LARGE',
    );
    expect(toPalabreError(Object.assign(new Error('x'), { type: 'entity.parse.failed', status: 400 })).code).toBe(
      'M_NOT_JSON',
    );
    const bug = toPalabreError(new Error('connection string postgres://…'));
    expect(bug.toBody()).toEqual({ errcode: 'M_UNKNOWN', error: 'Something went wrong here; try again' });
    const known = new PalabreError('M_FORBIDDEN', 'no');
    expect(toPalabreError(known)).toBe(known);
  });

  test('a bearer token is read, anything else is a missing token', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    for (const header of [undefined, '', 'Bearer', 'Bearer a b', 'Basic abc']) {
      expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: 'M_MISSING_TOKEN' }));
    }
  });

  test('secrets compare', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    expect(sameSecret('abc', 'abd')).toBe(false);
    expect(sameSecret('', 'abc')).toBe(false);
  });
});

test('health routes exist for every check', () => {
  const { metrics } = createFakeOperations();
  expect(createHealthRoutes({}, metrics).stack.map((layer) => layer.route?.path)).toEqual([
    '/live',
    '/ready',
    '/metrics',
  ]);
});
