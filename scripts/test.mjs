/**
 * `npm test`: everything that must hold, quick checks first, and at the very end one line: "N passed, N failed". A linter counts
 * as one test; the others count their own.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { bootstrap } from './bootstrap/index.mjs';
import { underNode } from './bootstrap/node.mjs';
import { whenParentDies } from './follow.mjs';
import { onPath, repository } from './places.mjs';
import { giveUp, Refusal } from './refusal.mjs';

/** @typedef {{ passed: number, failed: number, unsteady?: number }} Count */
/**
 * `oneCore`: goes beside another such one, and is silent until its end.
 * @typedef {{ name: string, run: () => Promise<Count>, oneCore?: true, onlyByName?: true }} Suite
 */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} JestReport */
/** @typedef {{ stats: { expected: number, flaky: number, unexpected: number, skipped: number }, errors: unknown[] }} PlaywrightReport */

const RESULTS = join(repository, 'test-results');
const TYPED = ['protocol', 'transcript', 'bridge', 'widget', 'messenger', 'transcript/worker', 'e2e', 'scripts'];
/** Cases that play what another one plays, in another kind of room or mode: one machine has no time for all of them in every run. */
const VARIANT = '@variant';
const CRUISED = ['protocol', 'transcript', 'bridge', 'widget', 'messenger'];

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @param {string} file @param {string[]} args @param {{ cwd?: string, env?: NodeJS.ProcessEnv, silent?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>} its output is shown as it comes unless it is to be silent, and kept
 */
function show(file, args, { cwd = repository, env = process.env, silent = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', file, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from.setEncoding('utf8');
      from.on('data', (/** @type {string} */ text) => {
        output += text;
        if (!silent) to.write(text);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** @param {Suite[]} all @param {string[]} words @returns {Suite[]} those whose names hold one of the words; without words all but those that must be named */
function choose(all, words) {
  const unknown = words.find((word) => all.every(({ name }) => !name.includes(word)));
  if (unknown !== undefined) {
    throw new Refusal(`no such suite: ${unknown}\nThe suites are: ${all.map(({ name }) => name).join(', ')}.`);
  }
  return all.filter(({ name, onlyByName = false }) =>
    words.length === 0 ? !onlyByName : words.some((word) => name.includes(word)),
  );
}

/** @param {string} node @returns {Suite[]} */
function suites(node) {
  const env = { ...underNode(node), FORCE_COLOR: '0' };
  /** @param {string} path under node_modules @param {string[]} args */
  const tool = (path, args) => show(node, [join(repository, 'node_modules', path), ...args], { env, silent: true });
  /** @param {string} name @param {() => Promise<{ code: number, output: string }>} check @returns {Suite} a check that counts as one test */
  const whole = (name, check) => ({
    name,
    oneCore: true,
    run: async () => {
      const { code, output } = await check();
      if (output !== '') console.log(`\n${name}:\n${output}`);
      return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    },
  });

  return [
    // The longest first: the others fit beside it.
    whole('lint', () => tool('eslint/bin/eslint.js', ['--max-warnings=0', '.'])),
    whole('types', async () => {
      for (const workspace of TYPED) {
        const { code, output } = await tool('typescript/bin/tsc', ['-p', workspace]);
        if (code !== 0) return { code, output };
      }
      return { code: 0, output: '' };
    }),
    whole('format', () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.'])),
    whole('imports', () =>
      tool('dependency-cruiser/bin/dependency-cruiser.mjs', ['--config', '.dependency-cruiser.cjs', ...CRUISED]),
    ),
    { name: 'unit tests', run: () => unitTests(node, env) },
    { name: 'speech server', run: speechTests },
    { name: 'end to end', run: () => endToEnd(node, env, ['--grep-invert', VARIANT]) },
    { name: 'variants', run: () => endToEnd(node, env, ['--grep', VARIANT]), onlyByName: true },
  ];
}

/**
 * What a runner wrote about itself, or one failure when it wrote nothing.
 * @template Report
 * @param {string} path @param {(report: Report) => Count} read @param {number} code
 * @returns {Count}
 */
function counted(path, read, code) {
  if (!existsSync(path)) return { passed: 0, failed: 1 };
  const count = read(/** @type {Report} */ (JSON.parse(readFileSync(path, 'utf8'))));
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** @param {string} node @param {NodeJS.ProcessEnv} env */
async function unitTests(node, env) {
  const report = join(RESULTS, 'unit.json');
  rmSync(report, { force: true });
  const jest = join(repository, 'node_modules', 'jest', 'bin', 'jest.js');
  const { code } = await show(
    node,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--json', `--outputFile=${report}`],
    { env },
  );
  return counted(
    report,
    (/** @type {JestReport} */ jestReport) => ({
      passed: jestReport.numPassedTests,
      // A file that cannot be loaded has no tests to fail.
      failed: jestReport.numFailedTests + jestReport.numRuntimeErrorTestSuites,
    }),
    code,
  );
}

/** The speech server without its model: any Python will do. @returns {Promise<Count>} */
async function speechTests() {
  const python = onPath(['python3']) ?? 'python3';
  const { code, output } = await show(python, ['-B', '-m', 'unittest'], {
    cwd: join(repository, 'bridge', 'speech-server'),
  });
  const total = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const failed = [...output.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  if (code !== 0 && failed === 0) return { passed: 0, failed: 1 };
  return { passed: total - failed, failed };
}

/**
 * Cases look at media in real time, on a machine that others may load: a failed one is tried again, twice at most, and
 * counted as unsteady should that pass.
 * @param {string} node @param {NodeJS.ProcessEnv} env @param {string[]} which cases, for Playwright
 */
async function endToEnd(node, env, which) {
  const report = join(RESULTS, 'e2e-report.json');
  rmSync(report, { force: true });
  const playwright = join(repository, 'node_modules', '@playwright', 'test', 'cli.js');
  const { code } = await show(node, [playwright, 'test', ...which, '--retries=2', '--reporter=list,json'], {
    cwd: join(repository, 'e2e'),
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  return counted(
    report,
    (/** @type {PlaywrightReport} */ { stats, errors }) => ({
      passed: stats.expected + stats.flaky,
      unsteady: stats.flaky,
      failed: stats.unexpected + stats.skipped + errors.length,
    }),
    code,
  );
}

let ending = false;

/** What runs is ended, and nothing new begins. @param {NodeJS.Signals} signal */
function endRunning(signal) {
  ending = true;
  for (const child of running) child.kill(signal);
}

for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => endRunning(signal));
whenParentDies(() => {
  endRunning('SIGTERM');
  process.exit(1);
});

try {
  const { node, without } = await bootstrap();
  for (const sentence of without) console.log(sentence);
  mkdirSync(RESULTS, { recursive: true });
  const sum = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const lines = [];
  // `npm test -- unit lint` runs the suites whose names hold one of these words.
  const chosen = choose(suites(node), process.argv.slice(2));
  /** @param {Suite} suite */
  const play = async ({ name, run }) => {
    if (ending) return;
    console.log(`\n== ${name}`);
    const began = Date.now();
    const { passed, failed, unsteady = 0 } = await run();
    lines.push(
      `  ${name.padEnd(14)} ${passed} passed, ${failed} failed (${((Date.now() - began) / 1000).toFixed(0)} s)`,
    );
    if (unsteady > 0) lines.push(`  ${''.padEnd(14)} of them ${unsteady} not on the first try`);
    sum.passed += passed;
    sum.failed += failed;
  };
  const light = chosen.filter(({ oneCore = false }) => oneCore);
  const lane = async () => {
    for (let suite = light.shift(); suite !== undefined; suite = light.shift()) await play(suite);
  };
  await Promise.all([lane(), lane()]);
  for (const suite of chosen.filter(({ oneCore = false }) => !oneCore)) await play(suite);
  console.log(`\n${lines.join('\n')}\n`);
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  process.exitCode = sum.failed === 0 && !ending ? 0 : 1;
} catch (error) {
  giveUp(error);
  console.log('\n0 passed, 1 failed');
}
