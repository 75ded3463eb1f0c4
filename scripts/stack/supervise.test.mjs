import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { createService } from './supervise.mjs';

/** @type {string} */
let dir;
/** @type {import('./supervise.mjs').Service[]} */
let services;
/** @type {string[]} */
let told;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'supervise-'));
  services = [];
  told = [];
});
afterEach(async () => {
  for (const service of services) await service.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A process that says it is there by writing its number into a file. @param {string} shell */
function service(shell, extra = {}) {
  const made = createService({
    name: 'thing',
    label: 'The thing',
    logPath: join(dir, 'thing.log'),
    onProgress: (text) => told.push(text),
    command: () => {
      rmSync(join(dir, 'pid'), { force: true });
      return { file: 'sh', args: ['-c', shell], cwd: dir };
    },
    ready: () => Promise.resolve(existsSync(join(dir, 'pid'))),
    ...extra,
  });
  services.push(made);
  return made;
}

/** @param {number | undefined} pid */
const lives = (pid) =>
  pid !== undefined && existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('a supervised process', () => {
  test('is started again when it dies, and stays down when it is held', async () => {
    const thing = service('echo $$ > pid; exec sleep 60');
    await thing.release();
    const first = thing.pid();
    const began = Date.now();
    thing.kill('SIGKILL');
    // Asked before the end of the first one was noticed.
    await thing.release();
    expect([undefined, first]).not.toContain(thing.pid());
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(thing.pid()).not.toBe(first);
    expect(told).toEqual(['The thing stopped (SIGKILL); starting it again.']);

    const second = thing.pid();
    await thing.hold();
    expect(lives(second)).toBe(false);
    expect(thing.pid()).toBeUndefined();
    await thing.release();
    expect(lives(thing.pid())).toBe(true);
  });

  test('that fails at once is reported with what it said, and not started again', async () => {
    const thing = service('echo cannot read the moon >&2; exit 3');
    await expect(thing.release()).rejects.toThrow(/The thing stopped at once \(exit code 3\)[^]*cannot read the moon/);
    expect(thing.pid()).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('that never answers is ended and reported', async () => {
    const thing = service('exec sleep 60', { readyTimeoutMs: 100 });
    await expect(thing.release()).rejects.toThrow(/did not answer within 0.1 s/);
    expect(thing.pid()).toBeUndefined();
  });

  test('that does not listen is killed, and so is what it started', async () => {
    const thing = service("trap '' TERM; sleep 60 & echo $! > pid; while :; do wait; done", { stopTimeoutMs: 100 });
    await thing.release();
    while (readFileSync(join(dir, 'pid'), 'utf8').trim() === '') await sleep(5);
    const grandchild = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    expect(lives(grandchild)).toBe(true);
    await thing.hold();
    while (lives(grandchild)) await sleep(5);
  });

  test('dies with a supervisor that is killed', async () => {
    const module = fileURLToPath(new URL('supervise.mjs', import.meta.url));
    const script = join(dir, 'supervisor.mjs');
    writeFileSync(
      script,
      `import { existsSync } from 'node:fs';
       import { createService } from ${JSON.stringify(module)};
       await createService({ name: 'a', label: 'A', logPath: 'a.log', onProgress: () => undefined,
         command: () => ({ file: 'sh', args: ['-c', 'echo $$ > pid; exec sleep 60'] }),
         ready: () => Promise.resolve(existsSync('pid')) }).release();
       console.log('up');`,
    );
    const supervisor = spawn(process.execPath, [script], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => supervisor.stdout.once('data', resolve));
    const child = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    expect(lives(child)).toBe(true);
    supervisor.kill('SIGKILL');
    while (lives(child)) await sleep(5);
  });
});

test('setpriv, which binds children to their parent, is here', () => {
  expect(execFileSync('setpriv', ['--version'], { encoding: 'utf8' })).toMatch(/util-linux/);
});
