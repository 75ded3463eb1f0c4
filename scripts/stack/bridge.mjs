import { join } from 'node:path';

import { repository } from '../places.mjs';
import { answers, createService } from './supervise.mjs';

/**
 * The bridge, which Node runs from its TypeScript.
 * @param {object} options
 * @param {string} options.node
 * @param {string} options.configPath
 * @param {string} options.apiUrl
 * @param {() => boolean} options.withSfu without an SFU it serves messages but never calls itself ready
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createBridge({ node, configPath, apiUrl, withSfu, logPath, onProgress }) {
  return createService({
    name: 'bridge',
    label: 'the bridge',
    logPath,
    onProgress,
    stopTimeoutMs: 10_000,
    command: () => {
      return {
        file: node,
        args: ['--disable-warning=ExperimentalWarning', join(repository, 'bridge', 'src', 'main.ts')],
        // A test runner's NODE_OPTIONS (loaders) are not for the bridge.
        env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', PALABRE_CONFIG: configPath },
        cwd: repository,
      };
    },
    ready: () => answers(`${apiUrl}/${withSfu() ? 'ready' : 'live'}`),
  });
}
