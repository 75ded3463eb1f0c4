import { join } from 'node:path';

import { cacheDir } from '../places.mjs';
import { answers, createService } from './supervise.mjs';

/**
 * A program of `bridge/src`, which Node runs from its TypeScript.
 * @param {object} options
 * @param {string} options.root the checkout, or a copy that its unprivileged children can read
 * @param {string} options.node
 * @param {string} options.name
 * @param {string} options.label
 * @param {string} options.entry file below `bridge/src`
 * @param {Record<string, string>} options.env
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 * @param {() => Promise<boolean>} options.ready
 */
export function nodeService({ root, node, name, label, entry, env, logPath, onProgress, ready }) {
  return createService({
    name,
    label,
    logPath,
    onProgress,
    stopTimeoutMs: 10_000,
    command: () => ({
      file: node,
      args: ['--disable-warning=ExperimentalWarning', join(root, 'bridge', 'src', entry)],
      env: {
        ...process.env,
        // A test runner's loaders are not for the bridge.
        NODE_OPTIONS: '',
        NODE_ENV: 'production',
        // A bridge that comes back after a crash saves a third of its start.
        NODE_COMPILE_CACHE: join(cacheDir(), 'compiled'),
        ...env,
      },
      cwd: root,
    }),
    ready,
  });
}

/**
 * The bridge.
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.node
 * @param {string} options.configPath
 * @param {string} options.internalUrl
 * @param {() => boolean} options.withSfu without an SFU it serves messages but never calls itself ready
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export const createBridge = ({ configPath, internalUrl, withSfu, ...options }) =>
  nodeService({
    ...options,
    name: 'bridge',
    label: 'the bridge',
    entry: 'main.ts',
    env: { PALABRE_CONFIG: configPath },
    ready: () => answers(`${internalUrl}/${withSfu() ? 'ready' : 'live'}`),
  });
