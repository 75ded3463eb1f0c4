import { join } from 'node:path';

import { cacheDir } from '../places.mjs';
import { answers, createService } from './supervise.mjs';

/**
 * The bridge, which Node runs from its TypeScript.
 * @param {object} options
 * @param {string} options.root the checkout, or a copy that its unprivileged children can read
 * @param {string} options.node
 * @param {string} options.configPath
 * @param {string} options.internalUrl
 * @param {() => boolean} options.withSfu without an SFU it serves messages but never calls itself ready
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createBridge({ root, node, configPath, internalUrl, withSfu, logPath, onProgress }) {
  return createService({
    name: 'bridge',
    label: 'the bridge',
    logPath,
    onProgress,
    stopTimeoutMs: 10_000,
    command: () => ({
      file: node,
      args: ['--disable-warning=ExperimentalWarning', join(root, 'bridge', 'src', 'main.ts')],
      env: {
        ...process.env,
        // A test runner's loaders are not for the bridge.
        NODE_OPTIONS: '',
        NODE_ENV: 'production',
        // A bridge that comes back after a crash saves a third of its start.
        NODE_COMPILE_CACHE: join(cacheDir(), 'compiled'),
        PALABRE_CONFIG: configPath,
      },
      cwd: root,
    }),
    ready: () => answers(`${internalUrl}/${withSfu() ? 'ready' : 'live'}`),
  });
}
