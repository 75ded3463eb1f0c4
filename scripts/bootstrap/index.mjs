/**
 * Installs what is missing, in parallel, into a cache that survives; looks only when nothing is. Runs under Node 20, with its
 * built-in modules alone.
 */
import { cachePlaces, isReady, locateTools, repository, VERSIONS } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { installInto } from './installed.mjs';
import { installLivekit } from './livekit.mjs';
import { lockCache } from './lock.mjs';
import { installNode, npm } from './node.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';
import { createProgress } from './progress.mjs';
import { findPython, makeVenv } from './python.mjs';
import { installSpeech } from './speech.mjs';
import { installSystemPackages, missingSystemPackages } from './system.mjs';
import { buildWeb, WEB_PARTS, webBuilt } from './web.mjs';

/**
 * @typedef {object} Prepared
 * @property {string} node Node 24
 * @property {string[]} without what this machine must do without, a sentence each
 */

/** What is missing or out of date. */
function assess() {
  const tools = locateTools();
  const places = cachePlaces();
  return {
    node: tools.node === undefined,
    packages: !packagesInstalled(),
    synapse: !isReady(places.synapse, VERSIONS.synapse),
    livekit: tools.livekit === undefined,
    speech: tools.speechPython === undefined || tools.model === undefined || tools.lastResortModel === undefined,
    system: missingSystemPackages().length > 0,
  };
}

/** @param {string} part @param {string} consequence @param {unknown} error */
function withoutPart(part, consequence, error) {
  if (!(error instanceof Refusal)) throw error;
  return `${part}: ${error.message.split('\n')[0]} Until then ${consequence}`;
}

/**
 * @param {{ say?: (text: string) => void, web?: boolean }} [options] `web: false` leaves the pages unbuilt
 * @returns {Promise<Prepared>}
 * @throws {Refusal} when nothing can come up at all
 */
export async function bootstrap({ say = (text) => console.log(text), web = true } = {}) {
  if (process.platform !== 'linux')
    throw new Refusal('Palabre runs on Linux; on other systems use docker-compose.yml.');
  const pages = () => (web ? WEB_PARTS.filter((part) => !webBuilt(part)) : []);
  const known = locateTools().node;
  if (known !== undefined && !Object.values(assess()).some(Boolean) && pages().length === 0)
    return { node: known, without: [] };

  const unlock = await lockCache(say);
  // Whoever held the lock may have done the work.
  const stale = assess();
  const tools = locateTools();
  const places = cachePlaces();
  try {
    // What nothing works without is looked for before anything takes minutes.
    if (stale.node || stale.packages) npm();
    if (stale.synapse) findPython();
  } catch (error) {
    unlock();
    throw error;
  }
  const progress = createProgress(say);
  /** @type {string[]} */
  const without = [];
  /** @param {boolean} needed @param {() => Promise<string | undefined>} work */
  const optional = async (needed, work) => {
    if (!needed) return;
    const sentence = await work();
    if (sentence !== undefined) {
      without.push(sentence);
      say(`  ${sentence}`);
    }
  };
  say('Setting up what is missing:');
  try {
    const ownFolder = `${places.node}/node_modules/node/bin/node`;
    const chain = async () => {
      if (stale.node) await progress.step('Node', `${VERSIONS.node}, about 315 MB`, installNode, places.node);
      const node = stale.node ? ownFolder : /** @type {string} */ (tools.node);
      if (stale.packages) {
        await progress.step(
          'packages',
          'npm ci, about 500 MB',
          () => installPackages(node),
          `${repository}/node_modules`,
        );
      }
      await Promise.all(
        pages().map((part) =>
          progress.step(part, 'building its pages', () => buildWeb(part, node), `${repository}/${part}/dist`),
        ),
      );
      return node;
    };
    const synapse = async () => {
      if (!stale.synapse) return;
      await progress.step(
        'Synapse',
        `${VERSIONS.synapse}, about 240 MB`,
        () =>
          installInto(places.synapse, VERSIONS.synapse, (dir) =>
            makeVenv('synapse', dir, [`matrix-synapse==${VERSIONS.synapse}`]),
          ),
        places.synapse,
      );
    };
    const outcomes = await Promise.allSettled([
      chain(),
      synapse(),
      optional(stale.livekit, () =>
        progress
          .step('livekit-server', `${VERSIONS.livekit}, built with Go, 2 to 4 minutes`, installLivekit, places.livekit)
          .then(
            () => undefined,
            (error) => withoutPart('livekit-server', 'calls do not work; messages do.', error),
          ),
      ),
      optional(stale.speech, () =>
        progress
          .step('speech', 'Whisper base and tiny.en with their libraries, about 680 MB', installSpeech, places.speech)
          .then(
            () => undefined,
            (error) => withoutPart('speech', 'calls work, transcription does not.', error),
          ),
      ),
      optional(stale.system, () =>
        progress.step('system packages', missingSystemPackages().join(', '), installSystemPackages).then(
          () => undefined,
          (error) => withoutPart('system packages', 'recordings may be unavailable; calls work.', error),
        ),
      ),
    ]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const failure of failures) if (!(failure instanceof Refusal)) throw failure;
    if (failures.length > 0) throw new Refusal(failures.map((failure) => failure.message).join('\n'));
    say(`Set up in ${progress.elapsed()}.`);
    const [prepared] = outcomes;
    return { node: prepared.status === 'fulfilled' ? prepared.value : '', without };
  } finally {
    progress.close();
    unlock();
  }
}
