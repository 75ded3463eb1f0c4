/** Where things are on this machine: folders that survive, tools that were found or installed. Node built-ins only. */
import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { detail } from './refusal.mjs';

export const VERSIONS = { node: '24.21.0', synapse: '1.163.2', livekit: '1.13.5', speech: '1', versitygw: '1.8.0' };

/** The checkout. */
export const repository = resolve(fileURLToPath(new URL('..', import.meta.url)));

export const isRoot = process.getuid?.() === 0;

/** What was installed once and can be installed again. */
export function cacheDir(env = process.env) {
  if (env['PALABRE_CACHE']) return resolve(env['PALABRE_CACHE']);
  if (isRoot) return '/var/cache/palabre';
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'palabre');
}

/** Accounts, rooms, recordings: what a person would miss. */
export function defaultDataDir(env = process.env) {
  if (isRoot) return '/var/lib/palabre';
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'palabre');
}

/** Path of an executable on PATH. @param {string[]} names first found wins @returns {string | undefined} */
export function onPath(names, env = process.env) {
  for (const name of names) {
    for (const dir of (env['PATH'] ?? '').split(delimiter)) {
      const path = join(dir, name);
      if (dir !== '' && isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (detail(error, 'code') !== undefined) return false;
    throw error;
  }
}

/** Written last into an installed folder: without it, the folder is half-installed and counts as absent. */
export const READY_STAMP = 'palabre-ready.json';

/** @param {string} dir @param {string} version @returns {boolean} whether `version` was installed completely into `dir` */
export function isReady(dir, version) {
  const stamp = join(dir, READY_STAMP);
  if (!existsSync(stamp)) return false;
  /** @type {unknown} */
  const content = JSON.parse(readFileSync(stamp, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content && content.version === version;
}

/** Folders of everything that lives in the cache. */
export function cachePlaces(cache = cacheDir()) {
  return {
    node: join(cache, `node-${VERSIONS.node}`),
    synapse: join(cache, 'synapse'),
    livekit: join(cache, 'bin', 'server'),
    versitygw: join(cache, 'bin', `versitygw-${VERSIONS.versitygw}`),
    speech: join(cache, 'speech'),
    model: join(cache, 'models', 'whisper-base'),
    lastResortModel: join(cache, 'models', 'whisper-tiny.en'),
    postgres: join(cache, 'postgres'),
  };
}

/** @param {string[]} roots @param {RegExp} name @param {number} depth */
function hasFile(roots, name, depth = 4) {
  /** @param {string} dir @param {number} left @returns {boolean} */
  const look = (dir, left) =>
    existsSync(dir) &&
    readdirSync(dir, { withFileTypes: true }).some((entry) =>
      entry.isDirectory() ? left > 0 && look(join(dir, entry.name), left - 1) : name.test(entry.name),
    );
  return roots.some((root) => look(root, depth));
}

const fontRoots = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.fonts'),
  join(homedir(), '.local/share/fonts'),
];

/**
 * The tools, each a path or undefined when it is not there. Looks only, installs nothing.
 * @returns {{ node: string | undefined, synapsePython: string | undefined, livekit: string | undefined,
 *   speechPython: string | undefined, model: string | undefined, lastResortModel: string | undefined, chromium: string | undefined, ffmpeg: string | undefined,
 *   setpriv: string | undefined, emojiFont: boolean, textFont: boolean }}
 */
export function locateTools() {
  const places = cachePlaces();
  const ownNode = join(places.node, 'node_modules', 'node', 'bin', 'node');
  return {
    node:
      Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : existsSync(ownNode) ? ownNode : undefined,
    synapsePython: isReady(places.synapse, VERSIONS.synapse) ? join(places.synapse, 'bin', 'python') : undefined,
    livekit: existsSync(places.livekit) ? places.livekit : onPath(['livekit-server']),
    speechPython: isReady(places.speech, VERSIONS.speech) ? join(places.speech, 'bin', 'python') : undefined,
    model: isReady(places.model, VERSIONS.speech) ? places.model : undefined,
    lastResortModel: isReady(places.lastResortModel, VERSIONS.speech) ? places.lastResortModel : undefined,
    chromium: onPath(['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']),
    ffmpeg: onPath(['ffmpeg']),
    setpriv: onPath(['setpriv']),
    emojiFont: hasFile(fontRoots, /emoji.*\.(ttf|otf)$/i),
    textFont: hasFile(fontRoots, /(dejavusans|notosans|liberationsans|inter|roboto|ubuntu).*\.(ttf|otf)$/i),
  };
}
