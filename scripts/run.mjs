/** The supervisor: starts everything, says where to go, and ends everything when it is told to or its parent is gone. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { prepareDemo, prepareFederationDemo } from './demo.mjs';
import { whenParentDies } from './follow.mjs';
import { startOptions } from './options.mjs';
import { locateTools } from './places.mjs';
import { giveUp, Refusal } from './refusal.mjs';
import { ORGANISATIONS, startFederation } from './stack/federation.mjs';
import { startStack } from './stack/index.mjs';
import { isDataInUse } from './stack/lock.mjs';

/** Deletes a data folder of ours, and nothing else. @param {string} dir */
function reset(dir) {
  if (!existsSync(dir)) return;
  const parts = [dir, ...ORGANISATIONS.map((name) => join(dir, name))];
  if (!parts.some((part) => existsSync(join(part, 'secrets.json'))) && readdirSync(dir).length > 0) {
    throw new Refusal(
      `${dir} does not look like a data folder of Palabre, so it is not deleted: name another with --data.`,
    );
  }
  if (parts.some(isDataInUse)) throw new Refusal(`Palabre runs on ${dir}: stop it before you reset it.`);
  for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true, force: true });
  console.log(`Deleted what was in ${dir}.`);
}

/** @returns {string[]} a sentence for each thing that this machine does without */
function withoutWhat() {
  /** @type {string[]} */
  const told = JSON.parse(process.env['PALABRE_WITHOUT'] ?? '[]');
  if (told.length > 0) return told;
  const tools = locateTools();
  return [
    ...(tools.chromium === undefined || tools.ffmpeg === undefined
      ? ['Recordings are unavailable: Chromium or ffmpeg is missing.']
      : []),
    ...(tools.livekit === undefined ? ['Calls are unavailable: livekit-server is missing.'] : []),
    ...((tools.model === undefined && tools.lastResortModel === undefined) || tools.speechPython === undefined
      ? ['Transcription is unavailable: the speech server is missing.']
      : []),
  ];
}

const onProgress = (/** @type {string} */ text) => console.log(text);

/** @param {string} dataDir */
async function startOne(dataDir) {
  const running = await startStack({ dataDir, ports: 'fixed', tolerant: true, onProgress });
  return {
    running,
    logs: join(dataDir, 'logs'),
    invite: async () => {
      const { people } = await prepareDemo(running, dataDir);
      return [
        `  Open    ${running.urls.messenger}`,
        '  Sign in as one of these; for the second person use a private window or another browser:',
        ...people.map(({ name, password }) => `    ${name.padEnd(6)} password ${password}`),
      ];
    },
  };
}

/** @param {string} dataDir */
async function startThree(dataDir) {
  const running = await startFederation({ dataDir, ports: 'fixed', onProgress });
  return {
    running,
    logs: join(dataDir, `{${ORGANISATIONS.join(',')}}`, 'logs'),
    invite: async () => {
      const people = await prepareFederationDemo(running, dataDir);
      return [
        '  Three organisations that federate; each of these people signs in at their own messenger, with a private window each:',
        ...people.map(
          ({ name, password, organisation, messenger }) =>
            `    ${name.padEnd(6)} password ${password}   ${messenger}   ${organisation}`,
        ),
        '  All three are in the room Joint project, which is not encrypted.',
      ];
    },
  };
}

// Whoever read our output may be gone; that is no reason to end a call.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

/** @type {{ close(): Promise<void> } | undefined} */
let stack;
let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  // While still starting, children die with this process.
  if (stack === undefined) process.exit(1);
  console.log('\nStopping …');
  stack.close().then(
    () => process.exit(0),
    (/** @type {unknown} */ error) => {
      console.error(error);
      process.exit(1);
    },
  );
};
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop);
whenParentDies(stop);

try {
  const { data, reset: anew, federation } = startOptions(process.argv.slice(2));
  const dataDir = resolve(data);
  if (anew) reset(dataDir);
  console.log('Starting …');
  const started = await (federation ? startThree(dataDir) : startOne(dataDir));
  stack = started.running;
  const invitation = await started.invite();
  const seconds = ((Date.now() - Number(process.env['PALABRE_STARTED_MS'] ?? Date.now())) / 1000).toFixed(1);
  const missing = withoutWhat();
  console.log(
    [
      '',
      `Palabre is ready (${seconds} s). Data: ${dataDir}; logs: ${started.logs}; Ctrl-C stops it.`,
      ...(missing.length > 0 ? ['', ...missing.map((sentence) => `  ! ${sentence}`)] : []),
      '',
      ...invitation,
      '',
    ].join('\n'),
  );
} catch (error) {
  // Told to stop while starting: what was under way fails, and that is no news.
  if (!stopping) {
    giveUp(error);
    process.exit(1);
  }
}
